package embedded

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"errors"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/vault/internal/accept"
	"github.com/sealkeeper/sealkeeper/vault/internal/inprocess"
)

// AcceptsKey implements vault.Keys.
func (c *Custody) AcceptsKey(public crypto.PublicKey) error {
	_, err := accept.KeyType(public)
	return err
}

// ImportKey implements vault.Keys.
func (c *Custody) ImportKey(ctx context.Context, id string, key *certs.PrivateKey) error {
	if err := accept.ID(id); err != nil {
		return err
	}
	if err := c.AcceptsKey(key.Public()); err != nil {
		return err
	}
	return c.keep(ctx, kindKey, id, key)
}

// GenerateKey implements vault.Generator.
func (c *Custody) GenerateKey(ctx context.Context, id, algorithm string) (crypto.PublicKey, error) {
	if err := errors.Join(accept.ID(id), accept.Algorithm(algorithm)); err != nil {
		return nil, err
	}
	signer, err := generate(algorithm)
	if err != nil {
		return nil, fault.Wrap(err, fault.Internal, "key_generate",
			"The key could not be made; the log has the reason.")
	}
	key, err := certs.NewPrivateKey(signer)
	if err != nil {
		return nil, fault.Wrap(err, fault.Internal, "key_generate",
			"The key could not be made; the log has the reason.")
	}
	return key.Public(), c.keep(ctx, kindKey, id, key)
}

func generate(algorithm string) (crypto.Signer, error) {
	switch algorithm {
	case "rsa-2048":
		return rsa.GenerateKey(rand.Reader, 2048)
	case "rsa-3072":
		return rsa.GenerateKey(rand.Reader, 3072)
	case "rsa-4096":
		return rsa.GenerateKey(rand.Reader, 4096)
	case "ecdsa-p256":
		return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case "ecdsa-p384":
		return ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	case "ecdsa-p521":
		return ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	default:
		_, key, err := ed25519.GenerateKey(rand.Reader)
		return key, err
	}
}

func (c *Custody) keep(ctx context.Context, kind, id string, key *certs.PrivateKey) error {
	der, err := key.PKCS8()
	if err != nil {
		return fault.Wrap(err, fault.Invalid, "key_not_encodable",
			"The private key is not in this process and cannot be taken over.")
	}
	defer clear(der)
	row, err := c.seal(kind, id, 1, der)
	if err != nil {
		return err
	}
	return c.rows.Put(ctx, row)
}

// Signer implements vault.Keys. The opened key stays in the signer, so that
// signing costs what the standard library's signing costs; opened says how long it is kept here.
func (c *Custody) Signer(ctx context.Context, id string, public crypto.PublicKey) (crypto.Signer, error) {
	row, err := c.row(ctx, kindKey, id)
	if err != nil {
		return nil, err
	}
	signer, ok := c.opened.of(row)
	if !ok {
		key, err := c.parseKey(row, kindKey, id)
		if err != nil {
			return nil, err
		}
		signer = inprocess.Signer(key)
		c.opened.keep(row, signer)
	}
	if equal, ok := signer.Public().(interface{ Equal(crypto.PublicKey) bool }); !ok || !equal.Equal(public) {
		return nil, fault.New(fault.Conflict, "custody_key_mismatch",
			"The key %q in custody does not belong to this certificate.", id)
	}
	return signer, nil
}

func (c *Custody) openKey(ctx context.Context, kind, id string) (crypto.Signer, error) {
	row, err := c.row(ctx, kind, id)
	if err != nil {
		return nil, err
	}
	return c.parseKey(row, kind, id)
}

func (c *Custody) parseKey(row Row, kind, id string) (crypto.Signer, error) {
	der, err := c.decrypt(row, kind, id)
	if err != nil {
		return nil, err
	}
	defer clear(der)
	parsed, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, fault.Wrap(err, fault.Internal, "custody_key", "The key %q cannot be read.", id)
	}
	key, ok := parsed.(crypto.Signer)
	if !ok {
		return nil, fault.New(fault.Internal, "custody_key", "The key %q cannot sign.", id)
	}
	return key, nil
}

// DestroyKey implements vault.Keys.
func (c *Custody) DestroyKey(ctx context.Context, id string) error {
	return c.rows.Delete(ctx, kindKey, id)
}
