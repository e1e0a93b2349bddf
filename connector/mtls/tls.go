package mtls

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"slices"
	"strings"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/fault"
)

// TLSConfig returns a client configuration that asks source for its
// certificate at every handshake and verifies the server against roots
// (nil: the system's). It speaks TLS 1.2 or later. If the source has no
// certificate, the handshake fails with the source's error: an empty certificate
// would look to the bank like a client without one.
func TLSConfig(source certs.Source, roots *x509.CertPool) *tls.Config {
	sessions := newSessions(source)
	return &tls.Config{
		MinVersion:         tls.VersionTLS12,
		RootCAs:            roots,
		ClientSessionCache: sessions,
		GetClientCertificate: func(request *tls.CertificateRequestInfo) (*tls.Certificate, error) {
			identity, err := source.Identity(request.Context())
			if err != nil {
				return nil, noCertificate(err)
			}
			certificate := identity.TLS()
			if err := checkRequest(request, certificate); err != nil {
				return nil, err
			}
			sessions.presented(identity)
			return certificate, nil
		},
		VerifyConnection: verifyConnection,
	}
}

// TLSConfig is TLSConfig with the settings' trust and version of TLS, for connections that somebody else makes.
func (s Settings) TLSConfig(source certs.Source) (*tls.Config, error) {
	config, err := s.tlsConfig(source)
	if err != nil {
		return nil, err
	}
	return config(), nil
}

// tlsConfig returns a function that makes a TLSConfig with the settings. Each has a
// session cache of its own.
func (s Settings) tlsConfig(source certs.Source) (func() *tls.Config, error) {
	roots, err := s.roots()
	if err != nil {
		return nil, err
	}
	version, err := s.minVersion()
	if err != nil {
		return nil, err
	}
	return func() *tls.Config {
		config := TLSConfig(source, roots)
		config.MinVersion = version
		if s.Renegotiation {
			config.MaxVersion, config.Renegotiation = tls.VersionTLS12, tls.RenegotiateOnceAsClient
		}
		if len(s.PinnedNames) > 0 {
			config.VerifyConnection = s.verifyPinned
		}
		return config
	}, nil
}

// verifyPinned is for banks whose hosts share an issuer with others: the
// certificate must be the bank's by name too, whatever host was dialled.
func (s Settings) verifyPinned(state tls.ConnectionState) error {
	if err := verifyConnection(state); err != nil {
		return err
	}
	leaf := state.PeerCertificates[0]
	if slices.ContainsFunc(s.PinnedNames, func(name string) bool { return leaf.VerifyHostname(name) == nil }) {
		return nil
	}
	return fault.New(fault.Conflict, "bank_name_not_pinned",
		"The server's certificate is for %s, and none of these is a name the profile expects; check the host and "+
			"pinned_names.", strings.Join(leaf.DNSNames, ", "))
}

// checkRequest refuses a key the server cannot verify. The list of issuers
// is left to the server: RFC 8446 section 4.2.4 makes it a hint, and banks
// name roots there that the chain they were sent does not reach.
func checkRequest(request *tls.CertificateRequestInfo, certificate *tls.Certificate) error {
	schemes := *request
	schemes.AcceptableCAs = nil
	if err := schemes.SupportsCertificate(certificate); err != nil {
		return fault.Wrap(err, fault.Conflict, "transport_key_unsuitable",
			"The bank's server accepts no signature that the transport certificate's key can make; use a QWAC with "+
				"another key type.")
	}
	return nil
}

// verifyConnection runs on resumed connections too, where
// VerifyPeerCertificate does not. Without verified chains somebody has set
// InsecureSkipVerify on the configuration, and tokens would go to anyone.
func verifyConnection(state tls.ConnectionState) error {
	if len(state.VerifiedChains) == 0 {
		return fault.New(fault.Internal, "bank_not_verified",
			"The bank's server certificate was not verified; the connection was closed.")
	}
	return nil
}

// noCertificate keeps a source's own sentence, and gives one to an error without
// one.
func noCertificate(err error) error {
	if _, ok := errors.AsType[*fault.Error](err); ok {
		return err
	}
	return fault.Wrap(err, fault.Unavailable, "no_certificate",
		"No transport certificate (QWAC) is available; activate a bundle that has one.")
}
