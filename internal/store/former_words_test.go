package store_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/service"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/internal/store/storetest"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/secret"
	"github.com/sealkeeper/sealkeeper/vault"
)

// beforeWords is the last schema with the former words.
const beforeWords = 14

// beforeNames is the last schema in which e-mails were letters.
const beforeNames = 26

// beforeServices is the last schema in which services were users.
const beforeServices = 18

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

// Rows in the former words are read in today's.
func TestFormerWordsAreMigrated(t *testing.T) {
	issuer, err := qtsp.New(at)
	must(t, err)
	issued := issuer.MustIssue(t, qtsp.Request{})
	former(t, beforeWords, func(t *testing.T, db *store.DB) {
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

// Users whose only role was connector become service accounts under the same id, bound to what they have used; other
// users keep their other roles.
func TestConnectorUsersBecomeServiceAccounts(t *testing.T) {
	former(t, beforeServices, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		withRegistration(t, db)
		inserts(t, db,
			`INSERT INTO registrations (id, application_id, institution_id, created_at) VALUES ('r2', 'a1', 'i2', 0)`,
			`INSERT INTO registrations (id, application_id, institution_id, created_at) VALUES ('r3', 'a1', 'i3', 0)`,
			`INSERT INTO users (id, name, roles, created_at) VALUES ('u1', 'batch', '["connector"]', 7)`,
			`INSERT INTO users (id, name, roles, created_at) VALUES ('u2', 'idle', '["connector"]', 7)`,
			`INSERT INTO users (id, name, roles, created_at) VALUES ('u3', 'Ada', '["engineer","connector"]', 7)`,
			`INSERT INTO api_tokens (token_hash, user_id, created_at, expires_at) VALUES ('h1', 'u1', 1, 9000000)`,
			`INSERT INTO api_tokens (token_hash, user_id, created_at, expires_at) VALUES ('h2', 'u2', 1, 0)`,
			`INSERT INTO api_tokens (token_hash, user_id, created_at, expires_at) VALUES ('h3', 'u3', 1, 0)`,
			`INSERT INTO sign_in_links (token_hash, user_id, expires_at) VALUES ('l1', 'u1', 1)`,
			`INSERT INTO consents VALUES ('c1', 'r1', 'i1', '', '', '', '', 's', '', 'active', '', 0, 'u1', 0, 0, 0, 0,
				0, 0, 0, 0, false, 0, 0, false, 0, '', false, 0, false, 0)`,
			`INSERT INTO consents VALUES ('c2', 'r3', 'i3', '', '', '', '', 't', '', 'active', '', 0, 'u3', 0, 0, 0, 0,
				0, 0, 0, 0, false, 0, 0, false, 0, '', false, 0, false, 0)`,
		)
		must(t, db.Migrate(ctx))
		must(t, db.Guarded(ctx))
		batch, err := db.ServiceAccount(ctx, "u1")
		must(t, err)
		bound := []service.Binding{{ApplicationID: "a1", InstitutionID: "i1"}}
		purposes := []access.Purpose{access.Accounts, access.Payments}
		if batch.Name != "batch" || !slices.Equal(batch.Grant.Bindings, bound) || batch.Revision != 1 ||
			!slices.Equal(batch.Grant.Purposes, purposes) || batch.Grant.Limits != service.DefaultLimits {
			t.Errorf("got %+v", batch)
		}
		idle, err := db.ServiceAccount(ctx, "u2")
		if err != nil || len(idle.Grant.Bindings) != 0 {
			t.Errorf("one that has used nothing is bound to %v, %v", idle.Grant.Bindings, err)
		}
		first, err := db.ServiceTokenByHash(ctx, "h1")
		if err != nil || first.AccountID != "u1" || first.ExpiresAt.UnixMicro() != 9_000_000 {
			t.Errorf("got %+v, %v", first, err)
		}
		endless, err := db.ServiceTokenByHash(ctx, "h2")
		if left := time.Until(endless.ExpiresAt); err != nil || left < 89*24*time.Hour || left > 91*24*time.Hour {
			t.Errorf("a token without an end goes on for %s, %v", left, err)
		}
		users, err := db.Users(ctx)
		if err != nil || len(users) != 1 || !slices.Equal(users[0].Roles, []access.Role{access.Engineer}) {
			t.Errorf("left: %+v, %v", users, err)
		}
		if _, err := db.ServiceTokenByHash(ctx, "h3"); code(err) != "not_found" {
			t.Errorf("a person's token became a service's: %v", err)
		}
	})
}

// E-mails to a bank are kept through the renaming of their table, and custody's copies that have its former name
// are restored.
func TestEmailsOutliveTheirTablesName(t *testing.T) {
	former(t, beforeNames, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		withRegistration(t, db)
		inserts(t, db,
			`INSERT INTO bank_letters (id, record, subject, step, sent_at, sent_by, certificate_id, note,
			answered_at, answered_from, confirmed, answer_note, answer_by)
			VALUES ('m', 'r1', 'r1', 'order', 1, 'u', '', 'asked', 0, '',
			false, '', '')`)
		must(t, db.Migrate(ctx))
		must(t, db.Guarded(ctx))
		rows, err := db.RecordRows(ctx, "registration", "r1")
		must(t, err)
		if !strings.Contains(rows, "bank_emails") || !strings.Contains(rows, "asked") {
			t.Fatalf("read %s", rows)
		}
		inserts(t, db, `DELETE FROM bank_emails`, `DELETE FROM registrations`)
		restored, err := db.RestoreRows(ctx, "registration", "r1",
			strings.Replace(rows, "bank_emails", "bank_letters", 1), false)
		if again, _ := db.RecordRows(ctx, "registration", "r1"); err != nil || !restored || again != rows {
			t.Errorf("restored %t, %v: %s, want %s", restored, err, again, rows)
		}
	})
}
