package vault

import (
	"context"
	"crypto"

	"github.com/sealkeeper/sealkeeper/certs"
)

// Custody is where keys and secrets are kept: package hcvault (HashiCorp
// Vault, OpenBao) or package embedded (sealed rows of our own database).
// Every implementation passes vaulttest.TestCustody.
//
// Errors are *fault.Error: NotFound, Conflict (it exists already, or the
// check-and-set version is not the current one), Invalid (a key this custody
// cannot hold, refused before anything is written), Unavailable (sealed,
// unreachable, forbidden) and Internal (what is stored was altered). An error
// also matches context.Canceled if the caller has gone. Ids are opaque: 1 to 64
// characters of [a-z0-9-], with a letter or digit at both ends.
type Custody interface {
	Keys
	Exporter
	Generator
	Documents
	KeyList

	// Mode names the custody as it is shown to people: "embedded" or "vault".
	Mode() string
	// Health reports, in a sentence, why the custody cannot be used now; nil means it can.
	Health(ctx context.Context) error
}

// Keys holds private keys and signs with them. A key goes in and never comes out.
type Keys interface {
	// AcceptsKey reports, as an Invalid error that says why, that this custody
	// cannot hold keys like public. It does no I/O.
	AcceptsKey(public crypto.PublicKey) error
	// ImportKey stores key under id, or returns Conflict if the id is taken.
	ImportKey(ctx context.Context, id string, key *certs.PrivateKey) error
	// Signer opens the key for signing. public is the key's public half, known
	// from its certificate; a key that does not belong to it is a Conflict. The
	// signer does RSA PKCS#1 v1.5, RSA PSS and ECDSA as crypto.Signer describes,
	// over SHA-256, SHA-384 and SHA-512 digests, and Ed25519 over messages. It is
	// safe for concurrent use.
	Signer(ctx context.Context, id string, public crypto.PublicKey) (crypto.Signer, error)
	// DestroyKey removes the key for good. It is no error if there is none.
	DestroyKey(ctx context.Context, id string) error
}

// Exporter keeps exportable private keys, apart from the others. Its ids are its own:
// the same id may name one key here and another in Keys.
type Exporter interface {
	// ImportExportableKey stores key under id. It returns Conflict if the id is taken, and Invalid
	// for what AcceptsKey refuses.
	ImportExportableKey(ctx context.Context, id string, key *certs.PrivateKey) error
	// ExportKey returns the key, or NotFound. It does not find keys of Keys.
	ExportKey(ctx context.Context, id string) (*certs.PrivateKey, error)
	// DestroyExportableKey removes the key for good. It is no error if there is none.
	DestroyExportableKey(ctx context.Context, id string) error
}

// Generator makes keys inside custody, so that nobody has ever had them. A CSR should
// use such a key.
type Generator interface {
	// GenerateKey makes a key under id and returns its public half. algorithm is
	// "rsa-2048", "rsa-3072", "rsa-4096", "ecdsa-p256", "ecdsa-p384", "ecdsa-p521"
	// or "ed25519"; any other is Invalid. If the id is taken, it is a Conflict.
	GenerateKey(ctx context.Context, id, algorithm string) (crypto.PublicKey, error)
}

// KeyList lists the keys, to find those that no record names. It returns no secret.
type KeyList interface {
	// ListKeys returns the ids of all keys, sorted.
	ListKeys(ctx context.Context) ([]string, error)
	// PublicKeys returns the public halves of a key's versions, oldest first, or NotFound.
	PublicKeys(ctx context.Context, id string) ([]crypto.PublicKey, error)
	// ListExportableKeys returns the ids of all keys of Exporter, sorted.
	ListExportableKeys(ctx context.Context) ([]string, error)
}

// Documents are small versioned maps of strings: a certificate with its chain and
// metadata, or a client id with its secret. Their values are secrets.
type Documents interface {
	// Put writes the document if its current version is cas (0: it does not
	// exist) and returns the new version, cas+1; otherwise Conflict.
	Put(ctx context.Context, id string, doc map[string]string, cas int) (int, error)
	// Get returns the newest version, or NotFound.
	Get(ctx context.Context, id string) (doc map[string]string, version int, err error)
	// GetEach calls visit with the newest version of each of these documents, in any order: err
	// is NotFound, or Internal if what is stored was altered. Any other error ends it, as does visit's.
	GetEach(
		ctx context.Context, ids []string, visit func(id string, doc map[string]string, version int, err error) error,
	) error
	// List returns the ids of all documents, sorted.
	List(ctx context.Context) ([]string, error)
	// Delete removes the document with all its versions. It is no error if there is none.
	Delete(ctx context.Context, id string) error
}
