package certs_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
)

var order = certs.CSRTemplate{
	Kind:                   certs.QWAC,
	Organization:           "Société d'Exemple SAS",
	OrganizationIdentifier: "PSDFR-ACPR-12345",
	Country:                "FR",
	Locality:               "Paris",
	DNSNames:               []string{"psd2.exemple.example", "www.exemple.example"},
	Roles:                  []string{"PSP_AI", "PSP_PI"},
	NCAID:                  "FR-ACPR",
}

func TestRequestSaysWhatWasOrdered(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	seal := order
	seal.Kind, seal.DNSNames = certs.QSealC, nil
	for _, tt := range []struct {
		order                       certs.CSRTemplate
		subject, usage, eku, domain string
	}{
		{order,
			"CN=psd2.exemple.example,organizationIdentifier=PSDFR-ACPR-12345,O=Société d'Exemple SAS,L=Paris,C=FR",
			"digitalSignature", "1.3.6.1.5.5.7.3.1 1.3.6.1.5.5.7.3.2", "psd2.exemple.example www.exemple.example"},
		{seal,
			"CN=Société d'Exemple SAS,organizationIdentifier=PSDFR-ACPR-12345,O=Société d'Exemple SAS,L=Paris,C=FR",
			"nonRepudiation", "", ""},
	} {
		t.Run(string(tt.order.Kind), func(t *testing.T) {
			raw, err := certs.CreateCSR(key, tt.order)
			if err != nil {
				t.Fatal(err)
			}
			r, err := certs.ParseCSR(raw)
			if err != nil {
				t.Fatal(err)
			}
			want := &certs.PSD2{
				Roles: []certs.Role{{OID: "0.4.0.19495.1.3", Name: "PSP_AI"}, {
					OID:  "0.4.0.19495.1.2",
					Name: "PSP_PI",
				}},
				NCAName: "Prudential Supervisory and Resolution Authority",
				NCAID:   "FR-ACPR",
			}
			if diff := cmp.Diff(want, r.PSD2); diff != "" {
				t.Errorf("PSD2 (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff([]string{tt.order.Kind.QcType()}, r.QC.Types); diff != "" || !r.QC.Compliance ||
				len(r.QC.Deviations) > 0 {
				t.Errorf("statements: %+v", r.QC)
			}
			for name, v := range map[string][2]string{
				"subject":            {r.Subject, tt.subject},
				"key usage":          {strings.Join(r.KeyUsage, " "), tt.usage},
				"extended key usage": {strings.Join(r.ExtKeyUsage, " "), tt.eku},
				"domain names":       {strings.Join(r.DNSNames, " "), tt.domain},
			} {
				if v[0] != v[1] {
					t.Errorf("%s %q, want %q", name, v[0], v[1])
				}
			}
			k, err := certs.NewPrivateKey(key)
			if err != nil {
				t.Fatal(err)
			}
			if r.SPKISHA256 != k.SPKISHA256() {
				t.Error("the request is for another key")
			}
		})
	}
}

func TestRequestRefusesWhatNoIssuerAccepts(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(o *certs.CSRTemplate){
		"no kind":             func(o *certs.CSRTemplate) { o.Kind = "" },
		"signature":           func(o *certs.CSRTemplate) { o.Kind = certs.QESign },
		"no domain":           func(o *certs.CSRTemplate) { o.DNSNames = nil },
		"address":             func(o *certs.CSRTemplate) { o.DNSNames = []string{"192.0.2.1"} },
		"seal with domain":    func(o *certs.CSRTemplate) { o.Kind = certs.QSealC },
		"no organization":     func(o *certs.CSRTemplate) { o.Organization = " " },
		"country":             func(o *certs.CSRTemplate) { o.Country = "UK" },
		"identifier":          func(o *certs.CSRTemplate) { o.OrganizationIdentifier = "PADFR-ACPR-1" },
		"name not in domains": func(o *certs.CSRTemplate) { o.CommonName = "other.example" },
		"no role":             func(o *certs.CSRTemplate) { o.Roles = nil },
		"unknown role":        func(o *certs.CSRTemplate) { o.Roles = []string{"PSP_XX"} },
		"role twice":          func(o *certs.CSRTemplate) { o.Roles = []string{"PSP_AI", "PSP_AI"} },
		"authority":           func(o *certs.CSRTemplate) { o.NCAID = "ACPR" },
		"authority's country": func(o *certs.CSRTemplate) { o.NCAID = "ZZ-ACPR" },
		"nameless authority":  func(o *certs.CSRTemplate) { o.NCAID = "FR-OTHER" },
		"authority in Greek":  func(o *certs.CSRTemplate) { o.NCAName = "Τράπεζα της Ελλάδος" },
	} {
		t.Run(name, func(t *testing.T) {
			o := order
			change(&o)
			_, err := certs.CreateCSR(key, o)
			wantCode(t, err, certs.CodeCSRInvalid)
		})
	}
}

func TestParseRequestRefusesDamage(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := certs.CreateCSR(key, order)
	if err != nil {
		t.Fatal(err)
	}
	tampered := qtsp.Patch(raw, []byte("PSDFR-ACPR-12345"), []byte("PSDFR-ACPR-12346"))
	for name, der := range map[string][]byte{"empty": nil, "cut": raw[:len(raw)-1], "tampered": tampered} {
		t.Run(name, func(t *testing.T) {
			_, err := certs.ParseCSR(der)
			if err == nil {
				t.Errorf("%s: accepted", name)
				return
			}
			wantCode(t, err, certs.CodeMalformed)
		})
	}
}
