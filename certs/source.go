package certs

import (
	"bytes"
	"context"
	"crypto"
	"crypto/tls"
	"slices"
	"time"
)

// Identity is a certificate with its chain and the signer that holds its
// private key. The key itself may be in Vault; only the signer is here.
// An Identity is immutable and safe for concurrent use.
type Identity struct {
	ID          string       // custody id, opaque
	Certificate *Certificate // the leaf
	Chain       [][]byte     // DER of the issuing CAs, in order, without the leaf
	Signer      crypto.Signer
	Schemes     []tls.SignatureScheme // that Signer can do, by preference; nil: all of its kind of key
}

// TLS returns the identity as crypto/tls wants it: leaf first, then the chain.
func (i *Identity) TLS() *tls.Certificate {
	chain := make([][]byte, 0, 1+len(i.Chain))
	chain = append(chain, i.Certificate.Raw)
	chain = append(chain, i.Chain...)
	return &tls.Certificate{
		Certificate:                  chain,
		PrivateKey:                   i.Signer,
		Leaf:                         i.Certificate.X509,
		SupportedSignatureAlgorithms: i.Schemes,
	}
}

// Presents reports whether both present the same certificates: the same leaf with the same chain.
func (i *Identity) Presents(other *Identity) bool {
	return i == other || i.Certificate.SHA256 == other.Certificate.SHA256 &&
		slices.EqualFunc(i.Chain, other.Chain, bytes.Equal)
}

// ValidAt reports whether at lies in the certificate's validity period.
func (i *Identity) ValidAt(at time.Time) bool {
	return !at.Before(i.Certificate.NotBefore) && !at.After(i.Certificate.NotAfter)
}

// Source hands out the identity that is current now. It is asked at every TLS
// handshake and for every signature, so an implementation must answer from
// memory and be safe for concurrent use. It returns an error when it has
// nothing to present: presenting nothing would look to the bank like a
// client without a certificate.
type Source interface {
	Identity(ctx context.Context) (*Identity, error)
}

// Held is a certificate as custody has it, for those that look at many together.
type Held struct {
	Leaf    *Certificate
	Chain   []*Certificate // the issuing CAs, in order
	Refused error          // why it cannot be used; nil: it can, and Leaf is there
	NotLive error          // why a live registration may not use it; nil: it may
}
