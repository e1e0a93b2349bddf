package vaulttest

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/vault"
)

// testExporter is about exportable keys: they come out as they went
// in, are apart from the others, and are never written over.
func testExporter(t *testing.T, custody vault.Custody) {
	for _, kind := range allKinds {
		id, key := newID(), newKey(t, kind)
		if err := custody.ImportExportableKey(t.Context(), id, key); err != nil {
			t.Fatalf("%s: ImportExportableKey: %v", kind, err)
		}
		got, err := custody.ExportKey(t.Context(), id)
		if err != nil || got.SPKISHA256() != key.SPKISHA256() {
			t.Errorf("%s: another key came out (%v)", kind, err)
		}
		wantKind(t, custody.ImportExportableKey(t.Context(), id, newKey(t, p256)), fault.Conflict,
			"%s: a second ImportExportableKey", kind)
		if again, err := custody.ExportKey(t.Context(), id); err != nil || again.SPKISHA256() != key.SPKISHA256() {
			t.Errorf("%s: the key after a refused ImportExportableKey: %v", kind, err)
		}
		for range 2 { // the second time there is nothing to drop
			if err := custody.DestroyExportableKey(t.Context(), id); err != nil {
				t.Errorf("%s: DestroyExportableKey: %v", kind, err)
			}
		}
		_, err = custody.ExportKey(t.Context(), id)
		wantKind(t, err, fault.NotFound, "%s: ExportKey after DestroyExportableKey", kind)
	}
}

func testExporterIsApart(t *testing.T, custody vault.Custody) {
	id, _, signer := imported(t, custody, p256)
	_, err := custody.ExportKey(t.Context(), id)
	wantKind(t, err, fault.NotFound, "ExportKey of a key that never comes out")
	if err := custody.DestroyExportableKey(t.Context(), id); err != nil {
		t.Error(err)
	}
	if _, err := custody.Signer(t.Context(), id, signer.Public()); err != nil {
		t.Errorf("DestroyExportableKey of its id has harmed a key: %v", err)
	}

	exportable, key := newID(), newKey(t, p256)
	if err := custody.ImportExportableKey(t.Context(), exportable, key); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = custody.DestroyExportableKey(context.WithoutCancel(t.Context()), exportable) })
	_, err = custody.Signer(t.Context(), exportable, key.Public())
	wantKind(t, err, fault.NotFound, "Signer of an exportable key")
	_, _, err = custody.Get(t.Context(), exportable)
	wantKind(t, err, fault.NotFound, "Get of an exportable key")
	if listed, err := custody.List(t.Context()); err != nil || strings.Contains(fmt.Sprint(listed), exportable) {
		t.Errorf("an exportable key is listed as a document (%v)", err)
	}
	if err := custody.DestroyKey(t.Context(), exportable); err != nil {
		t.Error(err)
	}
	if _, err := custody.ExportKey(t.Context(), exportable); err != nil {
		t.Errorf("DestroyKey of its id has harmed an exportable key: %v", err)
	}
	for _, form := range forms(t, key) {
		out, _ := custody.ExportKey(t.Context(), exportable)
		if strings.Contains(fmt.Sprintf("%v %+v %#v %s %x", out, out, out, out, out), form) {
			t.Error("an exportable key can be seen in print")
		}
	}
	for _, id := range []string{"", "a/b", "../a"} {
		wantKind(t, custody.ImportExportableKey(t.Context(), id, key), fault.Invalid, "ImportExportableKey with id %q",
			id)
	}
}
