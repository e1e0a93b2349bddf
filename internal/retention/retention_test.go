package retention_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/consent"
	"github.com/sealkeeper/sealkeeper/internal/payment"
	"github.com/sealkeeper/sealkeeper/internal/retention"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/internal/store/storetest"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	"github.com/sealkeeper/sealkeeper/registration/email"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// What is over is forgotten when its time has come and not a day before, in pages; what is not over stays for good,
// and the audit log counts what went.
func TestWhatIsOverIsForgotten(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s, ctx := stack.NewWith(t, stack.Options{DB: db}), t.Context()
		r := s.Register(stack.LiveAtSim)
		ended := s.Now
		const many = 501 // more than a page
		for n := range many {
			must(t, db.AddConsent(ctx, consent.Consent{
				ID: fmt.Sprint("ended-", n), RegistrationID: r.ID, InstitutionID: r.InstitutionID,
				State: consent.Expired, StateHash: fmt.Sprint("e", n), Customer: "Ada",
				CreatedAt: ended.AddDate(0, -6, 0), ExpiresAt: ended,
			}))
		}
		for _, c := range []consent.Consent{
			{ID: "active", State: consent.Active},
			{ID: "tokens left", State: consent.Revoked, HoldsTokens: true},
		} {
			c.RegistrationID, c.InstitutionID, c.StateHash = r.ID, r.InstitutionID, c.ID
			c.CreatedAt, c.ExpiresAt = ended.AddDate(0, -6, 0), ended
			must(t, db.AddConsent(ctx, c))
		}
		for id, state := range map[string]payment.State{"settled": payment.Completed, "unclear": payment.Unclear} {
			p := payment.Payment{ID: id, RegistrationID: r.ID, State: state, CreatedAt: ended, ChangedAt: ended}
			p.Order.ID = id
			must(t, db.AddPayment(ctx, p))
		}
		step := "customer_organization"
		for _, done := range []string{"portal_account", "account_activated"} {
			must(t, s.Registrations.SetStep(ctx, stack.Engineer, r.ID, done, "done", ""))
		}
		s.DoSteps(r.ID)
		must(t, s.Retention.Run(ctx))
		there := func(id string) bool { _, err := db.ConsentByID(ctx, id); return err == nil }
		if !there("ended-0") {
			t.Fatal("a consent was forgotten on the day of its end")
		}
		s.Now = ended.AddDate(0, 0, 399)
		must(t, s.Retention.Run(ctx))
		if !there("ended-0") {
			t.Error("a consent was forgotten a day early")
		}
		s.Now = ended.AddDate(0, 0, 401)
		must(t, s.Retention.Run(ctx))
		if there("ended-0") || there(fmt.Sprint("ended-", many-1)) || !there("active") || !there("tokens left") {
			t.Error("not the consents that are over were forgotten")
		}
		if _, err := db.Payment(ctx, "settled"); err != nil {
			t.Errorf("a payment was forgotten with the consents: %v", err)
		}
		counted(t, s, retention.Consents, fmt.Sprintf("consents before %s: %d",
			ended.AddDate(0, 0, 1).UTC().Format(time.DateOnly), many))
		s.Now = ended.AddDate(0, 0, 1900)
		must(t, s.Retention.Run(ctx))
		if _, err := db.Payment(ctx, "settled"); err == nil {
			t.Error("a settled payment was kept")
		}
		if _, err := db.Payment(ctx, "unclear"); err != nil {
			t.Errorf("one that nobody knows of was forgotten: %v", err)
		}
		if e := emailOf(t, s, r.ID, step); e.Answer.From == "" {
			t.Error("what is kept for ever was forgotten")
		}
		days := retention.Days{retention.Evidence: 1826, retention.Emails: 1826}
		must(t, retention.New(db, s.Audit, days, func() time.Time { return s.Now }).Run(ctx))
		v, err := s.Registrations.Registration(ctx, stack.Auditor, r.ID)
		must(t, err)
		if e := emailOf(t, s, r.ID, step); e.Answer.From != "" || !e.Answer.Confirmed {
			t.Errorf("the bank's answer is %+v", e.Answer)
		}
		for _, st := range v.Steps {
			if len(st.Evidence) > 0 || st.ID == step && st.State != "done" {
				t.Errorf("%s is %s with %d files", st.ID, st.State, len(st.Evidence))
			}
		}
		if found, err := s.Audit.Verify(ctx); err != nil {
			t.Errorf("the audit log: %+v, %v", found, err)
		}
	})
}

func emailOf(t *testing.T, s *stack.Stack, id, step string) email.Email {
	t.Helper()
	v, err := s.Registrations.Registration(t.Context(), stack.Auditor, id)
	must(t, err)
	for _, e := range v.Emails {
		if e.Step == step {
			return e
		}
	}
	t.Fatal("the e-mail is gone")
	return email.Email{}
}

func counted(t *testing.T, s *stack.Stack, kind retention.Kind, want string) {
	t.Helper()
	all, err := s.Audit.Latest(t.Context(), stack.Auditor, 50)
	must(t, err)
	for _, e := range all {
		if e.Action == access.RecordsForget && e.Object == string(kind) && e.Outcome == "done" {
			if e.Detail != want {
				t.Errorf("the audit log has %q, want %q", e.Detail, want)
			}
			return
		}
	}
	t.Error("the audit log does not count what was forgotten")
}
