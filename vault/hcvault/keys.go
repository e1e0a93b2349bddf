package hcvault

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"strconv"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/vault/internal/accept"
)

// theVersion is the one version of a key in Transit that is used. A new key is
// another key, and not a version: a version in the middle cannot be destroyed there.
const theVersion = 1

func (c *Custody) keyPath(id string) string {
	return c.cfg.TransitMount + "/keys/" + c.cfg.Prefix + "-" + id
}

func (c *Custody) signPath(id string) string {
	return c.cfg.TransitMount + "/sign/" + c.cfg.Prefix + "-" + id
}

// AcceptsKey implements vault.Keys.
func (c *Custody) AcceptsKey(public crypto.PublicKey) error {
	_, err := accept.KeyType(public)
	return err
}

// ImportKey implements vault.Keys: Transit's "bring your own key" import.
func (c *Custody) ImportKey(ctx context.Context, id string, key *certs.PrivateKey) error {
	if err := accept.ID(id); err != nil {
		return err
	}
	kind, err := accept.KeyType(key.Public())
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, c.cfg.ImportTimeout)
	defer cancel()
	wrapping, err := c.wrappingKey(ctx)
	if err != nil {
		return err
	}
	ciphertext, err := wrap(key, wrapping)
	if err != nil {
		return err
	}
	err = c.slow.post(ctx, c.keyPath(id)+"/import", map[string]any{
		"type":                   kind,
		"hash_function":          "SHA256",
		"ciphertext":             base64.StdEncoding.EncodeToString(ciphertext),
		"exportable":             false,
		"allow_plaintext_backup": false,
		"allow_rotation":         false,
	}, nil)
	if err != nil && !answered(err) {
		return err // it may have happened; the caller's reconciler finds out
	}
	return c.verifyImport(ctx, id, key.Public(), err)
}

// verifyImport reads the key back. Vault answers 500 for an id that is taken,
// and two imports at the same time both succeed, the later one as version 2:
// only version 1 says whose key it is.
func (c *Custody) verifyImport(ctx context.Context, id string, public crypto.PublicKey, imported error) error {
	found, err := c.readKey(ctx, id)
	switch {
	case errors.Is(err, fault.NotFound) && imported != nil:
		c.forgetWrappingKey()
		return imported
	case errors.Is(err, fault.NotFound):
		return fault.New(fault.Unavailable, "vault_failed",
			"Vault accepted the key but does not have it; try the import again.")
	case err != nil:
		return err
	case imported != nil || found.version(public) != theVersion:
		return errTaken()
	}
	return nil
}

// transitKey is the public side of a key in Transit: its versions.
type transitKey struct {
	Keys map[string]struct {
		PublicKey string `json:"public_key"`
	}
}

func (c *Custody) readKey(ctx context.Context, id string) (*transitKey, error) {
	var read struct{ Data transitKey }
	if err := c.vault.get(ctx, c.keyPath(id), nil, &read); err != nil {
		return nil, err
	}
	return &read.Data, nil
}

// version returns which version of the key public is, or 0.
func (k *transitKey) version(public crypto.PublicKey) int {
	for number, entry := range k.Keys {
		equal, ok := parsePublic(entry.PublicKey).(interface{ Equal(crypto.PublicKey) bool })
		if version, err := strconv.Atoi(number); err == nil && ok && equal.Equal(public) {
			return version
		}
	}
	return 0
}

// parsePublic reads a public key as Transit shows it: PEM, and for Ed25519 the
// bare key in base64. It returns nil for anything else.
func parsePublic(text string) crypto.PublicKey {
	if block, _ := pem.Decode([]byte(text)); block != nil {
		public, err := x509.ParsePKIXPublicKey(block.Bytes)
		if err != nil {
			return nil
		}
		return public
	}
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(raw) != ed25519.PublicKeySize {
		return nil
	}
	return ed25519.PublicKey(raw)
}

// GenerateKey implements vault.Generator.
func (c *Custody) GenerateKey(ctx context.Context, id, algorithm string) (crypto.PublicKey, error) {
	if err := errors.Join(accept.ID(id), accept.Algorithm(algorithm)); err != nil {
		return nil, err
	}
	// Vault answers the same whether it made the key or had it, so two callers
	// with one id at the same moment would share a key; ids are made once.
	if _, err := c.readKey(ctx, id); err == nil {
		return nil, errTaken()
	} else if !errors.Is(err, fault.NotFound) {
		return nil, err
	}
	request := map[string]any{"type": algorithm, "exportable": false, "allow_plaintext_backup": false}
	if err := c.slow.post(ctx, c.keyPath(id), request, nil); err != nil {
		return nil, err
	}
	key, err := c.readKey(ctx, id)
	if err != nil {
		return nil, err
	}
	return parsePublic(key.Keys["1"].PublicKey), nil
}

func errTaken() error {
	return fault.New(fault.Conflict, "custody_exists",
		"Vault already has a key under this id; it is not replaced.")
}

// Signer implements vault.Keys. The signer also has a method
// SignContext(ctx, digest, opts) for callers that can give up.
func (c *Custody) Signer(ctx context.Context, id string, public crypto.PublicKey) (crypto.Signer, error) {
	if err := accept.ID(id); err != nil {
		return nil, err
	}
	key, err := c.readKey(ctx, id)
	if err != nil {
		return nil, err
	}
	if key.version(public) != theVersion {
		return nil, fault.New(fault.Conflict, "custody_key_mismatch",
			"The key %q in Vault does not belong to this certificate.", id)
	}
	if len(key.Keys) > 1 {
		c.cfg.Log.WarnContext(ctx, "somebody has rotated a key in Vault; its first version is used", "key", id)
	}
	return &Signer{custody: c, path: c.signPath(id), public: public}, nil
}

// DestroyKey implements vault.Keys.
func (c *Custody) DestroyKey(ctx context.Context, id string) error {
	if err := accept.ID(id); err != nil {
		return err
	}
	if _, err := c.readKey(ctx, id); err != nil {
		return ignoreNotFound(err)
	}
	err := c.vault.post(ctx, c.keyPath(id)+"/config", map[string]any{"deletion_allowed": true}, nil)
	if err == nil {
		err = c.vault.delete(ctx, c.keyPath(id))
	}
	if err == nil {
		return nil
	}
	if _, gone := c.readKey(ctx, id); errors.Is(gone, fault.NotFound) {
		return nil // somebody else destroyed it at the same time
	}
	return err
}

func ignoreNotFound(err error) error {
	if errors.Is(err, fault.NotFound) {
		return nil
	}
	return err
}
