package main

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"fmt"
	"net/http"
	"os"
	"path/filepath"

	"github.com/sealkeeper/sealkeeper/lab/dev"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
)

// requestCertificate orders a QSealC, has the test QTSP certify the request,
// uploads what comes back without a key, and signs with it.
func (r *running) requestCertificate(ctx context.Context) (string, error) {
	j := r.journey()
	var ordered struct {
		ID     string
		CSRPEM string `json:"csr_pem"`
	}
	err := j.Call(ctx, http.MethodPost, "/v1/certificate-requests", map[string]any{
		"kind":                    "qsealc",
		"key":                     "ecdsa-p256",
		"organization":            "Exemple Paiement SAS",
		"organization_identifier": dev.Organization,
		"country":                 "FR",
		"roles":                   []string{"PSP_AI", "PSP_PI"},
		"nca_id":                  "FR-ACPR",
	}, &ordered)
	if err != nil {
		return "", err
	}
	issued, err := r.certify(ordered.CSRPEM)
	if err != nil {
		return "", err
	}
	answer := filepath.Join(r.dir, "from-qtsp.pem")
	if err := os.WriteFile(answer, issued.CertificatePEM(), 0o600); err != nil {
		return "", err
	}
	id, told, err := j.Upload(ctx, "", answer)
	if err != nil {
		return "", err
	}
	digest := sha256.Sum256([]byte("payload"))
	var signed struct{ Signature []byte }
	if err := j.Call(ctx, http.MethodPost, "/v1/certificates/"+id+"/signatures", map[string]any{
		"algorithm": "ecdsa-sha256",
		"digest":    digest[:],
	}, &signed); err != nil {
		return "", err
	}
	if id != ordered.ID {
		return "", fmt.Errorf("the certificate has the id %s, its request %s", id, ordered.ID)
	}
	return told, issued.Certificate.X509.CheckSignature(x509.ECDSAWithSHA256, []byte("payload"), signed.Signature)
}

func (r *running) certify(csrPEM string) (*qtsp.Issued, error) {
	data, err := os.ReadFile(filepath.Join(r.dir, "qtsp.pem"))
	if err != nil {
		return nil, err
	}
	issuing, err := qtsp.Unmarshal(data)
	if err != nil {
		return nil, err
	}
	return issuing.Answer(csrPEM, qtsp.Request{})
}
