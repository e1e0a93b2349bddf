package bank

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/lab/bank/seals"
)

// The PSP roles of TS 119 495 clause 4.2 that open the two products.
const (
	roleAIS = "PSP_AI"
	rolePIS = "PSP_PI"
)

var errGone = errors.New("the client certificate is expired or revoked")

// TLSConfig returns the mTLS listener's configuration. A client whose
// certificate is missing, expired, revoked, of an unknown issuer, or no QWAC
// is refused with a TLS alert, as STET has it, and never sees HTTP.
func (s *Sim) TLSConfig() *tls.Config {
	return &tls.Config{
		Certificates: []tls.Certificate{s.cfg.ServerCertificate},
		ClientAuth:   tls.RequireAndVerifyClientCert,
		ClientCAs:    s.cfg.QTSPRoots,
		MinVersion:   tls.VersionTLS12,
		MaxVersion:   s.cfg.MaxTLSVersion,
		Time:         s.cfg.Now,
		VerifyConnection: func(state tls.ConnectionState) error {
			certificate, err := certs.ParseCertificate(state.PeerCertificates[0].Raw)
			if err == nil {
				err = s.checkQWAC(certificate)
			}
			s.seen.handshake(certificate, state.DidResume, err)
			return err
		},
	}
}

func (s *Sim) checkQWAC(certificate *certs.Certificate) error {
	switch {
	case certificate.Kind != certs.QWAC:
		return errors.New("the client certificate is no QWAC: " + string(certificate.Kind))
	case certificate.PSD2 == nil:
		return errors.New("the client certificate has no PSD2 statement")
	case s.Revoked(certificate):
		return errGone
	}
	return nil
}

// caller returns the QWAC of the request's connection. A connection can be
// older than the end of its certificate.
func (s *Sim) caller(w http.ResponseWriter, r *http.Request) (*certs.Certificate, error) {
	if r.TLS == nil || len(r.TLS.PeerCertificates) == 0 {
		return nil, errors.New("no client certificate")
	}
	certificate, err := certs.ParseCertificate(r.TLS.PeerCertificates[0].Raw)
	if err != nil {
		return nil, err
	}
	if now := s.cfg.Now(); s.Revoked(certificate) || now.After(certificate.NotAfter) {
		w.Header().Set("Connection", "close")
		return nil, errGone
	}
	return certificate, nil
}

// checkSignature verifies that the request was sealed by the TPP whose QWAC
// opened the connection.
func (s *Sim) checkSignature(r *http.Request, qwac *certs.Certificate, p product) error {
	must := s.cfg.SignedHeaders
	if p == pis {
		must = s.cfg.PISSignedHeaders
	}
	sig, err := seals.Parse(r.Header.Get("Signature"))
	if err != nil {
		return err
	}
	for _, name := range must {
		if !slices.Contains(sig.Headers, name) {
			return fmt.Errorf("the header %q must be signed", name)
		}
	}
	seal, err := s.seals.Fetch(r.Context(), sig.KeyID)
	if err != nil {
		return err
	}
	if seal.OrganizationIdentifier != qwac.OrganizationIdentifier {
		return errors.New("the QSealC and the QWAC belong to different organizations")
	}
	if s.Revoked(seal) {
		return errors.New("the QSealC is revoked")
	}
	text, err := sig.Signed(r)
	if err != nil {
		return err
	}
	if err := sig.Verify(text, seal); err != nil {
		return err
	}
	s.seen.sealed(seal)
	return nil
}
