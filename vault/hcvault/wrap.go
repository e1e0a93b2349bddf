package hcvault

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"

	"github.com/tink-crypto/tink-go/v2/kwp/subtle"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/fault"
)

// wrap encrypts key for Transit's import: the PKCS#8 key with AES-256 key wrap
// with padding (RFC 5649) under a key made for this once, and that key with
// RSA-OAEP SHA-256 under Vault's wrapping key. What was in the clear is wiped.
func wrap(key *certs.PrivateKey, wrapping *rsa.PublicKey) ([]byte, error) {
	der, err := key.PKCS8()
	if err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "key_not_encodable",
			"The private key is not in this process and cannot be taken over.")
	}
	defer clear(der)
	once := make([]byte, 32)
	defer clear(once)
	_, _ = rand.Read(once) // never fails: crypto/rand ends the program instead

	kwp, err := subtle.NewKWP(once)
	if err != nil {
		return nil, wrapFailed(err)
	}
	wrappedKey, err := kwp.Wrap(der)
	if err != nil {
		return nil, wrapFailed(err)
	}
	wrappedOnce, err := rsa.EncryptOAEP(sha256.New(), rand.Reader, wrapping, once, nil)
	if err != nil {
		return nil, wrapFailed(err)
	}
	return append(wrappedOnce, wrappedKey...), nil
}

func wrapFailed(err error) error {
	return fault.Wrap(err, fault.Internal, "key_wrap",
		"The private key could not be wrapped for Vault; the log has the reason.")
}

// wrappingKey returns the public key that keys are wrapped under for import.
// It changes only when the engine is mounted anew, so it is kept.
func (c *Custody) wrappingKey(ctx context.Context) (*rsa.PublicKey, error) {
	if kept := c.wrapping.Load(); kept != nil {
		return kept, nil
	}
	var read struct {
		Data struct {
			PublicKey string `json:"public_key"`
		}
	}
	if err := c.slow.get(ctx, c.cfg.TransitMount+"/wrapping_key", nil, &read); err != nil {
		return nil, err
	}
	public, ok := parsePublic(read.Data.PublicKey).(*rsa.PublicKey)
	if !ok {
		return nil, fault.New(fault.Unavailable, "vault_answer",
			"Vault's wrapping key cannot be read; check that %s is a Transit engine.", c.cfg.TransitMount)
	}
	c.wrapping.Store(public)
	return public, nil
}

func (c *Custody) forgetWrappingKey() { c.wrapping.Store(nil) }
