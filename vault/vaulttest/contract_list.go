package vaulttest

import (
	"crypto"
	"slices"
	"testing"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/vault"
)

// testListKeys: a key is listed from its import or making to its destruction,
// and a document is no key.
func testListKeys(t *testing.T, custody vault.Custody) {
	before, err := custody.ListKeys(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	imported, made, document, key := newID(), newID(), newID(), newKey(t, p256)
	if err := custody.ImportKey(t.Context(), imported, key); err != nil {
		t.Fatal(err)
	}
	if _, err := custody.GenerateKey(t.Context(), made, "ecdsa-p256"); err != nil {
		t.Fatal(err)
	}
	if _, err := custody.Put(t.Context(), document, map[string]string{"type": "test"}, 0); err != nil {
		t.Fatal(err)
	}
	exportable := newID()
	if err := custody.ImportExportableKey(t.Context(), exportable, key); err != nil {
		t.Fatal(err)
	}
	if ids, err := custody.ListExportableKeys(t.Context()); err != nil || !slices.Contains(ids,
		exportable) || slices.Contains(ids,
		imported) {
		t.Errorf("ListExportableKeys: %v, %v", ids, err)
	}
	if err := custody.DestroyExportableKey(t.Context(), exportable); err != nil {
		t.Fatal(err)
	}
	if ids, err := custody.ListExportableKeys(t.Context()); err != nil || slices.Contains(ids, exportable) {
		t.Errorf("ListExportableKeys after dropping: %v, %v", ids, err)
	}
	listed, err := custody.ListKeys(t.Context())
	if err != nil || !slices.IsSorted(listed) || len(listed) != len(before)+2 || !slices.Contains(listed,
		imported) || !slices.Contains(listed, made) {
		t.Errorf("ListKeys: %v, %v; before: %v", listed, err, before)
	}
	public, err := custody.PublicKeys(t.Context(), imported)
	if err != nil || len(public) != 1 || !sameKey(public[0], key.Public()) {
		t.Errorf("PublicKeys: %v, %v", public, err)
	}
	for _, id := range []string{imported, made} {
		if err := custody.DestroyKey(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}
	if err := custody.Delete(t.Context(), document); err != nil {
		t.Fatal(err)
	}
	if after, err := custody.ListKeys(t.Context()); err != nil || !slices.Equal(after, before) {
		t.Errorf("ListKeys after destroying: %v, %v; before: %v", after, err, before)
	}
	_, err = custody.PublicKeys(t.Context(), imported)
	wantKind(t, err, fault.NotFound, "PublicKeys of a destroyed key")
}

func sameKey(a, b any) bool {
	equal, ok := a.(interface{ Equal(x crypto.PublicKey) bool })
	return ok && equal.Equal(b)
}
