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
// cannot take, refused before anything is written) and Unavailable (sealed, unreachable,
// forbidden). Ids are opaque: 1 to 64 characters of [a-z0-9-].
type Custody interface {
	Keys
	Documents

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
	// ImportKey stores key under id and refuses with Conflict when the id is taken.
	ImportKey(ctx context.Context, id string, key *certs.PrivateKey) error
	// Signer opens the key for signing. public is the key's public half, known
	// from its certificate. The signer does RSA PKCS#1 v1.5, RSA PSS and ECDSA as
	// crypto.Signer describes, over digests, and is safe for concurrent use.
	Signer(ctx context.Context, id string, public crypto.PublicKey) (crypto.Signer, error)
	// DestroyKey removes the key for good. A key that is not there is no error.
	DestroyKey(ctx context.Context, id string) error
}

// Documents are small versioned maps of strings: a certificate with its chain and
// metadata, or a client id with its secret. Their values are secrets.
type Documents interface {
	// Put writes the document if its current version is cas (0: it does not
	// exist) and returns the new version, cas+1; else Conflict.
	Put(ctx context.Context, id string, doc map[string]string, cas int) (int, error)
	// Get returns the newest version, or NotFound.
	Get(ctx context.Context, id string) (doc map[string]string, version int, err error)
	// List returns the ids of all documents, sorted.
	List(ctx context.Context) ([]string, error)
	// Delete removes the document with all its versions. One that is not there is no error.
	Delete(ctx context.Context, id string) error
}
