package certs

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"log/slog"

	"github.com/sealkeeper/sealkeeper/certs/internal/der"
	"github.com/sealkeeper/sealkeeper/secret"
)

// PrivateKey is a private key that cannot be printed: every way of turning it
// into text yields "[redacted]". The key may be here or elsewhere; only a
// crypto.Signer is required. It is immutable.
type PrivateKey struct {
	signer    crypto.Signer
	spki      string
	id        string
	algorithm string // that it says it is for, "" where its kind tells
}

// NewPrivateKey wraps a signer whose public key is RSA, ECDSA or Ed25519.
func NewPrivateKey(signer crypto.Signer) (*PrivateKey, error) {
	if signer == nil {
		return nil, newError(CodeUnsupportedKey, nil, "There is no private key.")
	}
	switch signer.Public().(type) {
	case *rsa.PublicKey, *ecdsa.PublicKey, ed25519.PublicKey:
	default:
		return nil, newError(CodeUnsupportedKey, nil,
			"Keys of type %T are not supported; use RSA, ECDSA P-256/P-384/P-521 or Ed25519.", signer.Public())
	}
	spki, err := x509.MarshalPKIXPublicKey(signer.Public())
	if err != nil {
		return nil, newError(CodeUnsupportedKey, err, "This key's curve is not supported; use P-256, P-384 or P-521.")
	}
	return &PrivateKey{signer: signer, spki: sha256Hex(spki), id: publicKeyID(spki)}, nil
}

// Public returns the public key.
func (k *PrivateKey) Public() crypto.PublicKey { return k.signer.Public() }

// Signer returns the key as a signer.
func (k *PrivateKey) Signer() crypto.Signer { return k.signer }

// PKCS8 returns the key's PKCS#8 DER. The caller wipes the bytes. It fails when
// the key is not in this process.
func (k *PrivateKey) PKCS8() ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(k.signer)
	if err != nil {
		return nil, fmt.Errorf("certs: key cannot be exported: %w", err)
	}
	return der, nil
}

// Algorithm returns "RSA", "RSA-PSS", "ECDSA" or "Ed25519".
func (k *PrivateKey) Algorithm() string {
	if k.algorithm != "" {
		return k.algorithm
	}
	switch k.Public().(type) {
	case *rsa.PublicKey:
		return "RSA"
	case *ecdsa.PublicKey:
		return "ECDSA"
	default:
		return "Ed25519"
	}
}

// Bits returns the size of the key: modulus, curve, or 256 for Ed25519.
func (k *PrivateKey) Bits() int {
	switch public := k.Public().(type) {
	case *rsa.PublicKey:
		return public.N.BitLen()
	case *ecdsa.PublicKey:
		return public.Curve.Params().BitSize
	default:
		return 256
	}
}

// SPKISHA256 returns the SHA-256 of the public key's SubjectPublicKeyInfo, in lower-case hex.
func (k *PrivateKey) SPKISHA256() string { return k.spki }

// BelongsTo reports whether the certificate is for this key. It compares the
// key itself and not its AlgorithmIdentifier: the same RSA key may be certified
// as rsaEncryption, as RSASSA-PSS, or with its NULL parameters missing.
func (k *PrivateKey) BelongsTo(c *Certificate) bool { return c.keyID != "" && k.id == c.keyID }

// Format implements fmt.Formatter for every verb.
func (*PrivateKey) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(secret.Redacted)) }

// String implements fmt.Stringer.
func (*PrivateKey) String() string { return secret.Redacted }

// GoString implements fmt.GoStringer.
func (*PrivateKey) GoString() string { return secret.Redacted }

// LogValue implements slog.LogValuer.
func (*PrivateKey) LogValue() slog.Value { return slog.StringValue(secret.Redacted) }

// MarshalText implements encoding.TextMarshaler, and through it JSON and YAML.
func (*PrivateKey) MarshalText() ([]byte, error) { return []byte(secret.Redacted), nil }

// publicKeyID is the hash of a SubjectPublicKeyInfo's BIT STRING, "" when it has none.
func publicKeyID(spki []byte) string {
	n, err := der.Read(spki)
	if err != nil {
		return ""
	}
	kids := n.Children()
	if len(kids) < 2 {
		return ""
	}
	return sha256Hex(kids[1].Body())
}

func sha256Hex(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func hexString(b []byte) string { return hex.EncodeToString(b) }
