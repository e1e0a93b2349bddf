package certs_test

import (
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/lab/corpus"

	"github.com/google/go-cmp/cmp"

	"github.com/sealkeeper/sealkeeper/certs"
)

// disagreements are the readings of facts.jsonl we do not share, by file, and
// why. docs/certificates.md repeats the ones about PSD2.
var disagreements = map[string]string{
	"codehell__psd2/0c5e4ba744_SignerTest.pem": "six elements instead of three: the other program " +
		"takes the second and third role for the authority",
	"zmap__zlint/f92a597dd5_QcStmtPsd2Cert10RoleNameMissing.pem": "a role without identifier: we keep the name " +
		"that is there",
	"zmap__zlint/e25dfc53fa_QcStmtPsd2Cert03MissingRolesOid.pem": "a role without identifier: we keep the name " +
		"that is there",
	"esig__dss/09b3fe1803_lotl.pem": "a name that is Latin-1 in a UTF8String: we " +
		"decode it, the other program shows replacement characters",
	"zmap__zlint/f2c9307e1f_subjectCNWrongEncoding.pem": "a UniversalString: the other program " +
		"shows its bytes",
	"zmap__zlint/48a140cb3a_subjectSerialNumberWrongEncoding.pem": "a UniversalString: the other program " +
		"shows its bytes",
	"rnd-jca__jzlint/d597dddc4e_notAfterContainsFraction.pem": "a notAfter that is no time: zero here, an error there",
}

// differences counts what a comparison would report.
type differences struct {
	testing.TB
	n int
}

func (d *differences) Errorf(string, ...any) { d.n++ }

func TestCorpusIsReadAsOthersReadIt(t *testing.T) {
	all := corpus.Readings(t)
	if len(all) < 300 {
		t.Fatalf("only %d certificates", len(all))
	}
	for _, want := range all {
		t.Run(want.File, func(t *testing.T) {
			c, err := certs.ParseCertificate(corpus.DER(t, want.File))
			if err != nil {
				t.Fatal(err)
			}
			why, known := disagreements[want.File]
			if !known {
				compareReading(t, c, want)
				return
			}
			found := &differences{TB: t}
			compareReading(found, c, want)
			if found.n == 0 {
				t.Errorf("it is listed as read differently and is not: %s", why)
			}
		})
	}
}

func compareReading(t testing.TB, c *certs.Certificate, want corpus.Reading) {
	if c.SHA256 != want.SHA256 {
		t.Errorf("sha256 %s, want %s", c.SHA256, want.SHA256)
	}
	if kind := kindOf(want.Kind); c.Kind != kind {
		t.Errorf("kind %s, want %s (%s)", c.Kind, kind, want.Kind)
	}
	orgID := ""
	var subject [][2]string
	for _, a := range want.Subject {
		subject = append(subject, [2]string{a[0], a[1]})
		if a[0] == "2.5.4.97" && orgID == "" {
			orgID = a[1]
		}
	}
	if c.OrganizationIdentifier != orgID {
		t.Errorf("organizationIdentifier %q, want %q", c.OrganizationIdentifier, orgID)
	}
	var got [][2]string
	for _, a := range c.SubjectName {
		got = append(got, [2]string{a.OID, a.Value})
	}
	if diff := cmp.Diff(subject, got); diff != "" {
		t.Errorf("subject (-want +got):\n%s", diff)
	}
	// negative ones come in decimal
	if serial, _ := new(big.Int).SetString(c.Serial, 16); c.Serial != want.Serial && serial.String() != want.Serial {
		t.Errorf("serial %s, want %s", c.Serial, want.Serial)
	}
	for _, v := range []struct {
		name string
		got  time.Time
		want string
	}{{"notBefore", c.NotBefore, want.NotBefore}, {"notAfter", c.NotAfter, want.NotAfter}} {
		parsed, err := time.Parse(time.RFC3339Nano, v.want)
		if err != nil {
			t.Errorf("%s: %v", v.name, err)
			continue
		}
		if !v.got.Equal(parsed) && !v.got.Equal(parsed.Truncate(time.Second)) {
			t.Errorf("%s %s, want %s", v.name, v.got, v.want)
		}
	}
	comparePSD2(t, c, want)
	if want.ParseError != "" {
		return // the other program gave up on the extensions
	}
	for _, v := range []struct {
		name      string
		got, want []string
	}{{"extended key usage", c.ExtKeyUsage, want.EKU}, {"policies", c.Policies, want.Policies}} {
		if !slices.Equal(v.got, v.want) {
			t.Errorf("%s %v, want %v", v.name, v.got, v.want)
		}
	}
	if want.KeyBits != 0 && c.Key.Curve != "explicit" && c.Key.Bits != want.KeyBits {
		t.Errorf("key bits %d, want %d", c.Key.Bits, want.KeyBits)
	}
	if c.Precertificate != want.Poison {
		t.Errorf("precertificate %v, want %v", c.Precertificate, want.Poison)
	}
}

// kindOf translates the other program's kind. Of several types, which the
// standard forbids, the first in this order counts.
func kindOf(kind string) certs.Kind {
	for _, k := range []struct {
		in  string
		out certs.Kind
	}{{"QWAC", certs.QWAC}, {"QSEAL", certs.QSealC}, {"QESIGN", certs.QESign}} {
		if strings.Contains(kind, k.in) {
			return k.out
		}
	}
	return certs.Other
}

func comparePSD2(t testing.TB, c *certs.Certificate, want corpus.Reading) {
	var psd2 *certs.PSD2
	for _, s := range want.Statements {
		if s.PSD2 == nil || psd2 != nil {
			continue
		}
		psd2 = &certs.PSD2{NCAName: s.PSD2.NCAName, NCAID: s.PSD2.NCAID}
		for _, r := range s.PSD2.Roles {
			var role certs.Role
			if r.OID != nil {
				role.OID = *r.OID
			}
			if r.Name != nil {
				role.Name = *r.Name
			}
			psd2.Roles = append(psd2.Roles, role)
		}
	}
	if diff := cmp.Diff(psd2, c.PSD2); diff != "" {
		t.Errorf("PSD2 (-want +got):\n%s", diff)
	}
}
