package consent_test

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/connector/ais"
	"github.com/sealkeeper/sealkeeper/connector/oauth"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/consent"
	"github.com/sealkeeper/sealkeeper/lab/bank"
	"github.com/sealkeeper/sealkeeper/lab/bank/customer"
	"github.com/sealkeeper/sealkeeper/lab/bank/mishap"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	"github.com/sealkeeper/sealkeeper/registration"
)

var caller = stack.Connector

// begin starts a consent and has the customer say yes.
func begin(t testing.TB, s *stack.Stack, registrationID string) (consent.Started, oauth.Return) {
	t.Helper()
	started, err := s.Consents.Start(t.Context(), caller, consent.Request{
		RegistrationID: registrationID,
		Customer:       "c-1",
	})
	if err != nil {
		t.Fatal(err)
	}
	back, err := customer.Approve(t.Context(), started.AuthorizeURL, "55000002", "111111")
	if err != nil {
		t.Fatal(err)
	}
	return started, oauth.ReadReturn(back.Query())
}

func give(t testing.TB, s *stack.Stack, registrationID string) consent.Consent {
	t.Helper()
	_, back := begin(t, s, registrationID)
	c, err := s.Consents.Callback(t.Context(), caller, back)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func get(t testing.TB, s *stack.Stack, id string) consent.Consent {
	t.Helper()
	c, err := s.Consents.Get(t.Context(), caller, id)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestConsentFromTheBankToTheAccounts(t *testing.T) {
	s := stack.New(t)
	r := s.Activate()
	started, back := begin(t, s, r.ID)
	ctx := t.Context()
	if c := started.Consent; c.State != consent.Pending || c.Customer != "c-1" ||
		c.InstitutionID != stack.Institution || c.Segment != "personal" {
		t.Errorf("started %+v", c)
	}
	if _, err := s.Consents.Accounts(ctx, caller, started.Consent.ID); fault.Code(err) != "consent_pending" {
		t.Errorf("before the customer came back: %v", err)
	}
	if _, err := s.Consents.Callback(ctx, stack.Engineer, back); fault.Code(err) != "state_unknown" {
		t.Errorf("somebody else came back: %v", err)
	}
	if _, err := s.Consents.Callback(ctx, caller, oauth.Return{State: back.State}); fault.Code(err) != "return_broken" {
		t.Errorf("without a code: %v", err)
	}
	c, err := s.Consents.Callback(ctx, caller, back)
	if err != nil || c.State != consent.Active {
		t.Fatalf("got %+v, %v", c, err)
	}
	if got := c.ExpiresAt.Sub(s.Now); got < 89*24*time.Hour || got > 91*24*time.Hour || c.ReauthenticateBy.IsZero() {
		t.Errorf("it ends in %v, to be given again by %v", got, c.ReauthenticateBy)
	}
	if _, err := s.Consents.Callback(ctx, caller, back); fault.Code(err) != "state_used" {
		t.Errorf("the state worked twice: %v", err)
	}
	accounts, err := s.Consents.Accounts(ctx, caller, c.ID)
	if err != nil || len(accounts) == 0 {
		t.Fatalf("%d accounts, %v", len(accounts), err)
	}
	if _, err := s.Consents.Accounts(ctx, stack.Engineer, c.ID); fault.Code(err) != "consent_unknown" {
		t.Errorf("somebody else read the accounts: %v", err)
	}
	if _, err := s.Consents.Balances(ctx, caller, c.ID, "no such account"); fault.Code(err) != "account_unknown" {
		t.Errorf("an unknown account: %v", err)
	}
	other := access.Caller{ID: "another", Name: "another service", Grant: stack.Everything}
	_, get := s.Consents.Get(ctx, other, c.ID)
	_, revoke := s.Consents.Revoke(ctx, other, c.ID)
	if list, err := s.Consents.Page(ctx, other, consent.Listed.Query()); err != nil || list.Count.N != 0 ||
		!errors.Is(get,
			fault.NotFound) || !errors.Is(revoke, fault.NotFound) {
		t.Errorf("another program: get %v, revoke %v, list %v, %v", get, revoke, list, err)
	}
	if _, err := s.Consents.Revoke(ctx, stack.Auditor, c.ID); !errors.Is(err, fault.Denied) {
		t.Errorf("an auditor gave it up: %v", err)
	}
	if c, err = s.Consents.Revoke(ctx, stack.Officer, c.ID); err != nil || c.State != consent.Revoked || c.HoldsTokens {
		t.Errorf("given up: %+v, %v", c, err)
	}
	if _, err := s.Vault.Tokens(ctx, caller, c.ID); !errors.Is(err, fault.NotFound) {
		t.Errorf("its tokens are still there: %v", err)
	}
	if _, err := s.Consents.Accounts(ctx, caller, c.ID); fault.Code(err) != "consent_revoked" {
		t.Errorf("after it was given up: %v", err)
	}
}

// A reading is one act: what was allowed, and how it ended. It opens the token within.
func TestReadingIsOnePairOfEntries(t *testing.T) {
	s := stack.New(t)
	c := give(t, s, s.Activate().ID)
	read := func() []audit.Entry {
		if _, err := s.Consents.Accounts(t.Context(), caller, c.ID); err != nil {
			t.Fatal(err)
		}
		newest, err := s.DB.LatestAudit(t.Context(), 20)
		if err != nil {
			t.Fatal(err)
		}
		return newest
	}
	before := read()[0].Seq // the client is open from here on
	newest := read()
	if n := newest[0].Seq - before; n != 2 || newest[1].Outcome != audit.Allowed || newest[0].Outcome != audit.Done ||
		newest[1].Action != access.AccountsRead || newest[1].Object != c.ID {
		t.Errorf("a reading leaves %d entries: %+v", n, newest[:n])
	}
	if _, err := s.Consents.Accounts(t.Context(), stack.Auditor, c.ID); !errors.Is(err, fault.Denied) {
		t.Errorf("an auditor reads: %v", err)
	}
}

// A bank that is down when the customer comes back does not cost the consent.
func TestReturnSurvivesAnOutage(t *testing.T) {
	s, proxy := proxied(t)
	r := s.Activate()
	started, back := begin(t, s, r.ID)
	proxy.answer("POST /oauth2/token", 503, "")
	if c, err := s.Consents.Callback(t.Context(), caller, back); fault.Code(err) != "bank_unavailable" ||
		c.State != consent.Pending || c.LastFailure != "bank_unavailable" {
		t.Fatalf("while the bank is down: %+v, %v", c, err)
	}
	other := back
	other.Code = "another code"
	if _, err := s.Consents.Callback(t.Context(), caller, other); fault.Code(err) != "state_used" {
		t.Errorf("another code with the same state: %v", err)
	}
	proxy.pass()
	if c, err := s.Consents.Callback(t.Context(), caller, back); err != nil || c.State != consent.Active {
		t.Fatalf("once it is back: %+v, %v", c, err)
	}
	if got := get(t, s, started.Consent.ID); got.LastFailure != "" {
		t.Errorf("it still says %s", got.LastFailure)
	}
}

func TestReturnsThatEndAConsent(t *testing.T) {
	s := stack.New(t)
	r := s.Activate()
	ctx := t.Context()
	started, back := begin(t, s, r.ID)
	refusal := oauth.ReadReturn(url.Values{"state": {back.State}, "error": {"access_denied"}})
	if c, err := s.Consents.Callback(ctx, caller, refusal); fault.Code(err) != "customer_refused" ||
		c.State != consent.Broken || c.Reason != "customer_refused" || c.HoldsTokens {
		t.Errorf("refused: %+v, %v", c, err)
	}
	if _, err := s.Consents.Callback(ctx, caller, back); fault.Code(err) != "state_used" {
		t.Errorf("a code after the refusal: %v", err)
	}
	if _, err := s.Consents.Accounts(ctx, caller, started.Consent.ID); fault.Code(err) != "consent_broken" {
		t.Errorf("reading: %v", err)
	}
	_, back = begin(t, s, r.ID)
	back.Code = "made up"
	if c, err := s.Consents.Callback(ctx, caller, back); fault.Code(err) !=
		"grant_ended" || c.State != consent.Broken ||
		c.Reason != "grant_ended" {
		t.Errorf("a made-up code: %+v, %v", c, err)
	}
	started, back = begin(t, s, r.ID)
	s.Now = s.Now.Add(20 * time.Minute)
	if got := s.Consents.State(get(t, s, started.Consent.ID)); got != consent.Expired {
		t.Errorf("unanswered it is %s", got)
	}
	if _, err := s.Consents.Callback(ctx, caller, back); fault.Code(err) != "state_expired" {
		t.Errorf("too late: %v", err)
	}
	if n, err := s.Consents.Reconcile(ctx); n != 1 || err != nil {
		t.Errorf("settled %d, %v", n, err)
	}
	if c := get(t, s, started.Consent.ID); c.State != consent.Expired || c.Reason != consent.ReasonUnanswered ||
		c.HoldsTokens {
		t.Errorf("settled as %+v", c)
	}
}

func TestWithdrawnAtTheBank(t *testing.T) {
	s := stack.New(t)
	r := s.Activate()
	c := give(t, s, r.ID)
	s.Bank.RevokeConsents(stack.ClientID)
	if _, err := s.Consents.Accounts(t.Context(), caller, c.ID); fault.Code(err) != "consent_gone" {
		t.Fatalf("got %v", err)
	}
	if c = get(t, s, c.ID); c.State != consent.Revoked || c.Reason != "consent_gone" || c.HoldsTokens {
		t.Errorf("got %+v", c)
	}
	if _, err := s.Consents.Accounts(t.Context(), caller, c.ID); fault.Code(err) != "consent_revoked" {
		t.Errorf("again: %v", err)
	}
}

// TestOneAccountRefusedIsNotTheEnd: a bank says "no consent" of one account, or of what it does not give, as
// it does of a consent that is gone. Only its list of accounts tells them apart.
func TestOneAccountRefusedIsNotTheEnd(t *testing.T) {
	s := stack.New(t)
	c := give(t, s, s.Activate().ID)
	ctx := t.Context()
	accounts, err := s.Consents.Accounts(ctx, caller, c.ID)
	if err != nil || len(accounts) < 2 {
		t.Fatal(accounts, err)
	}
	first, second := accounts[0].ResourceID, accounts[1].ResourceID
	for operation, read := range map[string]func() error{
		mishap.Transactions: func() error {
			_, err := s.Consents.Transactions(ctx, caller, c.ID, first, ais.TransactionQuery{})
			return err
		},
		mishap.Balances: func() error { _, err := s.Consents.Balances(ctx, caller, c.ID, first); return err },
		mishap.Identity: func() error { _, err := s.Consents.Identity(ctx, caller, c.ID); return err },
	} {
		refuse := mishap.Switch{Case: string(bank.NoConsent), Count: 1, Operation: operation}
		if err := s.Bank.Arm(refuse); err != nil {
			t.Fatal(err)
		}
		if err := read(); fault.Code(err) != "access_not_granted" {
			t.Errorf("%s: %v", operation, err)
		}
		if c = get(t, s, c.ID); c.State != consent.Active || !c.HoldsTokens {
			t.Errorf("%s ended the consent: %+v", operation, c)
		}
	}
	if _, err := s.Consents.Transactions(ctx, caller, c.ID, second, ais.TransactionQuery{}); err != nil {
		t.Errorf("the other account: %v", err)
	}
	outage := mishap.Switch{Case: string(bank.Unavailable), Count: 9, Operation: mishap.Accounts}
	if err := s.Bank.Arm(mishap.Switch{Case: string(bank.NoConsent), Count: 1, Operation: mishap.Transactions},
		outage); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Consents.Transactions(ctx, caller, c.ID, first, ais.TransactionQuery{}); fault.Code(
		err) != "bank_unavailable" || get(t, s, c.ID).State != consent.Active {
		t.Errorf("nobody knows: %v", err)
	}
	s.Bank.Fail(0, "")
	s.Bank.RevokeConsents(stack.ClientID)
	if _, err := s.Consents.Transactions(ctx, caller, c.ID, first, ais.TransactionQuery{}); fault.Code(
		err) != "consent_gone" || get(t, s, c.ID).State != consent.Revoked {
		t.Errorf("withdrawn: %v", err)
	}
}

// The day on which a consent ends is the bank's: at 23:30 UTC Paris is a day ahead.
func TestAConsentEndsOnTheBanksDay(t *testing.T) {
	s := stack.New(t)
	r := s.Activate()
	s.Now = s.Now.UTC().Truncate(24 * time.Hour).Add(23*time.Hour + 30*time.Minute)
	c := give(t, s, r.ID)
	end := c.ExpiresAt.UTC()
	if end.Hour() != 23 || end.Minute() != 30 {
		t.Fatalf("it ends at %s, which shows nothing", end)
	}
	s.Now = end.AddDate(0, 0, -3)
	tasks, err := s.Registrations.Today(t.Context(), stack.Engineer)
	if err != nil {
		t.Fatal(err)
	}
	ending := func(task registration.Task) bool { return task.Kind == registration.ConsentEnding }
	i := slices.IndexFunc(tasks.Tasks, ending)
	if want := end.AddDate(0, 0, 1).Format(time.DateOnly); i < 0 || tasks.Tasks[i].Args[1] != want {
		t.Errorf("the tasks are %+v, want one of the %s", tasks, want)
	}
}

func TestExpiringConsentsAreKnown(t *testing.T) {
	s := stack.New(t)
	r := s.Activate()
	c := give(t, s, r.ID)
	for days, want := range map[int]int{1: 0, 200: 1} {
		got, err := s.Consents.Expiring(t.Context(), stack.Auditor, days, 6)
		if err != nil || len(got.Items) != want || got.Count.N != want {
			t.Errorf("within %d days: %+v, %v", days, got, err)
		}
	}
	for after, want := range map[time.Duration]consent.State{
		0:                   consent.Active,
		85 * 24 * time.Hour: consent.Expiring,
		91 * 24 * time.Hour: consent.Expired,
	} {
		if got := c.At(s.Now.Add(after)); got != want {
			t.Errorf("after %v it is %s, want %s", after, got, want)
		}
	}
	s.Now = s.Now.Add(91 * 24 * time.Hour)
	if _, err := s.Consents.Accounts(t.Context(), caller, c.ID); fault.Code(err) != "consent_expired" {
		t.Errorf("after its end: %v", err)
	}
	if n, err := s.Consents.Reconcile(t.Context()); n != 1 || err != nil {
		t.Errorf("settled %d, %v", n, err)
	}
	if c = get(t, s, c.ID); c.State != consent.Expired || c.Reason != consent.ReasonTimeOver || c.HoldsTokens {
		t.Errorf("settled as %+v", c)
	}
	if _, err := s.Vault.Tokens(context.Background(), access.Caller{
		ID:    caller.ID,
		Grant: caller.Grant,
	}, c.ID); !errors.Is(err, fault.NotFound) {
		t.Errorf("its tokens are still there: %v", err)
	}
}
