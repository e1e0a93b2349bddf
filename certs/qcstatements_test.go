package certs_test

import (
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/sealkeeper/sealkeeper/lab/corpus"

	"github.com/google/go-cmp/cmp"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
)

// withStatements mints a certificate with this value of its QcStatements extension.
func withStatements(t testing.TB, value []byte) *certs.Certificate {
	t.Helper()
	return qtsp.Must(t).MustIssue(t, qtsp.Request{KeyType: qtsp.P256, Change: func(c *x509.Certificate) {
		qtsp.SetExtension(c, asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 1, 3}, false, value)
	}}).Certificate
}

func deviations(c *certs.Certificate) []string {
	var all []string
	for _, d := range c.QC.Deviations {
		all = append(all, d.Code)
	}
	return all
}

func TestQCStatementsSurviveEncodingAndDecoding(t *testing.T) {
	years := int64(10)
	q := certs.QCStatements{
		Compliance:     true,
		SSCD:           true,
		Types:          []string{"0.4.0.1862.1.6.2"},
		RetentionYears: &years,
		PDS: []certs.PDS{{URL: "https://qtsp.example/en", Language: "en"}, {
			URL:      "https://qtsp.example/fr",
			Language: "fr",
		}},
		Legislation: []string{"CH"},
		Semantics:   "0.4.0.194121.1.2",
		Authorities: []string{"https://register.example"},
	}
	psd2 := &certs.PSD2{
		Roles: []certs.Role{{OID: "0.4.0.19495.1.1", Name: "PSP_AS"}, {
			OID:  "0.4.0.19495.1.51",
			Name: "VOP_RS",
		}, {OID: "1.2.3.4", Name: "NATIONAL"}},
		NCAName: "Banco de España",
		NCAID:   "ES-BE",
	}
	value, err := certs.EncodeQCStatements(q, psd2)
	if err != nil {
		t.Fatal(err)
	}
	c := withStatements(t, value)
	if diff := cmp.Diff(psd2, c.PSD2); diff != "" {
		t.Errorf("PSD2 (-want +got):\n%s", diff)
	}
	got := c.QC
	got.Statements = nil
	q.Present = true
	if diff := cmp.Diff(q, got); diff != "" {
		t.Errorf("statements (-want +got):\n%s", diff)
	}
}

func TestEncodingRefusesWhatIsNoIdentifier(t *testing.T) {
	for _, oid := range []string{"", "1", "a.b", "1..2", "-1.2", "0.4.99999999999999999999"} {
		t.Run(oid, func(t *testing.T) {
			if _, err := certs.EncodeQCStatements(certs.QCStatements{}, &certs.PSD2{Roles: []certs.Role{{
				OID:  oid,
				Name: "x",
			}}}); err == nil {
				t.Errorf("role identifier %q was encoded", oid)
			}
		})
	}
}

// TestDamagedStatementsAreReadAndReported takes encodings found in certificates of real issuers.
func TestDamagedStatementsAreReadAndReported(t *testing.T) {
	const compliance = "30080606" + "04008e460101"
	ai := []certs.Role{{OID: "0.4.0.19495.1.3", Name: "PSP_AI"}}
	for _, tt := range []struct {
		name, value string
		deviations  []string
		roles       []certs.Role
		types       []string
		pds         []certs.PDS
	}{
		{
			name:       "no list around the one statement",
			value:      compliance,
			deviations: []string{"qc_outer_sequence_missing"},
		},
		{
			name:       "compliance with information",
			value:      "300c" + "300a0606" + "04008e460101" + "0c00",
			deviations: []string{"qc_info_unexpected"},
		},
		{
			name:       "type as a bare identifier",
			value:      "3013" + "3011" + "0606" + "04008e460106" + "0607" + "04008e46010603",
			deviations: []string{"qc_type_bare"},
			types:      []string{"0.4.0.1862.1.6.3"},
		},
		{
			name:       "type as a statement",
			value:      "300b" + "3009" + "0607" + "04008e46010603",
			deviations: []string{"qc_type_as_statement"},
		},
		{
			name:       "type without types",
			value:      "300c" + "300a" + "0606" + "04008e460106" + "3000",
			deviations: []string{"qc_type_empty"},
		},
		{
			name:       "the same statement twice",
			value:      "3014" + compliance + compliance,
			deviations: []string{"qc_statement_duplicate"},
		},
		{name: "nothing", value: "3000", deviations: []string{"qc_empty"}},
		{name: "not a list", value: "0500", deviations: []string{"qc_unreadable"}},
		{name: "cut off", value: "3005300806", deviations: []string{"qc_unreadable"}},
		{
			name:       "location without a list",
			value:      "3014" + "3012" + "0606" + "04008e460105" + "3008" + "1602" + "6869" + "1302" + "656e",
			deviations: []string{"qc_pds_outer_sequence_missing"},
			pds:        []certs.PDS{{URL: "hi", Language: "en"}},
		},
		{
			name:       "location as a string",
			value:      "300e" + "300c" + "0606" + "04008e460105" + "1602" + "6869",
			deviations: []string{"qc_pds_malformed"},
			pds:        []certs.PDS{{URL: "hi"}},
		},
		{
			name: "roles squeezed into one",
			value: "303c" + "303a" + "0606" + "040081982702" + "3030" + "3024" + "3022" + "0607" +
				"04008198270103" + "0c06" + "5053505f4149" + "0607" + "04008198270102" + "0c06" + "5053505f5049" +
				"0c01" + "58" + "0c05" + "46522d5858",
			roles: []certs.Role{{OID: "0.4.0.19495.1.3", Name: "PSP_AI"}, {
				OID:  "0.4.0.19495.1.2",
				Name: "PSP_PI",
			}},
			deviations: []string{"psd2_role_malformed"},
		},
		{
			name: "one role without a list",
			value: "3029" + "3027" + "0606" + "040081982702" + "301d" + "3011" + "0607" + "04008198270103" +
				"0c06" + "5053505f4149" + "0c01" + "58" + "0c05" + "46522d5858",
			roles:      ai,
			deviations: []string{"psd2_roles_malformed"},
		},
		{
			name: "authority name left out",
			value: "3028" + "3026" + "0606" + "040081982702" + "301c" + "3013" + "3011" + "0607" +
				"04008198270103" + "0c06" + "5053505f4149" + "0c05" + "46522d5858",
			roles:      ai,
			deviations: []string{"psd2_malformed"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			value, err := hex.DecodeString(tt.value)
			if err != nil {
				t.Fatal(err)
			}
			c := withStatements(t, value)
			if diff := cmp.Diff(tt.deviations, deviations(c)); diff != "" {
				t.Errorf("deviations (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.types, c.QC.Types); diff != "" {
				t.Errorf("types (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.pds, c.QC.PDS); diff != "" {
				t.Errorf("PDS (-want +got):\n%s", diff)
			}
			if tt.roles != nil {
				if diff := cmp.Diff(tt.roles, c.PSD2.Roles); diff != "" {
					t.Errorf("roles (-want +got):\n%s", diff)
				}
				if c.PSD2.NCAID != "FR-XX" {
					t.Errorf("NCA id %q, want FR-XX", c.PSD2.NCAID)
				}
			}
		})
	}
}

// TestStatementVectors reads QcStatements that the tests of other programs use.
func TestStatementVectors(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(corpus.Dir(t), "statements", "qcstatements_vectors.json"))
	if err != nil {
		t.Fatal(err)
	}
	var vectors []struct {
		Hex, Base64, NCAName, NCAID string
		Roles                       []string
	}
	if err := json.Unmarshal(data, &vectors); err != nil {
		t.Fatal(err)
	}
	checked := 0
	for _, v := range vectors {
		value, err := hex.DecodeString(v.Hex)
		if v.Base64 != "" {
			value, err = base64.StdEncoding.DecodeString(v.Base64)
		}
		if err != nil {
			t.Fatal(err)
		}
		c := withStatements(t, value)
		if v.Roles == nil {
			continue
		}
		checked++
		if diff := cmp.Diff(v.Roles, certs.RoleNames(c)); diff != "" || c.PSD2.NCAName != v.NCAName ||
			c.PSD2.NCAID != v.NCAID {
			t.Errorf("%s: %+v, want %+v", v.Hex, c.PSD2, v)
		}
	}
	if checked < 16 {
		t.Errorf("only %d vectors with roles", checked)
	}
}
