package store_test

import (
	"path/filepath"
	"testing"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/internal/store/storetest"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/secret"
	"github.com/sealkeeper/sealkeeper/vault"
)

// beforeWords is the last schema with the former words.
const beforeWords = 14

// former calls f with a database of the schema beforeWords.
func former(t *testing.T, f func(t *testing.T, db *store.DB)) {
	t.Run("sqlite", func(t *testing.T) {
		address := "sqlite://" + filepath.Join(t.TempDir(), "former.db")
		db, err := store.Open(t.Context(), secret.NewTextString(address))
		must(t, err)
		t.Cleanup(func() { _ = db.Close() })
		must(t, store.MigrateTo(t.Context(), db, beforeWords))
		f(t, db)
	})
	t.Run("postgres", func(t *testing.T) {
		db, _ := storetest.Postgres(t)
		must(t, store.Exec(t.Context(), db, "DROP SCHEMA public CASCADE"))
		must(t, store.Exec(t.Context(), db, "CREATE SCHEMA public"))
		must(t, store.MigrateTo(t.Context(), db, beforeWords))
		f(t, db)
	})
}

// Rows in the former words are read in today's.
func TestFormerWordsAreMigrated(t *testing.T) {
	issuer, err := qtsp.New(at)
	must(t, err)
	issued := issuer.MustIssue(t, qtsp.Request{})
	former(t, func(t *testing.T, db *store.DB) {
		must(t, store.Exec(t.Context(), db, `INSERT INTO certificates (id, state, name, kind, sha256,
			organization_identifier, not_after, chain_pem, custody, created_at, created_by, key_id, key_mode,
			kept_reason, kept_by, kept_approved_by, kept_approved_at)
			VALUES ('c', 'stored', 'ours', 'qwac', '00', '', 0, '`+string(issued.CertificatePEM())+`', 'embedded', 0,
			'u1', 'c', 'stored', 'a proxy', 'u1', 'u2', 1)`))
		must(t, store.Exec(t.Context(), db, `INSERT INTO approvals (id, kind, object, object_name, environment, reason,
			payload, changes, fingerprint, state, requested_by, requested_by_name, requested_at, expires_at, decided_by,
			decided_by_name, decided_at, note)
			VALUES ('a', 'certificate.keep_stored', 'c', '', 'live', '', '{}', '[]', '', 'open', '', '', 0, 0,
			'', '', 0, '')`))
		must(t, db.Migrate(t.Context()))
		must(t, db.Guarded(t.Context()))
		got, err := db.CertificateByID(t.Context(), "c")
		must(t, err)
		if got.State != vault.Stored || got.KeyMode != vault.KeyExportable || got.Export.Reason != "a proxy" ||
			got.Export.By != "u1" || got.Export.ApprovedBy != "u2" || got.Export.ApprovedAt.IsZero() {
			t.Errorf("read %s, %s, %+v", got.State, got.KeyMode, got.Export)
		}
		request, err := db.Approval(t.Context(), "a")
		if err != nil || request.Kind != access.KeyAllowExport {
			t.Errorf("read a change request of the kind %q, %v", request.Kind, err)
		}
	})
}
