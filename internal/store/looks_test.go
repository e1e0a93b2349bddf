package store_test

import (
	"context"
	"strings"
	"testing"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/internal/store/storetest"
	"github.com/sealkeeper/sealkeeper/registration"
)

// looked writes that a registration was looked at, and what was found.
func looked(t *testing.T, db *store.DB, id string, tasks ...registration.Task) {
	t.Helper()
	due, err := db.DueLooks(t.Context(), at, 10)
	must(t, err)
	look := registration.Look{RegistrationID: id, EnrolmentID: "o1.bank.live", Next: at.AddDate(0, 0, 1), Tasks: tasks}
	for _, d := range due {
		if d.RegistrationID == id {
			look.Changes = d.Changes
			must(t, db.SetLooks(t.Context(), []registration.Look{look}))
			return
		}
	}
	t.Fatalf("%s is not due", id)
}

func dueNow(t *testing.T, db *store.DB) string {
	t.Helper()
	due, err := db.DueLooks(t.Context(), at, 10)
	must(t, err)
	var ids []string
	for _, d := range due {
		ids = append(ids, d.RegistrationID)
	}
	return strings.Join(ids, " ")
}

// What registrations share is one thing to do, as long as one of them has it.
func TestSharedTasksAreCountedOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		registered(t, db)
		must(t, db.AddRegistration(t.Context(), registration.Registration{
			ID: "r2", ApplicationID: "a1", InstitutionID: "other-bank", CreatedAt: at,
		}))
		shared := registration.Task{
			Kind:   registration.StepDue,
			Object: "o1.bank.live",
			Step:   "portal",
			Who:    "engineer",
			At:     at,
		}
		own := registration.Task{Kind: registration.StepDue, Object: "r2", Step: "application", Who: "compliance"}
		looked(t, db, "r1", shared)
		looked(t, db, "r2", own, shared)
		first := func(roles ...access.Role) string {
			tasks, counts, err := db.FirstTasks(t.Context(), access.Whole(),
				[]registration.TaskKind{registration.StepDue}, roles, 5)
			must(t, err)
			var found []string
			for _, task := range tasks {
				found = append(found, task.Registration+"/"+task.Step)
			}
			if n := counts[registration.StepDue].N; n != len(found) {
				t.Errorf("%d are counted", n)
			}
			return strings.Join(found, " ")
		}
		for _, c := range []struct{ what, got, want string }{
			{"everybody's", first(), "r1/portal r2/application"},
			{"one role's", first("compliance", ""), "r2/application"},
		} {
			if c.got != c.want {
				t.Errorf("%s: %s, want %s", c.what, c.got, c.want)
			}
		}
		must(t, store.Exec(t.Context(), db, "UPDATE registration_looks SET due = 0"))
		looked(t, db, "r1")
		if got := first(); got != "r2/portal r2/application" {
			t.Errorf("once the first has it no more: %s", got)
		}
	})
}

// What was found before a change counts for nothing.
func TestAChangeMeanwhileIsLookedAtAgain(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		registered(t, db)
		due, err := db.DueLooks(t.Context(), at, 10)
		must(t, err)
		must(t, store.Exec(t.Context(), db, "UPDATE registrations SET created_at = created_at + 1 WHERE id = 'r1'"))
		must(t, db.SetLooks(t.Context(), []registration.Look{{
			RegistrationID: "r1",
			Changes:        due[0].Changes,
			Next:           at.AddDate(0, 0, 1),
			Tasks:          []registration.Task{{Kind: registration.StepNext, Object: "r1"}},
		}}))
		tasks, _, err := db.FirstTasks(t.Context(), access.Whole(), []registration.TaskKind{registration.StepNext},
			nil, 5)
		if err != nil || len(tasks) > 0 || dueNow(t, db) != "r1" {
			t.Errorf("%d tasks, due %q, %v", len(tasks), dueNow(t, db), err)
		}
	})
}

// Whatever a registration is judged by has it looked at again, in the transaction that changes it.
func TestWhatChangesIsLookedAt(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		registered(t, db)
		looked(t, db, "r1")
		for _, change := range []string{
			"UPDATE organizations SET legal_name = 'Zebra'",
			"UPDATE applications SET name = 'Zebra'",
			`INSERT INTO bundles (id, registration_id, version, state, qwac_id, qsealc_id, client_id, credentials_ref,
				tested_at, test_passed, test_detail, activated_by, activated_at, created_by, created_at)
				VALUES ('b', 'r1', 7, 'draft', 'c1', 'c2', '', '', 0, false, '', '', 0, '', 0)`,
			"UPDATE bundles SET test_passed = true WHERE id = 'b'",
			`INSERT INTO enrolments (id, organization_id, group_id, environment, portal_account, customer_name,
				agreement_number, updated_at) VALUES ('o1.bank.live', 'o1', 'bank', 'live', '', '', '', 0)`,
			`INSERT INTO checklist_steps (record, subject, step, state, note, owner, due_at, waiting_since,
				remind_at, told, changed_by, changed_at)
				VALUES ('o1', 'o1.bank.live', 'portal', 'done', '', '', 0, 0, 0, '{}', '', 0)`,
			"UPDATE checklist_steps SET state = 'todo'",
			`INSERT INTO bank_facts (id, subject, key, value, source, said_on, evidence, recorded_by, recorded_at,
				withdrawn_by, withdrawn_at) VALUES ('f', 'bank', 'k', 'v', '', '', '', '', 0, '', 0)`,
			`INSERT INTO policy_settings (name, version, value, way, reason, changed_by, changed_by_name, changed_at)
				VALUES ('x', 1, 'y', 'alone', '', '', '', 0)`,
		} {
			if got := dueNow(t, db); got != "" {
				t.Fatalf("%s is due before", got)
			}
			must(t, store.Exec(t.Context(), db, change))
			if got := dueNow(t, db); got != "r1" {
				t.Fatalf("%q is due after %s", got, change)
			}
			looked(t, db, "r1")
		}
		must(t, db.LookAgain(t.Context(), "rules 1"))
		looked(t, db, "r1")
		must(t, db.LookAgain(t.Context(), "rules 1"))
		if got := dueNow(t, db); got != "" {
			t.Errorf("%s is due by the same rules", got)
		}
	})
}

// With 100,000 registrations, what is due and what is to be done first is read by an index.
func TestLooksUseIndexes(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		registered(t, db)
		many := manyRegistrations(t, db)
		must(t, store.Exec(t.Context(), db, many+`
			INSERT INTO registration_tasks (registration_id, kind, object, step, who, urgency, at, first)
			SELECT id, CASE i % 2 WHEN 0 THEN 'step_due' ELSE 'step_next' END, id, 'application', 'engineer',
				i % 3, i, 1
			FROM n`))
		must(t, store.Exec(t.Context(), db, many+`
			INSERT INTO bundles (id, registration_id, version, state, qwac_id, qsealc_id, client_id, credentials_ref,
				tested_at, test_passed, test_detail, activated_by, activated_at, created_by, created_at)
			SELECT id, id, 1, 'active', 'q' || i, 's' || i, '', 'cr' || i, 0, false, '', '', 0, '', 0 FROM n`))
		must(t, store.Exec(t.Context(), db, "UPDATE registration_looks SET due = 1800000000000000"))
		for _, table := range []string{"registrations", "registration_tasks", "registration_looks", "bundles"} {
			must(t, store.Vacuum(t.Context(), db, table))
		}
		for what, asked := range map[string]struct {
			index string
			ask   func(ctx context.Context) error
		}{
			"due": {"registration_looks_due", func(ctx context.Context) error {
				_, err := db.DueLooks(ctx, at, 50)
				return err
			}},
			"first": {"registration_tasks_first", func(ctx context.Context) error {
				tasks, counts, err := db.FirstTasks(ctx, access.Whole(),
					[]registration.TaskKind{registration.StepNext, registration.StepDue},
					[]access.Role{"engineer", ""}, 6)
				if len(tasks) != 12 || tasks[5].Kind != registration.StepNext ||
					tasks[6].Kind != registration.StepDue || !counts[registration.StepDue].Over {
					t.Errorf("%+v, %+v are counted", tasks, counts)
				}
				return err
			}},
			"shared by others": {"registration_tasks_one", func(ctx context.Context) error {
				due, err := db.DueLooks(ctx, at.AddDate(100, 0, 0), 1)
				if err != nil || len(due) != 1 {
					t.Fatal(due, err)
				}
				return db.SetLooks(ctx, []registration.Look{{
					RegistrationID: due[0].RegistrationID,
					Changes:        due[0].Changes,
					Tasks:          []registration.Task{{Kind: registration.StepNext, Object: "o1.bank.live"}},
				}})
			}},
			"uses": {"bundles_active_qwac", func(ctx context.Context) error {
				_, err := db.ActiveUses(ctx, []string{"q500"}, 10)
				return err
			}},
			"credentials": {"bundles_credentials", func(ctx context.Context) error {
				_, err := db.CredentialUses(ctx, []string{"cr1", "cr2"})
				return err
			}},
		} {
			t.Run(what, func(t *testing.T) {
				usesIndex(t, db, asked.index, func(ctx context.Context) { must(t, asked.ask(ctx)) })
			})
		}
	})
}

// On PostgreSQL, a transaction takes one number for what services are told of it: with one for each row, ten times as
// many rows would cost a hundred times as much.
func TestATransactionTakesOneNumber(t *testing.T) {
	db, _ := storetest.Postgres(t)
	registered(t, db)
	before, err := db.TLSPosition(t.Context())
	must(t, err)
	must(t, store.Exec(t.Context(), db, `INSERT INTO registrations (id, application_id, institution_id, created_at)
		SELECT 'many' || i, 'a1', 'many' || i, 0 FROM generate_series(1, 100) AS i`))
	after, err := db.TLSPosition(t.Context())
	must(t, err)
	changes, err := db.TLSChanges(t.Context(), before.Seq)
	must(t, err)
	if after.Seq != before.Seq+1 || len(changes) != 100 {
		t.Errorf("%d changes have the numbers %d to %d", len(changes), before.Seq+1, after.Seq)
	}
}
