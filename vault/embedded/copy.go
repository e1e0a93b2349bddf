package embedded

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"errors"
	"maps"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/fault"
)

// Destination is what CopyTo needs of a vault.Custody.
type Destination interface {
	ImportKey(ctx context.Context, id string, key *certs.PrivateKey) error
	Signer(ctx context.Context, id string, public crypto.PublicKey) (crypto.Signer, error)
	ImportExportableKey(ctx context.Context, id string, key *certs.PrivateKey) error
	ExportKey(ctx context.Context, id string) (*certs.PrivateKey, error)
	Put(ctx context.Context, id string, doc map[string]string, cas int) (int, error)
	Get(ctx context.Context, id string) (doc map[string]string, version int, err error)
}

// Copied counts what CopyTo found at the destination when it was done with it.
type Copied struct{ Keys, Documents int }

// pass is what is done with every row of a kind.
type pass struct {
	kind string
	each func(ctx context.Context, there Destination, id string) error
	n    *int
}

// CopyTo copies everything except the ids in gone to another custody, for the move to
// Vault: what was destroyed must not come back. It verifies each key by a signature and
// each document by reading it back. It skips what is there already and the same, so that
// an interrupted copy can simply be started again. What differs is a Conflict; for
// documents, it is found before anything is written. Nothing is removed here, and
// documents start at version 1 there.
func (c *Custody) CopyTo(ctx context.Context, to Destination, gone map[string]bool) (Copied, error) {
	var done Copied
	err := c.walk(ctx, to, func(id string) bool { return !gone[id] },
		pass{kindDocument, c.agreeDocument, new(int)}, pass{kindKey, c.copyKey, &done.Keys},
		pass{kindExportable, c.copyExportable, &done.Keys}, pass{kindDocument, c.copyDocument, &done.Documents})
	return done, err
}

// Agrees fails if the destination has a document with other contents, so that CopyTo
// would fail. It writes nothing.
func (c *Custody) Agrees(ctx context.Context, to Destination, gone map[string]bool) error {
	return c.walk(ctx, to, func(id string) bool { return !gone[id] }, pass{kindDocument, c.agreeDocument, new(int)})
}

// walk does each pass over the wanted rows of its kind.
func (c *Custody) walk(ctx context.Context, there Destination, wanted func(id string) bool, passes ...pass) error {
	for _, p := range passes {
		ids, err := c.rows.List(ctx, p.kind)
		if err != nil {
			return err
		}
		for _, id := range ids {
			if !wanted(id) {
				continue
			}
			if err := p.each(ctx, there, id); err != nil {
				return err
			}
			*p.n++
		}
	}
	return nil
}

func (c *Custody) copyKey(ctx context.Context, to Destination, id string) error {
	key, err := c.openKey(ctx, kindKey, id)
	if err != nil {
		return err
	}
	wrapped, err := certs.NewPrivateKey(key)
	if err != nil {
		return fault.Wrap(err, fault.Internal, "custody_key", "The key %q cannot be read.", id)
	}
	if err := to.ImportKey(ctx, id, wrapped); err != nil && !errors.Is(err, fault.Conflict) {
		return err
	}
	return c.compareKey(ctx, to, id)
}

// compareKey has the key of that id sign there, and verifies with the public half of the one here.
func (c *Custody) compareKey(ctx context.Context, there Destination, id string) error {
	key, err := c.openKey(ctx, kindKey, id)
	if err != nil {
		return err
	}
	signer, err := there.Signer(ctx, id, key.Public()) // a Conflict when another key is there
	if err != nil {
		return err
	}
	if err := prove(signer, key.Public()); err != nil {
		return fault.Wrap(err, fault.Internal, "custody_copy",
			"The copy of the key %q does not sign as it should; nothing was removed here.", id)
	}
	return nil
}

func (c *Custody) copyExportable(ctx context.Context, to Destination, id string) error {
	key, err := c.ExportKey(ctx, id)
	if err != nil {
		return err
	}
	if err := to.ImportExportableKey(ctx, id, key); err != nil && !errors.Is(err, fault.Conflict) {
		return err
	}
	return c.compareExportable(ctx, to, id)
}

func (c *Custody) compareExportable(ctx context.Context, there Destination, id string) error {
	key, err := c.ExportKey(ctx, id)
	if err != nil {
		return err
	}
	copied, err := there.ExportKey(ctx, id)
	if err != nil {
		return err
	}
	if copied.SPKISHA256() != key.SPKISHA256() {
		return fault.New(fault.Conflict, "custody_copy",
			"Another key %q is at the destination already; find out which is right and delete the other.", id)
	}
	return nil
}

// prove makes a signature with signer and verifies it with public.
func prove(signer crypto.Signer, public crypto.PublicKey) error {
	message := make([]byte, 32)
	_, _ = rand.Read(message)
	digest := sha256.Sum256(message)
	if public, ok := public.(ed25519.PublicKey); ok {
		signature, err := signer.Sign(rand.Reader, message, crypto.Hash(0))
		if err == nil && !ed25519.Verify(public, message, signature) {
			err = errWrongSignature
		}
		return err
	}
	signature, err := signer.Sign(rand.Reader, digest[:], crypto.SHA256)
	if err != nil {
		return err
	}
	switch public := public.(type) {
	case *rsa.PublicKey:
		return rsa.VerifyPKCS1v15(public, crypto.SHA256, digest[:], signature)
	case *ecdsa.PublicKey:
		if ecdsa.VerifyASN1(public, digest[:], signature) {
			return nil
		}
	}
	return errWrongSignature
}

var errWrongSignature = errors.New("the signature does not verify")

func (c *Custody) copyDocument(ctx context.Context, to Destination, id string) error {
	doc, _, err := c.Get(ctx, id)
	if err != nil {
		return err
	}
	if _, err := to.Put(ctx, id, doc, 0); err != nil && !errors.Is(err, fault.Conflict) {
		return err
	}
	return c.equalDocument(ctx, to, id)
}

// agreeDocument fails when another document is there under the id; none is fine.
func (c *Custody) agreeDocument(ctx context.Context, to Destination, id string) error {
	if err := c.equalDocument(ctx, to, id); err != nil && !isNotFound(err) {
		return err
	}
	return nil
}

func (c *Custody) equalDocument(ctx context.Context, to Destination, id string) error {
	doc, _, err := c.Get(ctx, id)
	if err != nil {
		return err
	}
	there, _, err := to.Get(ctx, id)
	if err != nil {
		return err
	}
	if !maps.Equal(doc, there) {
		return differs(id)
	}
	return nil
}

func differs(id string) error {
	return fault.New(fault.Conflict, "custody_copy",
		"The document %q is at the destination already, with other contents; find out which is right and "+
			"delete the other.", id)
}
