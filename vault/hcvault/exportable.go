package hcvault

import (
	"context"
	"crypto"
	"crypto/x509"
	"encoding/base64"
	"errors"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/secret"
	"github.com/sealkeeper/sealkeeper/vault/internal/accept"
)

// Exportable keys lie below a prefix of their own, so that a policy
// can tell them from the documents. They are written once and never changed.
func (c *Custody) exportablePath(kind, id string) string {
	return c.cfg.KVMount + "/" + kind + "/" + c.cfg.Prefix + "/key/" + id
}

// keyDocument is what lies there.
type keyDocument struct {
	PKCS8 secret.Text `json:"pkcs8"` // base64 of the DER
}

// ImportExportableKey implements vault.Exporter.
func (c *Custody) ImportExportableKey(ctx context.Context, id string, key *certs.PrivateKey) error {
	if err := accept.ID(id); err != nil {
		return err
	}
	if err := c.AcceptsKey(key.Public()); err != nil {
		return err
	}
	der, err := key.PKCS8()
	if err != nil {
		return fault.Wrap(err, fault.Invalid, "key_not_encodable",
			"The private key is not in this process and cannot be taken over.")
	}
	defer clear(der)
	doc := map[string]string{"pkcs8": base64.StdEncoding.EncodeToString(der)}
	var written struct{ Data struct{ Version int } }
	err = c.vault.post(ctx, c.exportablePath("data", id), map[string]any{
		"data":    doc,
		"options": map[string]int{"cas": 0},
	}, &written)
	if err == nil {
		return c.versioned(written.Data.Version)
	}
	if !isForbidden(err) {
		return err
	}
	// The policy lets nobody write over such a key: Vault says so before it compares versions.
	if _, look := c.ExportKey(ctx, id); look == nil {
		return errTaken()
	}
	return err
}

// ExportKey implements vault.Exporter.
func (c *Custody) ExportKey(ctx context.Context, id string) (*certs.PrivateKey, error) {
	if err := accept.ID(id); err != nil {
		return nil, err
	}
	var read struct {
		Data struct {
			Data     keyDocument
			Metadata struct{ Version int }
		}
	}
	if err := c.vault.get(ctx, c.exportablePath("data", id), nil, &read); err != nil {
		return nil, err
	}
	text := read.Data.Data.PKCS8
	defer text.Wipe()
	if err := c.versioned(read.Data.Metadata.Version); err != nil {
		return nil, err
	}
	key, err := parseExportable(text)
	if err != nil {
		return nil, fault.Wrap(err, fault.Internal, "custody_key", "The key %q in Vault cannot be read.", id)
	}
	return key, nil
}

func parseExportable(text secret.Text) (*certs.PrivateKey, error) {
	der := make([]byte, base64.StdEncoding.DecodedLen(len(text.Bytes())))
	defer clear(der)
	n, err := base64.StdEncoding.Decode(der, text.Bytes())
	if err != nil {
		return nil, err
	}
	parsed, err := x509.ParsePKCS8PrivateKey(der[:n])
	if err != nil {
		return nil, err
	}
	signer, ok := parsed.(crypto.Signer)
	if !ok {
		return nil, errors.New("it cannot sign")
	}
	return certs.NewPrivateKey(signer)
}

// DestroyExportableKey implements vault.Exporter.
func (c *Custody) DestroyExportableKey(ctx context.Context, id string) error {
	if err := accept.ID(id); err != nil {
		return err
	}
	if err := ignoreNotFound(c.vault.delete(ctx, c.exportablePath("metadata", id))); err != nil {
		return err
	}
	return c.observeDeletion(ctx, c.exportablePath("data", id))
}
