package trustlist_test

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/binary"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"golang.org/x/text/encoding/charmap"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/certs/trustlist"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
)

func parsed(t testing.TB, all ...*x509.Certificate) (signers []*certs.Certificate) {
	t.Helper()
	for _, c := range all {
		p, err := certs.ParseCertificate(c.Raw)
		if err != nil {
			t.Fatal(err)
		}
		signers = append(signers, p)
	}
	return signers
}

// published is a minted LOTL and list.
type published struct {
	*qtsp.Service
	q *qtsp.QTSP
}

func publish(t testing.TB) published {
	t.Helper()
	q, err := qtsp.NewAt(time.Now(), "http://qtsp.example")
	if err != nil {
		t.Fatal(err)
	}
	s, err := qtsp.NewService(q, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	return published{s, q}
}

func (p published) get(path string) []byte {
	answer := httptest.NewRecorder()
	p.ServeHTTP(answer, httptest.NewRequest("GET", path, nil))
	return answer.Body.Bytes()
}

func (p published) country(t testing.TB) *trustlist.List {
	t.Helper()
	lotl, err := trustlist.Read(p.get(qtsp.ListOfListsPath), parsed(t, p.Anchors()...))
	if err != nil {
		t.Fatal(err)
	}
	for _, pointer := range lotl.Pointers {
		if pointer.Type == trustlist.NationalList && pointer.XML() {
			list, err := trustlist.Read(p.get(strings.TrimPrefix(pointer.URL, "http://qtsp.example")), pointer.Signers)
			if err != nil {
				t.Fatal(err)
			}
			return list
		}
	}
	t.Fatal("the LOTL points to no list")
	return nil
}

func TestMintedLists(t *testing.T) {
	p := publish(t)
	qwac := p.q.MustIssue(t, qtsp.Request{}).Certificate
	sign := p.q.MustIssue(t, qtsp.Request{Kind: certs.QESign}).Certificate
	now := time.Now()
	service := p.country(t).Providers[0].Services[0]
	for _, tt := range []struct {
		name string
		c    *certs.Certificate
		at   time.Time
		want trustlist.Standing
	}{
		{"a website now", qwac, now, trustlist.Good},
		{"before it was listed", qwac, now.AddDate(-5, 0, 0), trustlist.NotYet},
		{"for signatures", sign, now, trustlist.OtherPurpose},
	} {
		if got, _ := service.Judge(tt.c, tt.at); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
	unstated := *qwac
	unstated.QC.Compliance = false
	if got, _ := service.Judge(&unstated, now); got != trustlist.NotQualified {
		t.Errorf("without QcCompliance: %s", got)
	}
	p.SetStatus("withdrawn")
	service = p.country(t).Providers[0].Services[0]
	if got, state := service.Judge(qwac, now.Add(time.Second)); got != trustlist.Gone || state.Since.IsZero() {
		t.Errorf("after it was withdrawn: %s", got)
	}
	if got, _ := service.Judge(qwac, qwac.NotBefore); got != trustlist.Good {
		t.Errorf("at issue: %s, want it granted then", got)
	}
}

func TestPivotOfMintedList(t *testing.T) {
	p := publish(t)
	anchors := parsed(t, p.Anchors()...)
	p.Pivot()
	if _, err := trustlist.Read(p.get(qtsp.ListOfListsPath), anchors); !refusedFor(err, trustlist.Stranger) {
		t.Fatalf("%v, want a stranger: a pivot is between", err)
	}
	pivot, err := trustlist.Read(p.get("/pivot.xml"), anchors)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := trustlist.Read(p.get(qtsp.ListOfListsPath), pivot.Successors()); err != nil {
		t.Error(err)
	}
}

func TestAlgorithms(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := qtsp.NewListSigner("Germany", time.Now(), key)
	if err != nil {
		t.Fatal(err)
	}
	raw := publish(t).get(qtsp.TrustedListPath)
	start, end := bytes.Index(raw, []byte("<TrustService")), bytes.Index(raw, []byte("<ds:Signature"))
	body := string(raw[start:end]) + "</TrustServiceStatusList>"
	for _, method := range []string{
		"http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1",
		"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
	} {
		signed, err := qtsp.SignList(body, signer, method)
		if err != nil {
			t.Fatal(err)
		}
		signers := parsed(t, signer.Certificate)
		if _, err := trustlist.Read(signed, signers); err != nil {
			t.Errorf("%s: %v", method, err)
		}
		swapped := bytes.Replace(signed, []byte("sha256-rsa-MGF1"), []byte("sha512-rsa-MGF1"), 1)
		swapped = bytes.Replace(swapped, []byte("more#rsa-sha256"), []byte("more#rsa-sha512"), 1)
		if _, err := trustlist.Read(swapped, signers); !refusedFor(err, trustlist.Forged) {
			t.Errorf("%s with another named: %v, want it forged", method, err)
		}
	}
}

// TestAttacks changes a minted list in the ways of signature wrapping and of XML, each of which has to be refused.
func TestAttacks(t *testing.T) {
	p := publish(t)
	lotl, err := trustlist.Read(p.get(qtsp.ListOfListsPath), parsed(t, p.Anchors()...))
	if err != nil {
		t.Fatal(err)
	}
	signers := lotl.Pointers[1].Signers
	good := string(p.get(qtsp.TrustedListPath))
	if _, err := trustlist.Read([]byte(good), signers); err != nil {
		t.Fatal(err)
	}
	signature := good[strings.Index(good, "<ds:Signature"):strings.Index(good, "</TrustServiceStatusList>")]
	const xslt = `<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xslt-19991116"></ds:Transform>`
	enveloped := `<ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"></ds:Transform>`
	replace := func(old, by string) string {
		t.Helper()
		if !strings.Contains(good, old) {
			t.Fatalf("the list has no %s", old)
		}
		return strings.Replace(good, old, by, 1)
	}
	for _, tt := range []struct {
		name, list string
		want       trustlist.Cause
	}{
		{"another status", replace("Svcstatus/granted", "Svcstatus/withdrawn"), trustlist.Forged},
		{"no signature", replace(signature, ""), trustlist.Unsigned},
		{"two signatures", replace(signature, signature+strings.ReplaceAll(signature, "properties", "p2")),
			trustlist.Profile},
		{"a signature below the root", replace(signature, "<Wrap>"+signature+"</Wrap>"), trustlist.Profile},
		{"wrapped in another list", `<TrustServiceStatusList xmlns="http://uri.etsi.org/02231/v2#">` +
			good[strings.Index(good, "<TrustService"):] + "</TrustServiceStatusList>", trustlist.Profile},
		{"an identifier twice", replace("<ds:Object>", `<ds:Object Id="list">`), trustlist.Profile},
		{"an XSLT transform", replace(enveloped, xslt),
			trustlist.Profile},
		{"three transforms", replace(enveloped, enveloped+enveloped), trustlist.Profile},
		{"not enveloped", replace(enveloped, ""), trustlist.Profile},
		{"another whole", replace(`URI=""`, `URI="#other"`), trustlist.Profile},
		{"no algorithm", replace("ecdsa-sha256", "hmac-sha256"), trustlist.Profile},
		{"a DTD", replace("<TrustService", `<!DOCTYPE a [<!ENTITY b "c">]><TrustService`), trustlist.Malformed},
		{"a processing instruction", replace("<SchemeTerritory>", `<?a b?><SchemeTerritory>`), trustlist.Malformed},
		{"an attribute twice", replace(`Id="list"`, `Id="list" Id="other"`), trustlist.Malformed},
		{"half", good[:len(good)/2], trustlist.Malformed},
		{"a page", "<html><body>Try again</body></html>", trustlist.Malformed},
		{"deep", strings.Repeat("<a>", 60) + strings.Repeat("</a>", 60), trustlist.Oversized},
		{"wide", "<a>" + strings.Repeat("<b/>", 200_001) + "</a>", trustlist.Oversized},
		{"long", strings.Repeat(" ", trustlist.MaxBytes+1), trustlist.Oversized},
	} {
		list, err := trustlist.Read([]byte(tt.list), signers)
		if !refusedFor(err, tt.want) || list != nil {
			t.Errorf("%s: %v, want it refused for %s", tt.name, err, tt.want)
		}
	}
	if _, err := trustlist.Read([]byte(good), parsed(t, p.Anchors()...)); !refusedFor(err, trustlist.Stranger) {
		t.Errorf("with the LOTL's signers: %v", err)
	}
	if _, err := trustlist.Read([]byte(good), nil); !refusedFor(err, trustlist.Stranger) {
		t.Errorf("without signers: %v", err)
	}
}

// Lists are written in many ways, by which what they say does not change; and what is signed is what is read.
func TestOddLists(t *testing.T) {
	raw := publish(t).get(qtsp.TrustedListPath)
	start, end := bytes.Index(raw, []byte("<TrustService")), bytes.Index(raw, []byte("<ds:Signature"))
	body := string(raw[start:end]) + "</TrustServiceStatusList>"
	name := "Autorité française de l’œuvre, cafe\u0301"
	body = strings.ReplaceAll(body, "Sealkeeper Test QTSP</Name></TSPName>", name+"</Name></TSPName>")
	body = strings.ReplaceAll(body, "><", ">\n  <")
	signer, err := qtsp.NewListSigner("Signer", time.Now(), nil)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := qtsp.SignList(body, signer, "")
	if err != nil {
		t.Fatal(err)
	}
	good, signers := string(signed), parsed(t, signer.Certificate)
	wide := utf16.Encode([]rune("\ufeff" + good))
	sixteen := make([]byte, 0, 2*len(wide))
	for _, unit := range wide {
		sixteen = binary.LittleEndian.AppendUint16(sixteen, unit)
	}
	latin, err := charmap.ISO8859_1.NewEncoder().String("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a>é</a>")
	if err != nil {
		t.Fatal(err)
	}
	for how, tt := range map[string]struct {
		list string
		want trustlist.Cause // empty: it is read
	}{
		"as it was signed":     {good, ""},
		"lines end in CR LF":   {strings.ReplaceAll(good, "\n", "\r\n"), ""},
		"lines end in CR":      {strings.ReplaceAll(good, "\n", "\r"), ""},
		"with a BOM":           {"\ufeff" + good, ""},
		"blanks after it":      {good + "\r\n\r\n ", ""},
		"letters by number":    {strings.ReplaceAll(good, "é", "&#233;"), ""},
		"in a section":         {strings.ReplaceAll(good, name, "<![CDATA["+name+"]]>"), ""},
		"a comment before":     {strings.Replace(good, "<TrustService", "<!-- a -->\n<TrustService", 1), ""},
		"a comment in a name":  {strings.Replace(good, name, name[:4]+"<!-- a -->"+name[4:], 1), ""},
		"a comment in a state": {strings.ReplaceAll(good, "Svcstatus/granted", "Svcstatus/gran<!-- a -->ted"), ""},
		"a blank more":         {strings.Replace(good, ">\n  <", ">\n   <", 1), trustlist.Forged},
		"in UTF-16":            {string(sixteen), trustlist.Malformed},
		"in ISO 8859-1":        {latin, trustlist.Malformed},
	} {
		list, err := trustlist.Read([]byte(tt.list), signers)
		switch {
		case tt.want != "":
			if !refusedFor(err, tt.want) {
				t.Errorf("%s: %v, want it refused for %s", how, err, tt.want)
			}
		case err != nil:
			t.Errorf("%s: %v", how, err)
		case list.Providers[0].Name != name || list.Providers[0].Services[0].States[0].Status != trustlist.Granted:
			t.Errorf("%s: %+v", how, list.Providers[0])
		}
	}
}

// A list says what its signer signed: names and dates of a hostile one are not taken as they come.
func TestNamesAndDatesOfAHostileSigner(t *testing.T) {
	raw := publish(t).get(qtsp.TrustedListPath)
	start, end := bytes.Index(raw, []byte("<TrustService")), bytes.Index(raw, []byte("<ds:Signature"))
	body := string(raw[start:end]) + "</TrustServiceStatusList>"
	signer, err := qtsp.NewListSigner("Signer", time.Now(), nil)
	if err != nil {
		t.Fatal(err)
	}
	read := func(change func(string) string) (*trustlist.List, error) {
		t.Helper()
		changed := change(body)
		if changed == body {
			t.Fatal("nothing has changed")
		}
		signed, err := qtsp.SignList(changed, signer, "")
		if err != nil {
			t.Fatal(err)
		}
		return trustlist.Read(signed, parsed(t, signer.Certificate))
	}
	list, err := read(func(s string) string {
		long := "QTSP\n\u202eX" + strings.Repeat("é ", 1<<20)
		return strings.ReplaceAll(s, "Sealkeeper Test QTSP</Name>", long+"</Name>")
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := list.Providers[0].Name; len(got) > 1000 || !strings.HasPrefix(got, "QTSP Xé é") {
		t.Errorf("the provider is %.400q", got)
	}
	for _, at := range []string{
		"9999-12-31T23:59:59-01:00", "0000-01-01T00:00:00+01:00", "0000-00-00T00:00:00Z", "never",
	} {
		_, err := read(func(s string) string {
			return regexp.MustCompile("<dateTime>[^<]*<").ReplaceAllString(s, "<dateTime>"+at+"<")
		})
		if !refusedFor(err, trustlist.Malformed) {
			t.Errorf("the next update is %s: %v", at, err)
		}
	}
}

func FuzzRead(f *testing.F) {
	p := publish(f)
	lotl, err := trustlist.Read(p.get(qtsp.ListOfListsPath), parsed(f, p.Anchors()...))
	if err != nil {
		f.Fatal(err)
	}
	signers := lotl.Pointers[1].Signers
	good := p.get(qtsp.TrustedListPath)
	f.Add(good)
	if root := os.Getenv("SEALKEEPER_CORPUS"); root != "" {
		files, _ := filepath.Glob(filepath.Join(root, "tl", "xsw_*.xml"))
		for _, file := range files {
			if raw, err := os.ReadFile(file); err == nil {
				f.Add(raw)
			}
		}
	}
	want, err := trustlist.Read(good, signers)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		for _, with := range [][]*certs.Certificate{signers, ownSigners(raw)} {
			list, err := trustlist.Read(raw, with)
			if (list == nil) == (err == nil) {
				t.Fatal("neither a list nor a refusal")
			}
		}
		if list, err := trustlist.Read(raw, signers); err == nil && // whatever is read, the signer has signed it
			list.Providers[0].Services[0].States[0].Status != want.Providers[0].Services[0].States[0].Status {
			t.Fatal("a changed list is read")
		}
	})
}

func BenchmarkRead(b *testing.B) {
	files, _ := filepath.Glob(filepath.Join(corpus(b), "[cC]*.xml"))
	var lists [][]byte
	size := 0
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if err != nil {
			b.Fatal(err)
		}
		lists, size = append(lists, raw), size+len(raw)
	}
	b.SetBytes(int64(size))
	for b.Loop() {
		for _, raw := range lists {
			if _, err := trustlist.Read(raw, ownSigners(raw)); err != nil {
				b.Fatal(err)
			}
		}
	}
}
