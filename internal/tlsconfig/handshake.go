package tlsconfig

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/vault"
)

// scheme is a TLS SignatureScheme (RFC 8446 section 4.2.3).
type scheme struct {
	name string
	hash crypto.Hash // 0: the message itself is signed
	pss  bool
	old  bool // not for CertificateVerify in TLS 1.3
}

var (
	rsaSchemes = []scheme{
		{name: "rsa_pss_rsae_sha256", hash: crypto.SHA256, pss: true},
		{name: "rsa_pss_rsae_sha384", hash: crypto.SHA384, pss: true},
		{name: "rsa_pss_rsae_sha512", hash: crypto.SHA512, pss: true},
		{name: "rsa_pkcs1_sha256", hash: crypto.SHA256, old: true},
		{name: "rsa_pkcs1_sha384", hash: crypto.SHA384, old: true},
		{name: "rsa_pkcs1_sha512", hash: crypto.SHA512, old: true},
	}
	p256Schemes    = []scheme{{name: "ecdsa_secp256r1_sha256", hash: crypto.SHA256}}
	p384Schemes    = []scheme{{name: "ecdsa_secp384r1_sha384", hash: crypto.SHA384}}
	p521Schemes    = []scheme{{name: "ecdsa_secp521r1_sha512", hash: crypto.SHA512}}
	ed25519Schemes = []scheme{{name: "ed25519"}}
)

func (s scheme) opts() crypto.SignerOpts {
	if s.pss {
		return &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: s.hash}
	}
	return s.hash
}

func schemesOf(c *certs.Certificate) []scheme {
	switch k := c.X509.PublicKey.(type) {
	case *rsa.PublicKey:
		return rsaSchemes
	case *ecdsa.PublicKey:
		switch k.Curve {
		case elliptic.P256():
			return p256Schemes
		case elliptic.P384():
			return p384Schemes
		case elliptic.P521():
			return p521Schemes
		}
	case ed25519.PublicKey:
		return ed25519Schemes
	}
	return nil
}

// Schemes names the TLS SignatureSchemes that the certificate's key can do, in the order of preference.
func (c Certificate) Schemes() []string {
	var names []string
	for _, s := range schemesOf(c.Leaf) {
		names = append(names, s.name)
	}
	return names
}

// maxMessage is how many bytes of a handshake are signed: JSON is limited to 64 KiB, and base64 makes 4 of 3.
const maxMessage = 45 << 10

// verify13 is the beginning of what a client signs in TLS 1.3 (RFC 8446 section 4.4.3). A transcript hash follows.
var verify13 = append(bytes.Repeat([]byte{' '}, 64), "TLS 1.3, client CertificateVerify\x00"...)

// handshakeOf reports whether the message is what a TLS client signs: in TLS 1.3 the content of a CertificateVerify;
// in TLS 1.2 the handshake up to it, in which the client's Certificate begins with the leaf. No key signs
// anything else here, so that a transport certificate seals no document and no request.
func handshakeOf(message, leaf []byte) (tls13, ok bool) {
	if hash, found := bytes.CutPrefix(message, verify13); found {
		return true, len(hash) == crypto.SHA256.Size() || len(hash) == crypto.SHA384.Size()
	}
	return false, transcript12(message, leaf)
}

// The types of handshake messages (RFC 5246 section 7.4).
const (
	clientHello       = 1
	serverHello       = 2
	certificate       = 11
	clientKeyExchange = 16
)

// transcript12 reports whether the message is a handshake of TLS 1.2 from ClientHello to ClientKeyExchange
// (RFC 5246 section 7.4.8), with the leaf in the Certificate message before that.
func transcript12(message, leaf []byte) bool {
	var types []byte
	var bodies [][]byte
	for len(message) > 0 {
		if len(message) < 4 {
			return false
		}
		n := int(message[1])<<16 | int(message[2])<<8 | int(message[3])
		if len(message) < 4+n {
			return false
		}
		types, bodies = append(types, message[0]), append(bodies, message[4:4+n])
		message = message[4+n:]
	}
	last := len(types) - 1
	if last < 3 || types[0] != clientHello || types[1] != serverHello || types[last-1] != certificate ||
		types[last] != clientKeyExchange {
		return false
	}
	// ClientHello and ServerHello begin with the version (3, 3) and 32 random bytes.
	for _, hello := range bodies[:2] {
		if len(hello) < 34 || hello[0] != 3 || hello[1] != 3 {
			return false
		}
	}
	// A Certificate is the length of all, and the length of the first certificate with that, three bytes each.
	own := bodies[last-1]
	return len(own) >= 6+len(leaf) && bytes.Equal(own[6:6+len(leaf)], leaf) &&
		int(own[3])<<16|int(own[4])<<8|int(own[5]) == len(leaf)
}

// Handshake asks for the signature of a TLS client's CertificateVerify.
type Handshake struct {
	Version int
	Scheme  string
	Message []byte
}

// SignHandshake signs a TLS client's CertificateVerify with the QWAC of a version.
func (s *Service) SignHandshake(
	ctx context.Context, caller access.Caller, registrationID string, h Handshake,
) ([]byte, error) {
	if err := s.admit(ctx, caller, access.TLSHandshake, registrationID, access.Transport); err != nil {
		return nil, err
	}
	c, err := s.certificateOf(ctx, caller, registrationID, h.Version, certs.QWAC)
	if err != nil {
		return nil, err
	}
	identity, err := c.source.Identity(ctx)
	if err != nil {
		return nil, err
	}
	chosen, digest, err := h.digest(identity)
	if err != nil {
		return nil, err
	}
	if err := s.cfg.Limits.Spend(ctx, caller, 1); err != nil {
		return nil, err
	}
	if err := s.open(ctx, caller, c.bundle); err != nil {
		return nil, err
	}
	signatures, errs := vault.SignEach(ctx, identity.Signer, [][]byte{digest}, chosen.opts())
	if errs[0] != nil {
		return nil, errs[0]
	}
	s.cfg.Counter.Count(caller, access.TLSHandshake, registrationID, h.Version)
	return signatures[0], nil
}

// digest hashes the message, if it is one that this certificate may sign.
func (h Handshake) digest(identity *certs.Identity) (scheme, []byte, error) {
	var chosen scheme
	for _, s := range schemesOf(identity.Certificate) {
		if s.name == h.Scheme {
			chosen = s
		}
	}
	if chosen.name == "" {
		return chosen, nil, fault.New(fault.Invalid, "algorithm_unsuitable",
			"The certificate's key does not sign by that scheme; its configuration lists those it does.")
	}
	tls13, ok := handshakeOf(h.Message, identity.Certificate.Raw)
	if !ok || len(h.Message) > maxMessage || tls13 && chosen.old {
		return chosen, nil, fault.New(fault.Invalid, "not_a_handshake",
			"A transport certificate signs TLS handshakes alone: send the message that a TLS client signs, of at most "+
				"%d KB, and not its digest.", maxMessage>>10)
	}
	if chosen.hash == 0 {
		return chosen, h.Message, nil
	}
	hash := chosen.hash.New()
	hash.Write(h.Message)
	return chosen, hash.Sum(nil), nil
}
