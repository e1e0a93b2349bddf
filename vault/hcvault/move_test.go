package hcvault_test

import (
	"crypto"
	"testing"

	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/internal/store/storetest"
	"github.com/sealkeeper/sealkeeper/secret"
	"github.com/sealkeeper/sealkeeper/vault/embedded"
	"github.com/sealkeeper/sealkeeper/vault/vaulttest"
)

// TestMoveFromEmbedded takes a database's custody over into Vault, twice, as
// somebody does who does not know whether the first time worked.
func TestMoveFromEmbedded(t *testing.T) {
	server := vaulttest.Server(t)
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		master, err := embedded.Passphrase(secret.NewTextString("correct horse battery"))
		if err != nil {
			t.Fatal(err)
		}
		from, err := embedded.Open(t.Context(), db.CustodyRows(), master)
		if err != nil {
			t.Fatal(err)
		}
		key := newP256(t)
		if err := from.ImportKey(t.Context(), "held", key); err != nil {
			t.Fatal(err)
		}
		if _, err := from.Put(t.Context(), "doc", map[string]string{"a": "b"}, 0); err != nil {
			t.Fatal(err)
		}
		cfg, _ := bootstrap(t, server)
		custody := open(t, cfg)
		for range 2 {
			done, err := from.CopyTo(t.Context(), custody, nil)
			if want := (embedded.Copied{Keys: 1, Documents: 1}); err != nil || done != want {
				t.Fatalf("got %+v, error %v, want %+v", done, err, want)
			}
		}
		if _, err := openSigner(t, custody, "held", key).Sign(nil, digest, crypto.SHA256); err != nil {
			t.Error(err)
		}
	})
}
