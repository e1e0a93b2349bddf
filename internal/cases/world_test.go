package cases_test

import (
	"database/sql"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "github.com/mattn/go-sqlite3" // the driver of the test's own connection

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/cases"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/internal/store/storetest"
	"github.com/sealkeeper/sealkeeper/secret"
)

const day = 24 * time.Hour

// start is when the simulated time begins.
var start = time.Date(2026, 12, 1, 6, 0, 0, 0, time.UTC)

// world is a database with certificates that are in use, and a clock.
type world struct {
	t    testing.TB
	path string

	postgres bool

	db  *store.DB
	raw *sql.DB
	now time.Time
	n   int
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{t: t, path: filepath.Join(t.TempDir(), "cases.db"), now: start}
	w.db = w.open()
	if err := w.db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	var err error
	address := "file:" + w.path + "?_busy_timeout=10000&_txlock=immediate&_synchronous=OFF"
	if w.raw, err = sql.Open("sqlite3", address); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.raw.Close() })
	w.firm()
	return w
}

// each runs f on SQLite and on PostgreSQL.
func each(t *testing.T, f func(t *testing.T, w *world)) {
	t.Run("sqlite", func(t *testing.T) { f(t, newWorld(t)) })
	t.Run("postgres", func(t *testing.T) {
		db, address := storetest.Postgres(t)
		raw, err := sql.Open("pgx", address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = raw.Close() })
		w := &world{t: t, db: db, raw: raw, now: start, postgres: true}
		w.firm()
		f(t, w)
	})
}

// query is a statement as the database takes it.
func (w *world) query(text string) string {
	for n := 1; w.postgres && strings.Contains(text, "?"); n++ {
		text = strings.Replace(text, "?", fmt.Sprintf("$%d", n), 1)
	}
	return text
}

// firm is what every registration belongs to.
func (w *world) firm() {
	w.t.Helper()
	w.exec(`INSERT INTO organizations (id, legal_name, country, organization_identifier, contact_email, created_at)
		VALUES ('org', 'Example', 'FR', 'PSDFR-ACPR-12345', '', 1)`)
	w.exec(`INSERT INTO applications (id, organization_id, name, redirect_uris, client_uri, terms_uri, created_at)
		VALUES ('app', 'org', 'Ledger', '[]', '', '', 1)`)
}

// open is one replica's own connection to the database.
func (w *world) open() *store.DB {
	w.t.Helper()
	db, err := store.Open(w.t.Context(), secret.NewTextString("sqlite://"+w.path))
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = db.Close() })
	return db
}

func (w *world) exec(query string, args ...any) {
	w.t.Helper()
	if _, err := w.raw.ExecContext(w.t.Context(), w.query(query), args...); err != nil {
		w.t.Fatalf("%v: %s", err, query)
	}
}

// certificate stores one that lives for so long, beginning now.
func (w *world) certificate(life time.Duration) (id string) {
	w.t.Helper()
	w.n++
	id = fmt.Sprintf("cert-%d", w.n)
	w.exec(`INSERT INTO certificates (id, state, name, kind, sha256, organization_identifier, not_before, not_after,
		chain_pem, custody, created_at, created_by, key_id, spki_sha256, issuer)
		VALUES (?, 'stored', ?, 'QWAC', ?, 'PSDFR-ACPR-12345', ?, ?, '', 'embedded', 1, 'x', ?, ?, 'CN=QTSP')`,
		id, "QWAC "+id, id, w.now.UnixMicro(), w.now.Add(life).UnixMicro(), id, id)
	return id
}

// register makes a registration; institution ids need not be in any catalogue here.
func (w *world) register(institution string) (id string) {
	w.t.Helper()
	w.n++
	id = fmt.Sprintf("reg-%d", w.n)
	w.exec(`INSERT INTO registrations (id, application_id, institution_id, created_at) VALUES (?, 'app', ?, 1)`, id,
		fmt.Sprintf("%s-%d", institution, w.n))
	return id
}

// activate makes a certificate the one in use at a registration.
func (w *world) activate(registration, certificate string, version int) {
	w.t.Helper()
	w.exec(`UPDATE bundles SET state = 'superseded' WHERE registration_id = ? AND state = 'active'`, registration)
	w.exec(`INSERT INTO bundles (id, registration_id, version, state, qwac_id, qsealc_id, client_id, credentials_ref,
		tested_at, test_passed, test_detail, activated_by, activated_at, created_by, created_at)
		VALUES (?, ?, ?, 'active', ?, '', '', '', 0, TRUE, '', 'x', ?, 'x', ?)`,
		fmt.Sprintf("%s-v%d", registration, version), registration, version, certificate, w.now.UnixMicro(),
		w.now.UnixMicro())
}

// serviceUses has a service account sign with the first version of a registration.
func (w *world) serviceUses(account, registration string) {
	w.t.Helper()
	w.exec(`INSERT INTO service_accounts (id, name, owner, description, purposes, bindings, per_second, per_day,
		revision, created_by, created_by_name, created_at, ended_at)
		VALUES (?, 'ledger', 'x', '', '[]', '[]', 1, 0, 1, 'x', 'x', 1, 0) ON CONFLICT DO NOTHING`, account)
	w.exec(`INSERT INTO service_uses (account_id, registration_id, version, read_at, signed_at)
		VALUES (?, ?, 1, 0, ?) ON CONFLICT (account_id, registration_id, version)
		DO UPDATE SET signed_at = excluded.signed_at`, account, registration, w.now.UnixMicro())
}

// banks know every institution as live; "slow" ones take 40 days.
type banks struct{}

func (banks) LeadTime(id string) (time.Duration, bool) { return 40 * day, id[:4] == "slow" }
func (banks) Live(string) bool                         { return true }
func (banks) Called(id string) (name, enrolled string) { return id, "group.live" }

func (banks) StepTitle(_, _, step string) (english, french string) { return step, step }

// service is a replica on db that tells recipients.
func (w *world) service(db *store.DB, now func() time.Time, recipients ...string) *cases.Service {
	return cases.New(w.config(db, now, recipients...))
}

func (w *world) config(db *store.DB, now func() time.Time, recipients ...string) cases.Config {
	return cases.Config{
		Store:         db,
		Records:       db,
		Facts:         db,
		Banks:         banks{},
		DefaultLead:   cases.DefaultLead,
		EscalateAfter: 2 * day,
		Owner:         "Compliance",
		Recipients:    func(cases.Case, cases.Event) []string { return recipients },
		Audit:         audit.New(db, now),
		Logger:        slog.New(slog.DiscardHandler),
		Now:           now,
	}
}

func (w *world) clock() time.Time { return w.now }

func (w *world) evaluate(s *cases.Service) {
	w.t.Helper()
	if _, err := s.Evaluate(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

var officer = access.Caller{ID: "u1", Name: "Claire", Roles: []access.Role{access.Compliance}}

// events are what happened to all cases about a subject, in order.
func (w *world) events(subject string) (all []string) {
	w.t.Helper()
	rows, err := w.raw.QueryContext(w.t.Context(), w.query(`SELECT e.what FROM case_events e
		JOIN cases c ON c.id = e.case_id WHERE c.subject = ? ORDER BY e.seq`), subject)
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var what string
		if err := rows.Scan(&what); err != nil {
			w.t.Fatal(err)
		}
		all = append(all, what)
	}
	if err := rows.Err(); err != nil {
		w.t.Fatal(err)
	}
	return all
}
