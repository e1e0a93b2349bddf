package vaulttest

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/vault"
)

// testKeeper is about keys that may be handed out: they come out as they went
// in, are apart from the others, and are never written over.
func testKeeper(t *testing.T, custody vault.Custody) {
	for _, kind := range allKinds {
		id, key := newID(), newKey(t, kind)
		if err := custody.KeepKey(t.Context(), id, key); err != nil {
			t.Fatalf("%s: KeepKey: %v", kind, err)
		}
		got, err := custody.KeptKey(t.Context(), id)
		if err != nil || got.SPKISHA256() != key.SPKISHA256() {
			t.Errorf("%s: another key came out (%v)", kind, err)
		}
		wantKind(t, custody.KeepKey(t.Context(), id, newKey(t, p256)), fault.Conflict, "%s: a second KeepKey", kind)
		if again, err := custody.KeptKey(t.Context(), id); err != nil || again.SPKISHA256() != key.SPKISHA256() {
			t.Errorf("%s: the key after a refused KeepKey: %v", kind, err)
		}
		for range 2 { // the second time there is nothing to drop
			if err := custody.DropKey(t.Context(), id); err != nil {
				t.Errorf("%s: DropKey: %v", kind, err)
			}
		}
		_, err = custody.KeptKey(t.Context(), id)
		wantKind(t, err, fault.NotFound, "%s: KeptKey after DropKey", kind)
	}
}

func testKeeperIsApart(t *testing.T, custody vault.Custody) {
	id, _, signer := imported(t, custody, p256)
	_, err := custody.KeptKey(t.Context(), id)
	wantKind(t, err, fault.NotFound, "KeptKey of a key that never comes out")
	if err := custody.DropKey(t.Context(), id); err != nil {
		t.Error(err)
	}
	if _, err := custody.Signer(t.Context(), id, signer.Public()); err != nil {
		t.Errorf("DropKey of its id has harmed a key: %v", err)
	}

	kept, key := newID(), newKey(t, p256)
	if err := custody.KeepKey(t.Context(), kept, key); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = custody.DropKey(context.WithoutCancel(t.Context()), kept) })
	_, err = custody.Signer(t.Context(), kept, key.Public())
	wantKind(t, err, fault.NotFound, "Signer of a kept key")
	_, _, err = custody.Get(t.Context(), kept)
	wantKind(t, err, fault.NotFound, "Get of a kept key")
	if listed, err := custody.List(t.Context()); err != nil || strings.Contains(fmt.Sprint(listed), kept) {
		t.Errorf("a kept key is listed as a document (%v)", err)
	}
	if err := custody.DestroyKey(t.Context(), kept); err != nil {
		t.Error(err)
	}
	if _, err := custody.KeptKey(t.Context(), kept); err != nil {
		t.Errorf("DestroyKey of its id has harmed a kept key: %v", err)
	}
	for _, form := range forms(t, key) {
		out, _ := custody.KeptKey(t.Context(), kept)
		if strings.Contains(fmt.Sprintf("%v %+v %#v %s %x", out, out, out, out, out), form) {
			t.Error("a kept key can be seen in print")
		}
	}
	for _, id := range []string{"", "a/b", "../a"} {
		wantKind(t, custody.KeepKey(t.Context(), id, key), fault.Invalid, "KeepKey with id %q", id)
	}
}
