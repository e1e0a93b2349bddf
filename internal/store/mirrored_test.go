package store_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/sealkeeper/sealkeeper/internal/bankfiles"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/internal/store/storetest"
	"github.com/sealkeeper/sealkeeper/vault"
)

// What is frozen, where copies of keys are, what banks have said and which catalogue files were taken is copied to
// custody and comes back from there, and a check of custody knows whose documents they are.
func TestWhatIsKnownSurvivesTheDatabase(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		for _, statement := range []string{
			`INSERT INTO incidents (id, certificate_id, certificate_name, sha256, key_id, spki_sha256, whole_key,
				reason, what, happened_at, declared_by, declared_at, told_at, told_by, withdrawn_at, withdrawn_by,
				withdrawn_why)
				VALUES ('i1', 'c1', 'QWAC', 'aa', 'k1', 'bb', 1, 'keyCompromise', 'x', 1, 'u1', 2, 0, '', 0, '', '')`,
			`INSERT INTO incident_uses (incident_id, registration_id, institution_id, told_at, told_by)
				VALUES ('i1', 'r1', 'bank', 0, '')`,
			`INSERT INTO key_copies (id, key_id, kind, holder_id, holder, format, first_at, last_at, times, reason,
				declared_by, created_at, ended, ended_on, ended_how, ended_by, ended_at)
				VALUES ('copy1', 'k1', 'provider', 'host', 'Host', '', 1, 1, 0, 'x', 'u1', 1, 0, 0, '', '', 0)`,
			`INSERT INTO bank_facts (id, subject, key, value, source, said_on, evidence, recorded_by, recorded_at,
				withdrawn_by, withdrawn_at)
				VALUES ('f1', 'bank', 'overlap', 'yes', 'x', '2026-11-01', 'x', 'u1', 1, '', 0)`,
			`INSERT INTO catalogue_files (bank, sha256, name, text, state, found_at, decided_by, decided_by_name,
				decided_at)
				VALUES ('a_bank', 'old', 'bank.yaml', 'former', 'in_force', 1, 'u1', 'Ada', 1)`,
			`INSERT INTO catalogue_files (bank, sha256, name, text, state, found_at, decided_by, decided_by_name,
				decided_at)
				VALUES ('a_bank', 'new', 'bank.yaml', 'taken', 'proposed', 1, '', '', 0)`,
			`UPDATE catalogue_files SET state = 'superseded' WHERE sha256 = 'old'`,
			`UPDATE catalogue_files SET state = 'in_force' WHERE sha256 = 'new'`,
			`UPDATE incident_uses SET told_at = 7`,
		} {
			if err := store.Exec(ctx, db, statement); err != nil {
				t.Fatal(err)
			}
		}
		changes, err := db.Changed(ctx, 0, 100)
		must(t, err)
		var ids []string
		after := storetest.SQLite(t)
		for _, c := range changes {
			ids = append(ids, c.ID)
			rows, err := db.RecordRows(ctx, c.Kind, c.ID)
			must(t, err)
			if _, err := after.RestoreRows(ctx, c.Kind, c.ID, rows, false); err != nil {
				t.Fatalf("%s %s: %v", c.Kind, c.ID, err)
			}
			if again, err := after.RecordRows(ctx, c.Kind, c.ID); err != nil || again != rows {
				t.Errorf("%s %s came back as %s, %v", c.Kind, c.ID, again, err)
			}
		}
		slices.Sort(ids)
		if got := strings.Join(ids, " "); got != "catalogue-file-a--bank copy1 f1 i1" {
			t.Errorf("copied are %s", got)
		}
		if all, err := after.BankFiles(ctx, bankfiles.InForce); err != nil || len(all) != 1 || all[0].SHA256 != "new" {
			t.Errorf("in force is %+v, %v", all, err)
		}
		if rows, err := after.RecordRows(ctx, "incident", "i1"); err != nil || !strings.Contains(rows, `"told_at":7`) {
			t.Errorf("the incident is %s, %v", rows, err)
		}
		named, err := db.Naming(ctx, vault.HeldDocument, ids)
		if err != nil || len(named) != len(ids) {
			t.Errorf("named are %+v, %v", named, err)
		}
		each := 0
		must(t, db.EachNaming(ctx, vault.HeldDocument, func(all []vault.Naming) error {
			each += len(all)
			return nil
		}))
		if each != len(ids) {
			t.Errorf("%d documents are named", each)
		}
	})
}

// However often something else has changed, what an activation has copied is its registration first, each record once;
// what changes afterwards stays to be copied.
func TestChangesWithARegistration(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		registered(t, db)
		must(t, store.Exec(ctx, db, "DELETE FROM record_changes"))
		for _, change := range []string{"incident i1", "incident i1", "policy policy", "application a1",
			"application other", "organization o1", "registration r1", "registration other", "bank_fact f1"} {
			kind, id, _ := strings.Cut(change, " ")
			must(t, store.Exec(ctx, db, "INSERT INTO record_changes (kind, id) VALUES ('"+kind+"', '"+id+"')"))
		}
		said := func(changes []vault.Change, err error) string {
			must(t, err)
			var all []string
			for _, c := range changes {
				all = append(all, c.Kind+" "+c.ID)
			}
			return strings.Join(all, ", ")
		}
		with, err := db.ChangedWith(ctx, "r1", 10)
		want := "registration r1, policy policy, organization o1, application a1, incident i1"
		if got := said(with, err); got != want {
			t.Errorf("with the registration: %s", got)
		}
		if got := said(db.ChangedWith(ctx, "r1", 2)); got != "registration r1, policy policy" {
			t.Errorf("the first two: %s", got)
		}
		must(t, store.Exec(ctx, db, "INSERT INTO record_changes (kind, id) VALUES ('policy', 'policy')"))
		// PostgreSQL numbers a change before it is committed, and others may be committed in between.
		must(t, store.Exec(ctx, db, "INSERT INTO record_changes (seq, kind, id) VALUES (-1, 'registration', 'r1')"))
		var marks []int64
		for _, c := range with {
			marks = append(marks, c.Marks...)
		}
		must(t, db.Copied(ctx, marks))
		left, err := db.Changed(ctx, -10, 3)
		if got := said(left, err); got != "registration r1, application other, registration other" {
			t.Errorf("left are %s", got)
		}
		if got := said(db.Changed(ctx, left[2].Marks[0], 10)); got != "bank_fact f1, policy policy" {
			t.Errorf("after them come %s", got)
		}
	})
}
