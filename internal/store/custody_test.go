package store_test

import (
	"errors"
	"testing"

	"github.com/sealkeeper/sealkeeper/internal/fault"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/internal/store/storetest"
	"github.com/sealkeeper/sealkeeper/vault/embedded"
)

// After a purge nothing but the note of the move is there, and it is refused before one.
func TestPurgeCustody(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		if err := db.PurgeCustody(ctx); !errors.Is(err, fault.NotFound) {
			t.Errorf("before a move: %v", err)
		}
		if err := db.CustodyRows().Put(ctx, embedded.Row{Kind: "key", ID: "k", Version: 1, Sealed: []byte("sealed")}); err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(db.MoveCustody(ctx, "embedded", "vault"), db.PurgeCustody(ctx)); err != nil {
			t.Fatal(err)
		}
		if n, err := db.CountSealed(ctx); err != nil || n != 0 {
			t.Errorf("%d rows are left, %v", n, err)
		}
		if _, err := db.CustodyRows().Get(ctx, "moved", "main"); err != nil {
			t.Error(err)
		}
	})
}
