package store_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/internal/store/storetest"
	"github.com/sealkeeper/sealkeeper/vault/embedded"
)

func TestCustodyRowsCompareAndSet(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, rows := t.Context(), db.CustodyRows()
		row := embedded.Row{Kind: "document", ID: "d1", Version: 1, Sealed: []byte{1}}
		must(t, rows.Put(ctx, row))
		mustBe(t, rows.Put(ctx, row), fault.Conflict)
		row.Version, row.Sealed = 3, []byte{3}
		mustBe(t, rows.Put(ctx, row), fault.Conflict)
		row.Version = 2
		must(t, rows.Put(ctx, row))
		got, err := rows.Get(ctx, "document", "d1")
		must(t, err)
		if diff := cmp.Diff(row, got); diff != "" {
			t.Error(diff)
		}
		ids, err := rows.List(ctx, "document")
		must(t, err)
		if diff := cmp.Diff([]string{"d1"}, ids); diff != "" {
			t.Error(diff)
		}
		must(t, rows.Delete(ctx, "document", "d1"))
		must(t, rows.Delete(ctx, "document", "d1"))
		_, err = rows.Get(ctx, "document", "d1")
		mustBe(t, err, fault.NotFound)
	})
}
