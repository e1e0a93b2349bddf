package vaulttest

import (
	"context"
	"crypto"
	"crypto/rand"
	"errors"
	"strings"
	"testing"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/vault"
)

// TestCustody is the contract of vault.Custody. open is called once and cleans
// up through t; what is in the custody already is left alone.
func TestCustody(t *testing.T, open func(t *testing.T) vault.Custody) {
	custody := open(t)
	for name, test := range map[string]func(*testing.T, vault.Custody){
		"signs with every kind of key":         testSigns,
		"does TLS with every kind of key":      testTLS,
		"signs several at once":                testBatch,
		"signs concurrently":                   testConcurrentSigning,
		"makes keys of its own":                testGenerate,
		"refuses an id that is taken":          testImportConflict,
		"lets one of many imports win":         testConcurrentImport,
		"has no key that was not imported":     testNoKey,
		"wants the key of the certificate":     testKeyMismatch,
		"lists its keys":                       testListKeys,
		"destroys keys for good":               testDestroy,
		"refuses keys it cannot hold":          testUnsupportedKeys,
		"refuses ids it cannot use":            testIDs,
		"shows no key material":                testNoKeyMaterial,
		"exports exportable keys":              testExporter,
		"keeps such keys apart":                testExporterIsApart,
		"keeps documents by version":           testDocumentVersions,
		"lets one of many writers win":         testConcurrentWriters,
		"lists and deletes documents":          testListDelete,
		"keeps every character of a document":  testDocumentValues,
		"gives up when the caller has gone":    testCancelled,
		"says that it is well, and what it is": testHealth,
	} {
		t.Run(name, func(t *testing.T) { test(t, custody) })
	}
}

func testHealth(t *testing.T, custody vault.Custody) {
	if err := custody.Health(t.Context()); err != nil {
		t.Errorf("Health: %v", err)
	}
	if mode := custody.Mode(); mode != "embedded" && mode != "vault" {
		t.Errorf("Mode is %q", mode)
	}
}

func testIDs(t *testing.T, custody vault.Custody) {
	for _, id := range []string{"", "-a", "a-", "A", "a/b", "../a", "a b", "a\n", "ä", strings.Repeat("a", 65)} {
		_, err := custody.Put(t.Context(), id, map[string]string{"a": "b"}, 0)
		wantKind(t, err, fault.Invalid, "Put with id %q", id)
		wantKind(t, custody.ImportKey(t.Context(), id, newKey(t, p256)), fault.Invalid, "ImportKey with id %q", id)
	}
	for _, id := range []string{"a", "0", strings.Repeat("a", 64)} {
		if _, err := custody.Put(t.Context(), id, map[string]string{"a": "b"}, 0); err != nil {
			t.Errorf("Put with id %q: %v", id, err)
		}
		if err := custody.Delete(t.Context(), id); err != nil {
			t.Errorf("Delete with id %q: %v", id, err)
		}
	}
}

func testCancelled(t *testing.T, custody vault.Custody) {
	id, key := newID(), newKey(t, p256)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	doc := map[string]string{"a": "b"}
	for name, call := range map[string]func() error{
		"ImportKey":  func() error { return custody.ImportKey(ctx, id, key) },
		"Signer":     func() error { _, err := custody.Signer(ctx, id, key.Public()); return err },
		"DestroyKey": func() error { return custody.DestroyKey(ctx, id) },
		"Put":        func() error { _, err := custody.Put(ctx, id, doc, 0); return err },
		"Get":        func() error { _, _, err := custody.Get(ctx, id); return err },
		"List":       func() error { _, err := custody.List(ctx); return err },
		"Delete":     func() error { return custody.Delete(ctx, id) },
		"Health":     func() error { return custody.Health(ctx) },
	} {
		if err := call(); !errors.Is(err, context.Canceled) {
			t.Errorf("%s after the caller has gone: got %v, want context.Canceled", name, err)
		}
	}
	_, err := custody.Signer(t.Context(), id, key.Public())
	wantKind(t, err, fault.NotFound, "the key of a cancelled import")
}

func newID() string { return strings.ToLower(rand.Text()) }

// imported puts a new key of a kind into custody and opens it.
func imported(t *testing.T, custody vault.Custody, kind keyKind) (string, *certs.PrivateKey, crypto.Signer) {
	t.Helper()
	id, key := newID(), newKey(t, kind)
	if err := custody.ImportKey(t.Context(), id, key); err != nil {
		t.Fatalf("ImportKey: %v", err)
	}
	t.Cleanup(func() {
		if err := custody.DestroyKey(context.WithoutCancel(t.Context()), id); err != nil {
			t.Errorf("DestroyKey: %v", err)
		}
	})
	signer, err := custody.Signer(t.Context(), id, key.Public())
	if err != nil {
		t.Fatalf("Signer: %v", err)
	}
	return id, key, signer
}

func wantKind(t *testing.T, err error, kind fault.Kind, format string, args ...any) {
	t.Helper()
	if !errors.Is(err, kind) {
		t.Errorf(format+": got error %v, want kind %q", append(args, err, kind)...)
	}
}
