package embedded_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"strings"
	"testing"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/secret"
	"github.com/sealkeeper/sealkeeper/vault"
	"github.com/sealkeeper/sealkeeper/vault/embedded"
	"github.com/sealkeeper/sealkeeper/vault/vaulttest"
)

func TestContract(t *testing.T) {
	vaulttest.TestCustody(t, func(t *testing.T) vault.Custody {
		custody, _ := open(t)
		return custody
	})
}

// TestRowsAreSealed looks for what was put in, in what the database holds.
func TestRowsAreSealed(t *testing.T) {
	custody, rows := open(t)
	key := newKey(t)
	der, err := key.PKCS8()
	if err != nil {
		t.Fatal(err)
	}
	put(t, custody, "client", "a client secret")
	if err := custody.ImportKey(t.Context(), "key", key); err != nil {
		t.Fatal(err)
	}
	for where, row := range rows.rows {
		if bytes.Contains(row.Sealed, []byte("a client secret")) || bytes.Contains(row.Sealed, der[len(der)-64:]) {
			t.Errorf("%v holds a secret in the clear", where)
		}
	}
}

func TestAlteredRowsAreNamed(t *testing.T) {
	flip := func(row *embedded.Row) { row.Sealed[len(row.Sealed)/2] ^= 1 }
	tests := map[string]struct {
		alter func(*memoryRows, embedded.Row) // is given the document "one" as it was in version 1
		name  string                          // what the error must name
		read  func(context.Context, *embedded.Custody, *certs.PrivateKey) error
	}{
		"a bit of a document": {func(m *memoryRows, _ embedded.Row) {
			m.change("document", "one", flip)
		}, `document "one" (version 2)`, getOne},
		"a bit of a key": {func(m *memoryRows, _ embedded.Row) {
			m.change("key", "one", flip)
		}, `key "one" (version 1)`, openOne},
		"an empty row": {func(m *memoryRows, _ embedded.Row) {
			m.change("key", "one", func(r *embedded.Row) { r.Sealed = nil })
		}, `key "one"`, openOne},
		"the version number": {func(m *memoryRows, _ embedded.Row) {
			m.change("document", "one", func(r *embedded.Row) { r.Version = 7 })
		}, `document "one" (version 7)`, getOne},
		"an older ciphertext": {func(m *memoryRows, old embedded.Row) {
			m.change("document", "one", func(r *embedded.Row) { r.Sealed = old.Sealed })
		}, `document "one" (version 2)`, getOne},
		"another document's row": {func(m *memoryRows, _ embedded.Row) {
			m.change("document", "one", func(r *embedded.Row) { *r = m.rows[rowKey{"document", "two"}] })
		}, `document "one"`, getOne},
		"another key's row": {func(m *memoryRows, _ embedded.Row) {
			m.change("key", "one", func(r *embedded.Row) { *r = m.rows[rowKey{"key", "two"}] })
		}, `key "one"`, openOne},
		"a document in place of a key": {func(m *memoryRows, old embedded.Row) {
			m.change("key", "one", func(r *embedded.Row) { *r = old })
		}, `key "one"`, openOne},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			custody, rows := open(t)
			key := newKey(t)
			for _, id := range []string{"one", "two"} {
				put(t, custody, id, "v1")
				if err := custody.ImportKey(t.Context(), id, key); err != nil {
					t.Fatal(err)
				}
			}
			old, err := rows.Get(t.Context(), "document", "one")
			if err != nil {
				t.Fatal(err)
			}
			if _, err := custody.Put(t.Context(), "one", map[string]string{"value": "v2"}, 1); err != nil {
				t.Fatal(err)
			}
			if err := test.read(t.Context(), custody, key); err != nil {
				t.Fatalf("before the change: %v", err)
			}
			test.alter(rows, old)
			_, code, message := fault.Public(test.read(t.Context(), custody, key))
			if code != "custody_altered" || !strings.Contains(message, test.name) {
				t.Errorf("got %s: %q, want custody_altered naming %s", code, message, test.name)
			}
		})
	}
}

func getOne(ctx context.Context, custody *embedded.Custody, _ *certs.PrivateKey) error {
	_, _, err := custody.Get(ctx, "one")
	return err
}

func openOne(ctx context.Context, custody *embedded.Custody, key *certs.PrivateKey) error {
	_, err := custody.Signer(ctx, "one", key.Public())
	return err
}

func TestHealthMissesTheKeyset(t *testing.T) {
	custody, rows := open(t)
	if err := rows.Delete(t.Context(), "keyset", "main"); err != nil {
		t.Fatal(err)
	}
	if err := custody.Health(t.Context()); !errors.Is(err, fault.Unavailable) {
		t.Errorf("got %v, want kind unavailable", err)
	}
}

// TestSignerKeepsWorkingWithoutRows guards the promise that embedded custody signs
// as fast as the standard library: the key is opened once, not per signature.
func TestSignerKeepsWorkingWithoutRows(t *testing.T) {
	custody, rows := open(t)
	key := newKey(t)
	if err := custody.ImportKey(t.Context(), "key", key); err != nil {
		t.Fatal(err)
	}
	signer, err := custody.Signer(t.Context(), "key", key.Public())
	if err != nil {
		t.Fatal(err)
	}
	clear(rows.rows)
	if _, err := signer.Sign(rand.Reader, make([]byte, 32), crypto.SHA256); err != nil {
		t.Errorf("an open signer needs the database: %v", err)
	}
}

func open(t *testing.T) (*embedded.Custody, *memoryRows) {
	t.Helper()
	rows := newRows()
	custody, err := embedded.Open(t.Context(), rows, newMaster(t))
	if err != nil {
		t.Fatal(err)
	}
	return custody, rows
}

func newMaster(t *testing.T) embedded.MasterKey {
	t.Helper()
	path := t.TempDir() + "/master.key"
	if err := embedded.NewMasterKeyFile(path); err != nil {
		t.Fatal(err)
	}
	master, err := embedded.MasterKeyFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return master
}

func passphrase(t *testing.T, text string) embedded.MasterKey {
	t.Helper()
	master, err := embedded.Passphrase(secret.NewTextString(text))
	if err != nil {
		t.Fatal(err)
	}
	return master
}

func put(t *testing.T, custody *embedded.Custody, id, value string) {
	t.Helper()
	if _, err := custody.Put(t.Context(), id, map[string]string{"value": value}, 0); err != nil {
		t.Fatal(err)
	}
}

func newKey(t *testing.T) *certs.PrivateKey {
	t.Helper()
	signer, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	key, err := certs.NewPrivateKey(signer)
	if err != nil {
		t.Fatal(err)
	}
	return key
}
