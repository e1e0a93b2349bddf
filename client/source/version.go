package source

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"net/url"
	"slices"
	"sync/atomic"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/connector/mtls"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/types/api"
)

// maxChain bounds how many certificates of a chain are read.
const maxChain = 16

// version is one version of a configuration, ready for use. But for credentials, it never changes.
type version struct {
	source        *Source
	configuration api.TLSConfiguration
	identity      *certs.Identity
	settings      mtls.Settings
	bank          *mtls.Client
	servers       map[string]bool // host:port
	now           func() time.Time

	entering atomic.Int64 // requests that are on their way to bank
	replaced atomic.Bool

	saw serversSeen

	credentials atomic.Pointer[api.TLSCredentials]
	unsigned    atomic.Pointer[error] // why the last handshake was not signed
}

// newVersion makes a configuration ready for use, or says why it is of no use.
func newVersion(s *Source, c api.TLSConfiguration) (*version, error) {
	v := &version{source: s, configuration: c, servers: map[string]bool{}, now: s.set.cfg.Now}
	chain, err := chainOf(c.Transport.ChainPEM)
	if err != nil {
		return nil, err
	}
	leaf, err := certs.ParseCertificate(chain[0])
	switch {
	case err != nil || leaf.X509 == nil:
		return nil, unusable(err, "its certificate cannot be read")
	case leaf.SHA256 != c.Transport.SHA256:
		return nil, unusable(nil, "its chain does not begin with its certificate")
	}
	v.identity = &certs.Identity{
		ID:          c.RegistrationID,
		Certificate: leaf,
		Chain:       chain[1:],
		Schemes:     schemesOf(c.Transport.Key.Algorithms),
	}
	if len(v.identity.Schemes) == 0 {
		return nil, unusable(nil, "its key makes no signature that this program knows")
	}
	v.identity.Signer = &transportKey{version: v, public: leaf.X509.PublicKey}
	for _, server := range c.Servers {
		base, err := url.Parse(server.BaseURL)
		if err != nil || base.Scheme != "https" {
			return nil, unusable(err, "the address of a server cannot be read")
		}
		v.servers[mtls.Address(base)] = true
	}
	v.settings = s.set.cfg.Connection
	v.settings.MinTLSVersion = c.MinVersion
	v.settings.Renegotiation = c.Renegotiation
	v.settings.TrustAnchors = c.TrustAnchors
	v.settings.SystemRoots = c.SystemRoots
	v.settings.PinnedNames = c.PinnedNames
	if v.bank, err = mtls.New(v, v.settings); err != nil {
		return nil, unusable(err, "whom to trust cannot be read")
	}
	v.bank.OnServer(func(h mtls.Handshake) { v.saw.note(h, v.now()) })
	return v, nil
}

func unusable(err error, why string) error {
	return fault.Wrap(err, fault.Conflict, "configuration_unusable",
		"The TLS configuration cannot be used: %s; the former one stays in use.", why)
}

func chainOf(text string) (chain [][]byte, err error) {
	for rest := []byte(text); len(chain) <= maxChain; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if _, err := x509.ParseCertificate(block.Bytes); block.Type != "CERTIFICATE" || err != nil {
			return nil, unusable(err, "its chain has something that is no certificate")
		}
		chain = append(chain, block.Bytes)
	}
	if len(chain) == 0 || len(chain) > maxChain {
		return nil, unusable(nil, "its chain has no certificate, or too many")
	}
	return chain, nil
}

// enter counts a request that goes to the bank, and reports whether the version takes it. leave follows.
func (v *version) enter() bool {
	v.entering.Add(1)
	return !v.replaced.Load()
}

// leave counts a request as answered or failed. Closing waits for those, so that no connection is closed that a
// request is about to use; what of an answer is still to be read, the connections count themselves.
func (v *version) leave() {
	if v.entering.Add(-1) == 0 && v.replaced.Load() {
		v.bank.Close()
	}
}

// retire closes the connections: idle ones now, busy ones with their request.
func (v *version) retire() {
	v.replaced.Store(true)
	v.bank.CloseIdleConnections()
	if v.entering.Load() == 0 {
		v.bank.Close()
	}
}

// Identity implements certs.Source.
func (v *version) Identity(context.Context) (*certs.Identity, error) {
	return v.identity, v.expired(v.now())
}

// expired says that the QWAC or the QSealC has ended.
func (v *version) expired(now time.Time) error {
	if now.Before(v.configuration.NotAfter) && !now.After(v.identity.Certificate.NotAfter) {
		return nil
	}
	return fault.New(fault.Conflict, "certificate_ended",
		"A certificate of version %d ended on %s; activate a bundle with a renewed one.", v.configuration.Version,
		v.configuration.NotAfter.UTC().Format(time.RFC3339))
}

// trustsAs reports whether both trust the same servers.
func (v *version) trustsAs(other *version) bool {
	a, b := v.settings, other.settings
	return v == other || a.SystemRoots == b.SystemRoots && a.MinTLSVersion == b.MinTLSVersion &&
		a.Renegotiation == b.Renegotiation &&
		slices.Equal(a.TrustAnchors, b.TrustAnchors) && slices.Equal(a.PinnedNames, b.PinnedNames)
}

// same reports whether another configuration says nothing new.
func (v *version) same(c api.TLSConfiguration) bool {
	return v != nil && digestOf(v.configuration) == digestOf(c)
}

// schemeNames are the names of what a TLS client signs with (RFC 8446 section 4.2.3).
var schemeNames = map[string]tls.SignatureScheme{
	"rsa_pss_rsae_sha256":    tls.PSSWithSHA256,
	"rsa_pss_rsae_sha384":    tls.PSSWithSHA384,
	"rsa_pss_rsae_sha512":    tls.PSSWithSHA512,
	"rsa_pkcs1_sha256":       tls.PKCS1WithSHA256,
	"rsa_pkcs1_sha384":       tls.PKCS1WithSHA384,
	"rsa_pkcs1_sha512":       tls.PKCS1WithSHA512,
	"ecdsa_secp256r1_sha256": tls.ECDSAWithP256AndSHA256,
	"ecdsa_secp384r1_sha384": tls.ECDSAWithP384AndSHA384,
	"ecdsa_secp521r1_sha512": tls.ECDSAWithP521AndSHA512,
	"ed25519":                tls.Ed25519,
}

// schemesOf leaves out what this program does not know.
func schemesOf(names []string) (schemes []tls.SignatureScheme) {
	for _, name := range names {
		if scheme, known := schemeNames[name]; known {
			schemes = append(schemes, scheme)
		}
	}
	return schemes
}
