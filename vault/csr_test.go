package vault_test

import (
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"slices"
	"testing"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/vault"
)

var order = certs.CSRTemplate{
	Kind:                   certs.QSealC,
	Organization:           "Exemple Paiement SAS",
	OrganizationIdentifier: "PSDFR-ACPR-12345",
	Country:                "FR",
	Roles:                  []string{"PSP_AI"},
	NCAID:                  "FR-ACPR",
}

// certify answers a request as a QTSP would.
func certify(t *testing.T, r vault.CSR) *qtsp.Issued {
	t.Helper()
	issued, err := qtsp.Must(t).Answer(r.PEM, qtsp.Request{})
	if err != nil {
		t.Fatal(err)
	}
	return issued
}

func TestRequestedCertificateFindsItsKey(t *testing.T) {
	for _, algorithm := range []string{"rsa-3072", "ecdsa-p256"} {
		t.Run(algorithm, func(t *testing.T) {
			b := newBench(t)
			request, err := b.CreateCSR(t.Context(), officer, vault.NewCSR{Template: order, Algorithm: algorithm})
			if err != nil {
				t.Fatal(err)
			}
			issued := certify(t, request)
			stored, err := b.Import(t.Context(), officer, vault.Files{Files: []certs.File{{
				Name: "from-qtsp.pem",
				Data: issued.CertificatePEM(),
			}}})
			if err != nil || len(stored) != 1 || stored[0].ID != request.ID {
				t.Fatalf("got %+v, %v", stored, err)
			}
			digest := sha256.Sum256([]byte("payload"))
			signature, err := b.sign(request.ID, digest[:])
			if err != nil {
				t.Fatal(err)
			}
			algo := x509.SHA256WithRSA
			if algorithm == "ecdsa-p256" {
				algo = x509.ECDSAWithSHA256
			}
			if err := issued.Certificate.X509.CheckSignature(algo, []byte("payload"), signature); err != nil {
				t.Error(err)
			}
			all, err := b.CSRPage(t.Context(), auditor, vault.CSRsListed.Query())
			if err != nil || len(all.Items) != 1 || all.Items[0].State != vault.CSRIssued {
				t.Errorf("got %+v, %v", all, err)
			}
		})
	}
}

func TestInspectKnowsRequestedKeys(t *testing.T) {
	b := newBench(t)
	request, err := b.CreateCSR(t.Context(), officer, vault.NewCSR{Template: order, Algorithm: "ecdsa-p256"})
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		issued *qtsp.Issued
		want   bool
	}{
		"requested here": {certify(t, request), true},
		"of another key": {issue(t, qtsp.Request{Kind: certs.QSealC}), false},
	} {
		upload := vault.Files{Files: []certs.File{{Name: "from-qtsp.pem", Data: test.issued.CertificatePEM()}}}
		previews, err := b.Inspect(t.Context(), engineer, upload)
		if err != nil || len(previews) != 1 || previews[0].HasKey || previews[0].KeyInCustody != test.want {
			t.Errorf("%s: got %+v, %v", name, previews, err)
		}
	}
}

func TestImpossibleOrdersMakeNoKey(t *testing.T) {
	b := newBench(t)
	noDomain := order
	noDomain.Kind = certs.QWAC
	badNumber := order
	badNumber.OrganizationIdentifier = "12345"
	for _, o := range []certs.CSRTemplate{noDomain, badNumber} {
		_, err := b.CreateCSR(t.Context(), officer, vault.NewCSR{Template: o, Algorithm: "rsa-3072"})
		expect(t, err, fault.Invalid, certs.CodeCSRInvalid)
	}
	if _, err := b.CreateCSR(t.Context(), officer, vault.NewCSR{Template: order, Algorithm: "rsa-512"}); !errors.Is(err,
		fault.Invalid) {
		t.Errorf("a weak key: %v", err)
	}
	if _, err := b.CreateCSR(t.Context(), connector, vault.NewCSR{Template: order, Algorithm: ""}); !errors.Is(err,
		fault.Denied) {
		t.Errorf("a connector ordered a certificate: %v", err)
	}
	b.expectNothing()
	if all, err := b.CSRPage(t.Context(), officer, vault.CSRsListed.Query()); err != nil || len(all.Items) != 0 {
		t.Errorf("%d requests are left, %v", len(all.Items), err)
	}
}

// Wherever a request is cut, there is afterwards all of it or nothing, and an
// import that fails never takes the requested key with it.
func TestInterruptedRequests(t *testing.T) {
	for name, test := range map[string]struct {
		step  string
		after bool
		left  int
	}{
		"before the key":      {"generate", false, 0},
		"after the key":       {"generate", true, 0},
		"before the document": {"document", false, 0},
		"after the document":  {"document", true, 1},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.custody.step, b.custody.after = test.step, test.after
			if _, err := b.CreateCSR(t.Context(), officer, vault.NewCSR{
				Template:  order,
				Algorithm: "ecdsa-p256",
			}); !errors.Is(err, fault.Unavailable) {
				t.Fatalf("got %v, want unavailable", err)
			}
			b.custody.step = ""
			b.now = b.now.Add(2 * grace)
			if _, err := b.Reconcile(t.Context()); err != nil {
				t.Fatal(err)
			}
			all, err := b.CSRPage(t.Context(), officer, vault.CSRsListed.Query())
			if err != nil || len(all.Items) != test.left {
				t.Fatalf("%d requests, %v; want %d", len(all.Items), err, test.left)
			}
			if test.left == 0 {
				b.expectNothing()
				return
			}
			certify(t, all.Items[0]) // it can be sent to a QTSP
		})
	}
}

func TestFailedImportKeepsTheRequestedKey(t *testing.T) {
	b := newBench(t)
	request, err := b.CreateCSR(t.Context(), officer, vault.NewCSR{Template: order, Algorithm: "ecdsa-p256"})
	if err != nil {
		t.Fatal(err)
	}
	upload := vault.Files{Files: []certs.File{{Name: "from-qtsp.pem", Data: certify(t, request).CertificatePEM()}}}
	b.custody.step = "document"
	if _, err := b.Import(t.Context(), officer, upload); !errors.Is(err, fault.Unavailable) {
		t.Fatalf("got %v, want unavailable", err)
	}
	b.custody.step = ""
	b.now = b.now.Add(2 * grace)
	if got, err := b.Reconcile(t.Context()); err != nil || got != (vault.Resolved{Removed: 1}) {
		t.Fatalf("got %+v, %v", got, err)
	}
	keys, err := b.db.CustodyRows().List(t.Context(), "key")
	if err != nil || !slices.Equal(keys, []string{request.ID}) {
		t.Fatalf("the keys in custody are %v, %v", keys, err)
	}
	if _, err := b.Import(t.Context(), officer, upload); err != nil {
		t.Error(err)
	}
}

// A QTSP may renew a certificate for the same key, which nobody can upload.
func TestRenewalForAKeyInCustody(t *testing.T) {
	b := newBench(t)
	request, err := b.CreateCSR(t.Context(), officer, vault.NewCSR{Template: order, Algorithm: "ecdsa-p256"})
	if err != nil {
		t.Fatal(err)
	}
	pemOf := func(i *qtsp.Issued) certs.File {
		return certs.File{Name: "from-qtsp.pem", Data: i.CertificatePEM()}
	}
	first, second := certify(t, request), certify(t, request)
	_, err = b.Import(t.Context(), officer, vault.Files{Files: []certs.File{pemOf(first), pemOf(second)}})
	expect(t, err, fault.Invalid, "request_answered_twice")
	for i, issued := range []*qtsp.Issued{first, second} {
		stored, err := b.Import(t.Context(), officer, vault.Files{Files: []certs.File{pemOf(issued)}})
		if err != nil || len(stored) != 1 || stored[0].KeyID != request.ID || (stored[0].ID == request.ID) != (i == 0) {
			t.Fatalf("certificate %d: %+v, %v", i+1, stored, err)
		}
		digest := sha256.Sum256([]byte("payload"))
		if _, err := b.sign(stored[0].ID, digest[:]); err != nil {
			t.Error(err)
		}
	}
	// An import of a third one that is cut off does not take the shared key with it.
	b.custody.step = "document"
	if _, err := b.Import(t.Context(), officer,
		vault.Files{Files: []certs.File{pemOf(certify(t, request))}}); !errors.Is(err, fault.Unavailable) {
		t.Fatalf("got %v", err)
	}
	b.custody.step = ""
	b.now = b.now.Add(2 * grace)
	if got, err := b.Reconcile(t.Context()); err != nil || got != (vault.Resolved{Removed: 1}) {
		t.Fatalf("got %+v, %v", got, err)
	}
	if keys, err := b.db.CustodyRows().List(t.Context(), "key"); err != nil || !slices.Equal(keys,
		[]string{request.ID}) {
		t.Errorf("the keys in custody are %v, %v", keys, err)
	}
}
