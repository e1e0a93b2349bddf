package embedded_test

import (
	"errors"
	"testing"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/secret"
	"github.com/sealkeeper/sealkeeper/vault/embedded"
)

// A key that was opened a moment ago costs little to open again, and is gone with its row.
func TestOpenedKeysFollowTheirRows(t *testing.T) {
	master, err := embedded.Passphrase(secret.NewTextString("correct horse battery"))
	if err != nil {
		t.Fatal(err)
	}
	rows := newRows()
	custody, err := embedded.Open(t.Context(), rows, master)
	if err != nil {
		t.Fatal(err)
	}
	public, err := custody.GenerateKey(t.Context(), "one", "rsa-2048")
	if err != nil {
		t.Fatal(err)
	}
	open := func() error { _, err := custody.Signer(t.Context(), "one", public); return err }
	if err := open(); err != nil {
		t.Fatal(err)
	}
	if n := testing.AllocsPerRun(20, func() { _ = open() }); n > 20 { // parsing it takes hundreds
		t.Errorf("opening it again takes %v allocations", n)
	}
	rows.change("key", "one", func(r *embedded.Row) { r.Sealed[len(r.Sealed)-1] ^= 1 })
	if err := open(); !errors.Is(err, fault.Internal) {
		t.Errorf("a row that was altered since: %v", err)
	}
	if err := custody.DestroyKey(t.Context(), "one"); err != nil {
		t.Fatal(err)
	}
	if err := open(); !errors.Is(err, fault.NotFound) {
		t.Errorf("a key that was destroyed since: %v", err)
	}
}
