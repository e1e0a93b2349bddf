package store_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/keycopies"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/internal/store/storetest"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/secret"
)

// beforeCopies is the last schema without the ledger of copies of keys.
const beforeCopies = 62

// Exports from before the ledger are taken over from the audit log: one copy for each key and holder.
func TestExportsFromBeforeAreTakenOver(t *testing.T) {
	issuer, err := qtsp.New(at)
	must(t, err)
	issued := issuer.MustIssue(t, qtsp.Request{})
	former(t, beforeCopies, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		for _, c := range []string{"c", "renewed"} {
			inserts(t, db, `INSERT INTO certificates (id, state, name, kind, sha256, organization_identifier, not_after,
				chain_pem, custody, created_at, created_by, key_id, key_mode, export_reason, export_by,
				export_approved_by, export_approved_at)
				VALUES ('`+c+`', 'stored', 'ours', 'qwac', '`+c+`', '', 0, '`+string(issued.CertificatePEM())+
				`', 'embedded', 0,
				'u1', 'c', 'exportable', 'a proxy', 'u1', 'u2', 1)`)
		}
		entry := func(seq, when, caller, object, action, outcome, code, detail string) {
			inserts(t, db, `INSERT INTO audit_entries (seq, at, caller_id, caller_name, action, object, outcome, detail,
				prev_hash, hash, code) VALUES (`+seq+`, `+when+`, '`+caller+`', 'Name of `+caller+`', '`+action+`', '`+
				object+
				`', '`+outcome+`', '`+detail+`', '', '', '`+code+`')`)
		}
		entry("1", "1000", "u3", "c", "key.export", "allowed", "", "")
		entry("2", "2000", "u3", "c", "key.export", "done", "", "the private key was exported")
		entry("3", "3000", "u3", "renewed", "key.export", "done", "key_exported", "the private key was exported")
		entry("4", "4000", "u4", "c", "key.export", "done", "export_link_made", "link made, pem")
		entry("5", "5000", "u4", "c", "key.export", "failed", "custody_unavailable", "")
		entry("6", "6000", "u4", "c", "cert.read", "done", "key_exported", "")
		must(t, db.Migrate(ctx))
		must(t, db.Guarded(ctx))
		_, err := db.IndexRegistrations(ctx)
		must(t, err)
		q := keycopies.Listed.Query()
		q.Search = "u3"
		page, err := db.KeyCopyPage(ctx, access.Whole(), q)
		must(t, err)
		if len(page.Items) != 1 {
			t.Fatalf("%+v", page.Items)
		}
		if c := page.Items[0]; c.KeyID != "c" || c.Times != 2 || c.HolderID != "u3" || c.Kind != keycopies.Person ||
			!c.First.Equal(time.UnixMicro(2000)) || !c.Last.Equal(time.UnixMicro(3000)) || c.Ended() {
			t.Errorf("%+v", c)
		}
		all, err := db.KeyCopyPage(ctx, access.Whole(), keycopies.Listed.Query())
		must(t, err)
		if len(all.Items) != 1 {
			t.Errorf("%+v", all.Items)
		}
	})
}

// former calls f with a database of a former schema.
func former(t *testing.T, schema int64, f func(t *testing.T, db *store.DB)) {
	t.Run("sqlite", func(t *testing.T) {
		address := "sqlite://" + filepath.Join(t.TempDir(), "former.db")
		db, err := store.Open(t.Context(), secret.NewTextString(address))
		must(t, err)
		t.Cleanup(func() { _ = db.Close() })
		must(t, store.MigrateTo(t.Context(), db, schema))
		f(t, db)
	})
	t.Run("postgres", func(t *testing.T) {
		db, _ := storetest.Postgres(t)
		must(t, store.Exec(t.Context(), db, "DROP SCHEMA public CASCADE"))
		must(t, store.Exec(t.Context(), db, "CREATE SCHEMA public"))
		must(t, store.MigrateTo(t.Context(), db, schema))
		f(t, db)
	})
}
