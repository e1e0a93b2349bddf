package qtsp_test

import (
	"crypto/x509"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/certs/rules"

	"github.com/google/go-cmp/cmp"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/secret"
)

func TestIssuedCertificatesAreWithoutFindings(t *testing.T) {
	q := qtsp.Must(t)
	for _, kind := range []certs.Kind{certs.QWAC, certs.QSealC} {
		for _, keyType := range []qtsp.KeyType{qtsp.RSA3072, qtsp.P256} {
			t.Run(string(kind)+" "+string(keyType), func(t *testing.T) {
				issued := q.MustIssue(t, qtsp.Request{Kind: kind, KeyType: keyType})
				chain := make([]*certs.Certificate, len(issued.Chain))
				for i, der := range issued.Chain {
					issuer, err := certs.ParseCertificate(der)
					if err != nil {
						t.Fatal(err)
					}
					chain[i] = issuer
				}
				for _, f := range rules.Judge(issued.Certificate, chain, time.Now()) {
					if f.Severity != rules.SeverityNotice {
						t.Errorf("%s: %s", f.Code, f.Message)
					}
				}
				if !issued.Key.BelongsTo(issued.Certificate) {
					t.Error("the key does not belong to the certificate")
				}
			})
		}
	}
}

func TestIssuedCertificateSaysWhatWasAsked(t *testing.T) {
	issued := qtsp.Must(t).MustIssue(t, qtsp.Request{Kind: certs.QSealC, Roles: []string{"PSP_IC"}, KeyType: qtsp.P256})
	c := issued.Certificate
	want := &certs.PSD2{
		Roles:   []certs.Role{{OID: "0.4.0.19495.1.4", Name: "PSP_IC"}},
		NCAName: "Prudential Supervisory and Resolution Authority",
		NCAID:   "FR-ACPR",
	}
	if diff := cmp.Diff(want, c.PSD2); diff != "" {
		t.Errorf("PSD2 (-want +got):\n%s", diff)
	}
	if c.Kind != certs.QSealC || c.OrganizationIdentifier != "PSDFR-ACPR-12345" {
		t.Errorf("kind %q, organizationIdentifier %q", c.Kind, c.OrganizationIdentifier)
	}
	if len(c.QC.Deviations) != 0 {
		t.Errorf("deviations: %v", c.QC.Deviations)
	}
	const subject = "CN=Exemple Paiement SAS,organizationIdentifier=PSDFR-ACPR-12345,O=Exemple Paiement SAS,C=FR"
	if c.Subject != subject {
		t.Errorf("subject %q, want %q", c.Subject, subject)
	}
}

func TestFilesCanBeReadBack(t *testing.T) {
	issued := qtsp.Must(t).MustIssue(t, qtsp.Request{KeyType: qtsp.P256})
	p12, err := issued.PKCS12("open sesame")
	if err != nil {
		t.Fatal(err)
	}
	pass := secret.NewTextString("open sesame")
	for name, data := range map[string][]byte{
		"a.p12": p12,
		"a.pem": append(issued.CertificatePEM(), issued.KeyPEM()...),
	} {
		t.Run(name, func(t *testing.T) {
			contents, err := certs.Read(certs.File{Name: name, Data: data}, pass)
			if err != nil {
				t.Fatal(err)
			}
			uploads, err := certs.Assemble([]*certs.Contents{contents})
			if err != nil {
				t.Fatal(err)
			}
			if len(uploads) != 1 || uploads[0].Key == nil || len(uploads[0].Chain) != 1 {
				t.Errorf("%s: got %d uploads, want one with key and issuer", name, len(uploads))
			}
		})
	}
}

func TestMarshalKeepsTheIssuer(t *testing.T) {
	q := qtsp.Must(t)
	b, err := q.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	again, err := qtsp.Unmarshal(b)
	if err != nil {
		t.Fatal(err)
	}
	issued := again.MustIssue(t, qtsp.Request{KeyType: qtsp.P256})
	intermediates := x509.NewCertPool()
	issuing, err := x509.ParseCertificate(issued.Chain[0])
	if err != nil {
		t.Fatal(err)
	}
	intermediates.AddCert(issuing)
	options := x509.VerifyOptions{
		Roots:         q.Pool(),
		Intermediates: intermediates,
		KeyUsages:     []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	if _, err := issued.Certificate.X509.Verify(options); err != nil {
		t.Errorf("issued after Unmarshal does not chain to the root kept: %v", err)
	}
	for _, bad := range [][]byte{nil, []byte("no PEM"), b[:len(b)/2]} {
		if _, err := qtsp.Unmarshal(bad); err == nil {
			t.Errorf("Unmarshal of %d damaged bytes succeeded", len(bad))
		}
	}
}
