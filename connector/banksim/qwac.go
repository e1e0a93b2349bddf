package banksim

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

// TLSConfig returns the mTLS listener's configuration. A client whose
// certificate is missing, expired, of an unknown issuer, or no QWAC is
// refused with a TLS alert, as STET has it, and never sees HTTP.
func (s *Sim) TLSConfig() *tls.Config {
	return &tls.Config{
		Certificates: []tls.Certificate{s.cfg.ServerCertificate},
		ClientAuth:   tls.RequireAndVerifyClientCert,
		ClientCAs:    s.cfg.QTSPRoots,
		MinVersion:   tls.VersionTLS12,
		Time:         s.cfg.Now,
		VerifyConnection: func(state tls.ConnectionState) error {
			certificate, err := certs.ParseCertificate(state.PeerCertificates[0].Raw)
			if err != nil {
				return err
			}
			if certificate.Kind != certs.QWAC {
				return errors.New("the client certificate is no QWAC: " + string(certificate.Kind))
			}
			s.seen.handshake(state.DidResume)
			return nil
		},
	}
}

// caller returns the QWAC of the request's connection.
func caller(r *http.Request) (*certs.Certificate, error) {
	if r.TLS == nil || len(r.TLS.PeerCertificates) == 0 {
		return nil, errors.New("no client certificate")
	}
	return certs.ParseCertificate(r.TLS.PeerCertificates[0].Raw)
}
