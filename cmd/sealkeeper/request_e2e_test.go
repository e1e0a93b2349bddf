package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/lab/dev"
	"github.com/sealkeeper/sealkeeper/lab/journey"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/types/api"
)

// requestCertificate orders a QSealC, has the test QTSP certify the request,
// uploads what comes back without a key, and signs with it.
func (r *running) requestCertificate(ctx context.Context, j *journey.Journey) (string, error) {
	ordered, err := j.Client.CreateCSR(ctx, api.NewCSR{
		Kind:                   certs.QSealC,
		Key:                    "ecdsa-p256",
		Organization:           "Exemple Paiement SAS",
		OrganizationIdentifier: dev.Organization,
		Country:                "FR",
		Roles:                  []string{"PSP_AI", "PSP_PI"},
		NCAID:                  "FR-ACPR",
	})
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
	if id != ordered.ID {
		return "", fmt.Errorf("the certificate has the id %s, its request %s", id, ordered.ID)
	}
	return told, nil
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
