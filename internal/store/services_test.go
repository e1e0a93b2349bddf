package store_test

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/changefeed"
	"github.com/sealkeeper/sealkeeper/internal/service"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/internal/store/storetest"
	"github.com/sealkeeper/sealkeeper/internal/usage"
	"github.com/sealkeeper/sealkeeper/registration"
)

func serviceAccount(id string) service.Account {
	return service.Account{
		ID:          id,
		Name:        id,
		Owner:       "team",
		Description: "x",
		Revision:    1,
		CreatedAt:   time.UnixMicro(1).UTC(),
		Grant: service.Grant{
			Purposes: []access.Purpose{access.Transport},
			Bindings: []service.Binding{{ApplicationID: "a1", Environment: "live"}},
			Limits:   service.DefaultLimits,
		},
	}
}

func inserts(t *testing.T, db *store.DB, statements ...string) {
	t.Helper()
	for _, s := range statements {
		must(t, store.Exec(t.Context(), db, s))
	}
}

const aRegistration = `INSERT INTO registrations (id, application_id, institution_id, created_at)
	VALUES ('r1', 'a1', 'i1', 0)`

func withRegistration(t *testing.T, db *store.DB) {
	inserts(t, db,
		`INSERT INTO organizations (id, legal_name, country, organization_identifier, contact_email, created_at)
			VALUES ('o1', 'O', 'FR', 'PSDFR-ACPR-1', 'x@y.example', 0)`,
		`INSERT INTO applications (id, organization_id, name, redirect_uris, client_uri, terms_uri, created_at)
			VALUES ('a1', 'o1', 'A', '[]', '', '', 0)`, aRegistration)
}

// However many ask at once, an account has two valid tokens, and one that has ended gets none.
func TestTokensOfAnAccountAreBounded(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		must(t, db.AddServiceAccount(ctx, serviceAccount("s1")))
		token := func(i int, made, ends int64) error {
			id := fmt.Sprintf("t%d", i)
			return db.AddServiceToken(ctx, id, service.Token{
				ID:        id,
				AccountID: "s1",
				CreatedAt: time.UnixMicro(made),
				ExpiresAt: time.UnixMicro(ends),
			})
		}
		must(t, token(0, 1, 2)) // it has ended when the others are made
		codes := make(chan string, 8)
		for i := range cap(codes) {
			go func() {
				said := "made"
				if err := token(i+1, 2, 9); err != nil {
					said = fault.Code(err)
				}
				codes <- said
			}()
		}
		counts := map[string]int{}
		for range cap(codes) {
			counts[<-codes]++
		}
		if counts["made"] != service.TokensValid || counts["tokens_at_limit"] != cap(codes)-service.TokensValid {
			t.Errorf("8 at once: %v", counts)
		}
		a, err := db.ServiceAccount(ctx, "s1")
		must(t, err)
		a.Revision, a.EndedAt = a.Revision+1, time.UnixMicro(5)
		must(t, db.UpdateServiceAccount(ctx, a))
		if err := token(99, 6, 9); fault.Code(err) != "service_ended" {
			t.Errorf("of an account that has ended: %v", err)
		}
	})
}

func TestServiceAccountsAndTokens(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		must(t, db.AddServiceAccount(ctx, serviceAccount("s1")))
		if err := db.AddServiceAccount(ctx, serviceAccount("s1")); fault.Code(err) != "exists" {
			t.Errorf("twice: %v", err)
		}
		token := service.Token{
			ID:        "t1",
			AccountID: "s1",
			Hint:      "abcd",
			CreatedAt: time.UnixMicro(2),
			ExpiresAt: time.UnixMicro(3),
		}
		must(t, db.AddServiceToken(ctx, "hash", token))
		must(t, db.NoteServiceTokens(ctx, map[string]time.Time{"t1": time.UnixMicro(9), "gone": time.UnixMicro(9)}))
		found, err := db.ServiceTokenByHash(ctx, "hash")
		if err != nil || found.AccountID != "s1" || !found.LastUsedAt.Equal(time.UnixMicro(9)) {
			t.Errorf("got %+v, %v", found, err)
		}
		a, err := db.ServiceAccount(ctx, "s1")
		if err != nil || len(a.Tokens) != 1 || a.Grant.Bindings[0].Environment != "live" {
			t.Fatalf("got %+v, %v", a, err)
		}
		a.Revision++
		a.Grant.Purposes = nil
		must(t, db.UpdateServiceAccount(ctx, a))
		if err := db.UpdateServiceAccount(ctx, a); fault.Code(err) != "changed_meanwhile" {
			t.Errorf("of an older revision: %v", err)
		}
		for i, want := range []bool{true, true, false, true} { // 3, 3, 5 and 2 of 8
			n := []int{3, 3, 5, 2}[i]
			if within, err := db.SpendServiceDay(ctx, "s1", 1, n, 8); err != nil || within != want {
				t.Errorf("%d. spending: %v, %v", i, within, err)
			}
		}
		a.Revision++
		a.EndedAt = time.UnixMicro(10)
		must(t, db.UpdateServiceAccount(ctx, a))
		if _, err := db.ServiceTokenByHash(ctx, "hash"); fault.Code(err) != "not_found" {
			t.Errorf("a token of an account that has ended: %v", err)
		}
	})
}

// The database itself notes what services are to be told, and numbers it in the order in which it becomes visible.
func TestChangesAreNotedByTheDatabase(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		withRegistration(t, db)
		bundle := func(id, version, state string) string {
			return `INSERT INTO bundles (id, registration_id, version, state, qwac_id, qsealc_id, client_id,
				credentials_ref, tested_at, test_passed, test_detail, activated_by, activated_at, created_by,
				created_at)
				VALUES ('` + id + `', 'r1', ` + version + `, '` + state +
				`', 'q1', 's1', '', '', 0, true, '', '', 0, '', 0)`
		}
		seq := func() int64 {
			t.Helper()
			at, err := db.TLSPosition(ctx)
			must(t, err)
			return at.Seq
		}
		for _, test := range []struct {
			name, statement string
			told            bool
		}{
			{"a draft", bundle("b1", "1", "draft"), false},
			{"a test of the draft", `UPDATE bundles SET test_passed = false WHERE id = 'b1'`, false},
			{"its activation", `UPDATE bundles SET state = 'active' WHERE id = 'b1'`, true},
			{"a test of the active version", `UPDATE bundles SET test_passed = true WHERE id = 'b1'`, false},
			{"other anchors", `UPDATE bundles SET trust_anchors = '["x"]' WHERE id = 'b1'`, true},
			{"its retirement", `UPDATE bundles SET state = 'superseded' WHERE id = 'b1'`, true},
		} {
			before := seq()
			must(t, store.Exec(ctx, db, test.statement))
			if told := seq() > before; told != test.told {
				t.Errorf("%s: told %v", test.name, told)
			}
		}
		must(t, store.Exec(ctx, db, bundle("b2", "2", "active")))
		for _, test := range []struct {
			name, statement string
			told            bool
		}{
			{"another identifier of the organization",
				`UPDATE organizations SET organization_identifier = organization_identifier || 'x'`, true},
			{"its name", `UPDATE organizations SET legal_name = 'another'`, false},
			{"a step", `INSERT INTO checklist_steps (record, subject, step, state, note, owner, due_at, waiting_since,
				remind_at, told, changed_by, changed_at)
				VALUES ('r1', 'r1', 'ais', 'todo', '', '', 0, 0, 0, '{}', '', 0)`, true},
			{"a role that is subscribed", `UPDATE checklist_steps SET state = 'done' WHERE record = 'r1'`, true},
			{"a reminder", `UPDATE checklist_steps SET remind_at = 5 WHERE record = 'r1'`, false},
		} {
			before := seq()
			must(t, store.Exec(ctx, db, test.statement))
			changes, err := db.TLSChanges(ctx, before)
			if told := len(changes) > 0; err != nil || told != test.told || told && changes[0].ID != "r1" {
				t.Errorf("%s: told of %+v, %v", test.name, changes, err)
			}
		}
		before := seq()
		must(t, db.AddServiceAccount(ctx, serviceAccount("s1")))
		changes, err := db.TLSChanges(ctx, before)
		if err != nil || len(changes) != 1 || changes[0].Kind != changefeed.Account || changes[0].ID != "s1" {
			t.Errorf("got %+v, %v", changes, err)
		}
		all, err := db.TLSChanges(ctx, -1)
		if err != nil || len(all) != 2 || all[0].ID != "r1" || all[0].Version != 2 {
			t.Errorf("got %+v, %v", all, err)
		}
	})
}

func TestUsesAndReports(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		withRegistration(t, db)
		must(t, db.AddServiceAccount(ctx, serviceAccount("s1")))
		use := usage.Use{AccountID: "s1", RegistrationID: "r1", Version: 1, ReadAt: time.UnixMicro(5).UTC()}
		must(t, db.NoteServiceUses(ctx, []usage.Use{use}))
		use.ReadAt, use.SignedAt = time.UnixMicro(3).UTC(), time.UnixMicro(8).UTC()
		must(t, db.NoteServiceUses(ctx, []usage.Use{use}))
		uses, err := db.ServiceUses(ctx, "r1")
		if err != nil || len(uses) != 1 || uses[0].ReadAt.UnixMicro() != 5 || uses[0].SignedAt.UnixMicro() != 8 {
			t.Errorf("got %+v, %v", uses, err)
		}
		report := usage.Report{AccountID: "s1", Instance: "i", RegistrationID: "r1", Host: "h:1", Version: 1}
		_, err = db.SaveServiceReports(ctx, "s1", "i", []usage.Report{report}, usage.Bounds{Instances: 1, Reports: 1})
		must(t, err)
		report.Host = "h:2"
		_, err = db.SaveServiceReports(ctx, "s1", "i", []usage.Report{report}, usage.Bounds{Instances: 1, Reports: 1})
		must(t, err)
		must(t, db.StopServiceInstance(ctx, "s1", "i", time.UnixMicro(9)))
		reports, err := db.ServiceReports(ctx, "r1")
		if err != nil || len(reports) != 1 || reports[0].Host != "h:2" || !reports[0].Stopped {
			t.Errorf("got %+v, %v", reports, err)
		}
	})
}

// A registration is named while some service uses a version of it that another has taken the place of.
func TestFormerVersionsUsed(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		withRegistration(t, db)
		must(t, db.AddServiceAccount(ctx, serviceAccount("s1")))
		must(t, db.AddServiceAccount(ctx, serviceAccount("s2")))
		state := map[int]*registration.Bundle{}
		for version := range 2 {
			b := registration.Bundle{ID: fmt.Sprint("v", version+1), RegistrationID: "r1", Version: version + 1}
			b.State, b.CreatedBy, b.CreatedAt = registration.Draft, "u", time.UnixMicro(1).UTC()
			state[b.Version] = &b
		}
		change := func(from, to int) func() {
			return func() {
				must(t, db.SwitchBundle(ctx, state[from], state[to]))
				for version, now := range map[int]registration.BundleState{
					from: registration.Superseded, to: registration.Active,
				} {
					if state[version] != nil {
						state[version].State = now
					}
				}
			}
		}
		uses := func(account string, version, at int) func() {
			return func() {
				must(t, db.NoteServiceUses(ctx, []usage.Use{{
					AccountID: account, RegistrationID: "r1", Version: version, ReadAt: time.UnixMicro(int64(at)).UTC(),
				}}))
			}
		}
		told := time.UnixMicro(5)
		reports := func(version int) func() {
			return func() {
				_, err := db.SaveServiceReports(ctx, "s1", "i", []usage.Report{{
					AccountID: "s1", Instance: "i", RegistrationID: "r1", Host: "h", Version: version, ToldAt: told,
				}}, usage.Bounds{Instances: 1, Reports: 1})
				must(t, err)
			}
		}
		must(t, db.SaveDraft(ctx, *state[1]))
		for _, step := range []struct {
			name   string
			do     func()
			former bool
		}{
			{"the first version is activated", change(0, 1), false},
			{"a service reports it", reports(1), false},
			{"another reads it", uses("s2", 1, 1), false},
			{"a draft is made", func() { must(t, db.SaveDraft(ctx, *state[2])) }, false},
			{"it is activated", change(1, 2), true},
			{"the service reports it", reports(2), true},
			{"the other reads it", uses("s2", 2, 2), false},
			{"the other reads the first again", uses("s2", 1, 3), true},
			{"the first version is active again", change(2, 1), true},
			{"the service reports that", reports(1), false},
			{"the second is active again", change(1, 2), true},
			{"the other reads it again", uses("s2", 2, 4), true},
			{"the service stops", func() { must(t, db.StopServiceInstance(ctx, "s1", "i", time.UnixMicro(9))) }, false},
			{"the other reads the first at last", uses("s2", 1, 5), true},
			{"the service reports a version that there is not", reports(3), true},
			{"the service reports the second", reports(2), true},
			{"the other reads it at last", uses("s2", 2, 6), false},
			{"there is no version in use", change(2, 0), true},
			{"the service has told of it long ago", func() { told = time.UnixMicro(4); reports(2)() }, false},
		} {
			step.do()
			ids, err := db.OldVersionsUsed(ctx, time.UnixMicro(5), 10)
			if err != nil || slices.Contains(ids, "r1") != step.former {
				t.Errorf("%s: former versions are used of %v, %v", step.name, ids, err)
			}
		}
	})
}

// Of versions that were taken the place of while somebody had removed the trigger, repairing makes good.
func TestFormerVersionsAreRepaired(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		withRegistration(t, db)
		must(t, db.AddServiceAccount(ctx, serviceAccount("s1")))
		var versions [2]registration.Bundle
		for i := range versions {
			versions[i] = registration.Bundle{
				ID:             fmt.Sprint("v", i+1),
				RegistrationID: "r1",
				Version:        i + 1,
				State:          registration.Draft,
				CreatedBy:      "u",
				CreatedAt:      time.UnixMicro(1).UTC(),
			}
			must(t, db.SaveDraft(ctx, versions[i]))
			if i == 0 {
				must(t, db.SwitchBundle(ctx, nil, &versions[0]))
				versions[0].State = registration.Active
			}
		}
		must(t, db.NoteServiceUses(ctx, []usage.Use{{
			AccountID: "s1", RegistrationID: "r1", Version: 1, ReadAt: time.UnixMicro(1).UTC(),
		}}))
		removed := "DROP TRIGGER bundles_former_updated"
		if store.IsPostgres(db) {
			removed += " ON bundles"
		}
		must(t, store.Exec(ctx, db, removed))
		must(t, db.SwitchBundle(ctx, &versions[0], &versions[1]))
		if ids, err := db.OldVersionsUsed(ctx, time.UnixMicro(5), 10); err != nil || len(ids) != 0 {
			t.Fatalf("without the trigger: %v, %v", ids, err)
		}
		if names, err := db.Repair(ctx); err != nil || len(names) != 1 {
			t.Fatalf("repaired %v, %v", names, err)
		}
		if ids, err := db.OldVersionsUsed(ctx, time.UnixMicro(5), 10); err != nil || !slices.Contains(ids, "r1") {
			t.Errorf("a former version is used of %v, %v", ids, err)
		}
	})
}

// An account has so many instances and no more, however many report at once; those that are gone are forgotten.
func TestInstancesAreBounded(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		withRegistration(t, db)
		must(t, db.AddServiceAccount(ctx, serviceAccount("s1")))
		must(t, db.AddServiceAccount(ctx, serviceAccount("s2")))
		save := func(account, instance string, told time.Time, stopped bool) bool {
			t.Helper()
			var reports []usage.Report
			for _, host := range []string{"a", "b"} {
				reports = append(reports, usage.Report{
					AccountID:      account,
					Instance:       instance,
					RegistrationID: "r1",
					Host:           host,
					Version:        1,
					ToldAt:         told,
					Stopped:        stopped,
				})
			}
			saved, err := db.SaveServiceReports(ctx, account, instance, reports, usage.Bounds{Instances: 3, Reports: 7})
			if err != nil {
				t.Error(err)
			}
			return saved
		}
		var saved atomic.Int32
		var running sync.WaitGroup
		for i := range 8 {
			running.Go(func() {
				if save("s1", fmt.Sprint(i), time.UnixMicro(1), false) {
					saved.Add(1)
				}
			})
		}
		running.Wait()
		all, err := db.ServiceReports(ctx, "r1")
		must(t, err)
		if saved.Load() != 3 || len(all) != 6 {
			t.Fatalf("%d of 8 instances saved, in %d rows", saved.Load(), len(all))
		}
		known := all[0].Instance
		if !save("s1", known, time.UnixMicro(20), false) || !save("s2", "x", time.UnixMicro(15), true) {
			t.Error("one that is known, or another account's, was refused")
		}
		must(t, db.PruneServiceReports(ctx, time.UnixMicro(16), time.UnixMicro(10)))
		all, err = db.ServiceReports(ctx, "r1")
		must(t, err)
		if len(all) != 2 || all[0].Instance != known {
			t.Errorf("left: %+v", all)
		}
		must(t, db.PruneServiceReports(ctx, time.UnixMicro(16), time.UnixMicro(20))) // not before, so it stays
		if !save("s1", "new", time.UnixMicro(20), false) {
			t.Error("there is place again, and it was refused")
		}
		many := slices.Repeat([]usage.Report{{AccountID: "s1", Instance: "new", RegistrationID: "r1", Version: 1}}, 6)
		for i := range many {
			many[i].Host = fmt.Sprint(i)
		}
		if kept, err := db.SaveServiceReports(ctx, "s1", "new", many, usage.Bounds{Instances: 3, Reports: 7}); kept {
			t.Errorf("eight reports of seven were kept, %v", err)
		}
	})
}
