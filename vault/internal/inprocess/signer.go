// Package inprocess signs with private keys that are in this process.
package inprocess

import (
	"crypto"
	"fmt"
	"io"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/secret"
)

// Signer returns a signer that hides the key it signs with: no type assertion
// and no print reaches it.
func Signer(key crypto.Signer) crypto.Signer { return &signer{key: key} }

type signer struct{ key crypto.Signer }

// Public implements crypto.Signer.
func (s *signer) Public() crypto.PublicKey { return s.key.Public() }

// Sign implements crypto.Signer. Unlike crypto/ecdsa it looks at the digest's length.
func (s *signer) Sign(random io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	if hash := opts.HashFunc(); hash != 0 && len(digest) != hash.Size() {
		return nil, fault.New(fault.Invalid, "signature_unsupported", "A %v digest has %d bytes and not %d.", hash,
			hash.Size(), len(digest))
	}
	return s.key.Sign(random, digest, opts)
}

// Format implements fmt.Formatter for every verb.
func (s *signer) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, secret.Redacted) }
