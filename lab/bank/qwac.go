package bank

import (
	"crypto/tls"
	"errors"
	"net/http"

	"github.com/sealkeeper/sealkeeper/certs"
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
			s.traffic.handshake(certificate, state.DidResume, err)
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
