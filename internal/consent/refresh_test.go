package consent_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/connector/calendar"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/consent"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/internal/store/storetest"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
)

// front stands before the bank and can answer in its place.
type front struct {
	mu     sync.Mutex
	on     string // "POST /oauth2/token": method and end of the path
	status int    // 0: let the bank do it and lose its answer
	body   string
	asked  map[string]int // grant type, or path for a GET
}

func proxied(t testing.TB) (*stack.Stack, *front) { return proxiedWith(t, stack.Options{}) }

func proxiedWith(t testing.TB, o stack.Options) (*stack.Stack, *front) {
	t.Helper()
	f := &front{asked: map[string]int{}}
	o.Front = f.wrap
	return stack.NewWith(t, o), f
}

func (f *front) wrap(bank http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(strings.NewReader(string(body)))
		method, path, _ := strings.Cut(f.note(r, string(body)), " ")
		f.mu.Lock()
		status, text := f.status, f.body
		f.mu.Unlock()
		switch {
		case method == "" || method != r.Method || !strings.HasSuffix(r.URL.Path, path):
			bank.ServeHTTP(w, r)
		case status == 0:
			bank.ServeHTTP(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler) // the connection breaks
		default:
			w.WriteHeader(status)
			_, _ = io.WriteString(w, text)
		}
	})
}

func (f *front) note(r *http.Request, body string) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, grant := range []string{"authorization_code", "refresh_token"} {
		if strings.Contains(body, "grant_type="+grant) {
			f.asked[grant]++
		}
	}
	return f.on
}

func (f *front) answer(on string, status int, body string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.on, f.status, f.body = on, status, body
}

func (f *front) pass() { f.answer("", 0, "") }

func (f *front) refreshes() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.asked["refresh_token"]
}

const tokenCalls = "POST /oauth2/token"

// due turns the clock to where the consent's access token has to be renewed.
func due(s *stack.Stack, c consent.Consent) { s.Now = c.AccessExpiresAt.Add(-time.Second) }

func TestRefreshRotates(t *testing.T) {
	s, bank := proxied(t)
	c := give(t, s, s.Activate().ID)
	ctx := t.Context()
	before, err := s.Vault.Tokens(ctx, caller, c.ID)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Consents.Token(ctx, caller, c.ID); err != nil || bank.refreshes() != 0 {
		t.Errorf("a token that is still good: %d refreshes, %v", bank.refreshes(), err)
	}
	for n := 1; n <= 3; n++ {
		due(s, get(t, s, c.ID))
		if _, err := s.Consents.Accounts(ctx, caller, c.ID); err != nil {
			t.Fatal(err)
		}
		after, err := s.Vault.Tokens(ctx, caller, c.ID)
		if err != nil {
			t.Fatal(err)
		}
		if after.Refresh.Reveal() == before.Refresh.Reveal() || after.Version != before.Version+1 ||
			bank.refreshes() != n {
			t.Errorf("refresh %d: version %d after %d, %d at the bank", n, after.Version, before.Version,
				bank.refreshes())
		}
		if got := get(t, s, c.ID); got.Refreshes != n || got.RefreshExpiresAt.Sub(s.Now) < 89*24*time.Hour {
			t.Errorf("recorded %d refreshes, the last until %v", got.Refreshes, got.RefreshExpiresAt)
		}
		before = after
	}
}

// TestEnterpriseConsentEndsWithItsToken: no refresh token, and it says so.
func TestEnterpriseConsentEndsWithItsToken(t *testing.T) {
	s, bank := proxied(t)
	c := give(t, s, s.ActivateAt(stack.Enterprise).ID)
	if c.Refreshable || !c.ExpiresAt.Equal(c.AccessExpiresAt) {
		t.Errorf("given %+v", c)
	}
	if _, err := s.Consents.Accounts(t.Context(), caller, c.ID); err != nil {
		t.Error(err)
	}
	due(s, c)
	if _, err := s.Consents.Token(t.Context(), caller, c.ID); err != nil {
		t.Errorf("in its last second: %v", err)
	}
	s.Now = c.AccessExpiresAt
	_, err := s.Consents.Accounts(t.Context(), caller, c.ID)
	if message := fault.Sentence(err); fault.Code(err) != "consent_expired" || !strings.Contains(message,
		"no refresh token") {
		t.Errorf("after it: %v", err)
	}
	if n, err := s.Consents.Reconcile(t.Context()); n != 1 || err != nil || bank.refreshes() != 0 {
		t.Errorf("settled %d, %d refreshes, %v", n, bank.refreshes(), err)
	}
	if c = get(t, s, c.ID); c.Reason != consent.ReasonNoRefresh || c.HoldsTokens {
		t.Errorf("settled as %+v", c)
	}
}

// TestAnnouncedRefreshTokens: 24 hours, and four access tokens of half an hour in all: two hours a day. The same
// refresh token is used each time.
func TestAnnouncedRefreshTokens(t *testing.T) {
	s, bank := proxiedWith(t, stack.Options{Announced: true})
	c := give(t, s, s.ActivateAt(stack.Enterprise).ID)
	if c.RefreshesLeft != 3 || c.ExpiresAt.Sub(s.Now) > 24*time.Hour || c.ExpiresAt.Sub(s.Now) < 23*time.Hour {
		t.Errorf("given %+v", c)
	}
	for left := 2; left >= 0; left-- {
		due(s, get(t, s, c.ID))
		if _, err := s.Consents.Token(t.Context(), caller, c.ID); err != nil {
			t.Fatal(err)
		}
		if got := get(t, s, c.ID); got.RefreshesLeft != left {
			t.Errorf("%d refreshes left, want %d", got.RefreshesLeft, left)
		}
	}
	last := get(t, s, c.ID)
	if !last.ExpiresAt.Equal(last.AccessExpiresAt) {
		t.Errorf("after the last refresh it ends at %v, not with its token at %v", last.ExpiresAt, last.AccessExpiresAt)
	}
	s.Now = last.AccessExpiresAt
	_, err := s.Consents.Token(t.Context(), caller, c.ID)
	if message := fault.Sentence(err); fault.Code(err) != "consent_expired" || !strings.Contains(message,
		"allows no more refreshes") || bank.refreshes() != 3 {
		t.Errorf("after %d refreshes: %v", bank.refreshes(), err)
	}
}

// TestBankBeginsToSendRefreshTokens: while nobody has recorded that it does, they are not used, and that is
// told: in the log, and to those who look what there is to do.
func TestBankBeginsToSendRefreshTokens(t *testing.T) {
	var logged bytes.Buffer
	s := stack.NewWith(t, stack.Options{BankAnnounced: true, Logger: slog.New(slog.NewTextHandler(&logged, nil))})
	c := give(t, s, s.ActivateAt(stack.Enterprise).ID)
	if c.Refreshable || !c.ExpiresAt.Equal(c.AccessExpiresAt) ||
		c.RefreshExpiresAt.Sub(c.AuthorizedAt) != 24*time.Hour {
		t.Errorf("given %+v", c)
	}
	told := func() bool {
		tasks, err := s.Registrations.Today(t.Context(), stack.Engineer)
		if err != nil {
			t.Fatal(err)
		}
		return slices.ContainsFunc(tasks.Tasks, func(one registration.Task) bool {
			return one.Kind == registration.RefreshUnused && one.Object == stack.Enterprise
		})
	}
	if !told() {
		t.Error("nobody is told")
	}
	if !strings.Contains(logged.String(), "record that its announced token rules are in force") {
		t.Errorf("the log is silent: %s", logged.String())
	}
	s.Now = s.Now.AddDate(0, 0, 8)
	if told() {
		t.Error("told of what was a week ago")
	}
	s.Now = s.Now.AddDate(0, 0, -8)
	said, err := s.Registrations.RecordBankFact(t.Context(), stack.Officer, stack.Enterprise, false,
		registration.BankFact{
			Key:      catalogue.KeyAnnouncedTokens,
			Value:    "yes",
			Source:   "support, by e-mail",
			SaidOn:   calendar.Of(s.Now, time.UTC),
			Evidence: "ticket 4711",
		})
	if err != nil {
		t.Fatal(err)
	}
	if told() {
		t.Error("told of what is recorded")
	}
	if next := give(t, s, c.RegistrationID); !next.Refreshable || next.RefreshesLeft != 3 ||
		!next.ExpiresAt.After(next.AccessExpiresAt) {
		t.Errorf("given once it is recorded: %+v", next)
	}
	if err := s.Registrations.WithdrawBankFact(t.Context(), stack.Officer, stack.Enterprise, said.ID); err != nil {
		t.Fatal(err)
	}
	if next := give(t, s, c.RegistrationID); next.Refreshable {
		t.Errorf("given when that was withdrawn: %+v", next)
	}
}

// TestRulesThatNobodyAnnounced: nothing to be in force where a bank has announced nothing.
func TestRulesThatNobodyAnnounced(t *testing.T) {
	s := stack.NewWith(t, stack.Options{})
	_, err := s.Registrations.RecordBankFact(t.Context(), stack.Officer, "soc-gen-personal", false,
		registration.BankFact{
			Key:      catalogue.KeyAnnouncedTokens,
			Value:    "yes",
			Source:   "support, by e-mail",
			SaidOn:   calendar.Of(s.Now, time.UTC),
			Evidence: "ticket 4711",
		})
	if fault.Code(err) != "bank_fact_nothing_announced" {
		t.Error(err)
	}
}

// TestLostAnswerToARefresh: the bank has rotated, the new pair never arrived. One
// more try finds that out; nobody asks again after that.
func TestLostAnswerToARefresh(t *testing.T) {
	s, bank := proxied(t)
	c := give(t, s, s.Activate().ID)
	s.Now = c.AccessExpiresAt.Add(time.Second)
	bank.answer(tokenCalls, 0, "")
	if _, err := s.Consents.Token(t.Context(), caller, c.ID); fault.Code(err) != "bank_unreachable" {
		t.Fatalf("the lost answer: %v", err)
	}
	if got := get(t, s, c.ID); !got.InDoubt || got.State != consent.Active {
		t.Errorf("in doubt: %+v", got)
	}
	bank.pass()
	if _, err := s.Consents.Token(t.Context(), caller, c.ID); fault.Code(err) != "refresh_postponed" ||
		bank.refreshes() != 1 {
		t.Errorf("at once: %d refreshes, %v", bank.refreshes(), err)
	}
	s.Now = s.Now.Add(time.Minute)
	for range 3 {
		_, err := s.Consents.Token(t.Context(), caller, c.ID)
		if message := fault.Sentence(err); fault.Code(err) != "consent_broken" ||
			!strings.Contains(message, "was lost") {
			t.Errorf("later: %v", err)
		}
	}
	if got := get(t, s, c.ID); got.Reason != consent.ReasonRefreshLost || got.HoldsTokens || bank.refreshes() != 2 {
		t.Errorf("%d refreshes, %+v", bank.refreshes(), got)
	}
}

// TestOutageWhileATokenIsStillGood is no outage for whoever reads.
func TestOutageWhileATokenIsStillGood(t *testing.T) {
	s, bank := proxied(t)
	c := give(t, s, s.Activate().ID)
	due(s, c)
	bank.answer(tokenCalls, 503, "")
	if _, err := s.Consents.Accounts(t.Context(), caller, c.ID); err != nil || bank.refreshes() != 1 {
		t.Errorf("%d refreshes, %v", bank.refreshes(), err)
	}
	s.Now = c.AccessExpiresAt.Add(time.Minute)
	if _, err := s.Consents.Accounts(t.Context(), caller, c.ID); fault.Code(err) != "bank_unavailable" {
		t.Errorf("when it is no longer: %v", err)
	}
	_, err := s.Consents.Accounts(t.Context(), caller, c.ID)
	if e, ok := errors.AsType[*fault.Error](err); !ok || e.Code != "refresh_postponed" || e.After != 10*time.Second {
		t.Errorf("at once again: %v", err)
	}
	bank.pass()
	s.Now = s.Now.Add(time.Minute)
	if _, err := s.Consents.Accounts(t.Context(), caller, c.ID); err != nil {
		t.Errorf("when the bank is back: %v", err)
	}
}

// TestReuseIsDetected: somebody else has used the refresh token.
func TestReuseIsDetected(t *testing.T) {
	s, _ := proxied(t)
	r := s.Activate()
	c := give(t, s, r.ID)
	tokens, err := s.Vault.Tokens(t.Context(), caller, c.ID)
	if err != nil {
		t.Fatal(err)
	}
	client, err := s.Issuer.Client(t.Context(), caller, r.ID)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.OAuth.Refresh(t.Context(), tokens.Refresh); err != nil {
		t.Fatal(err)
	}
	due(s, c)
	if _, err := s.Consents.Token(t.Context(), caller, c.ID); fault.Code(err) != "grant_ended" {
		t.Errorf("got %v", err)
	}
	if got := get(t, s, c.ID); got.State != consent.Broken || got.Reason != "grant_ended" || got.HoldsTokens {
		t.Errorf("got %+v", got)
	}
}

// TestRefusedTokenIsRefreshedOnce: case 8.
func TestRefusedTokenIsRefreshedOnce(t *testing.T) {
	s, bank := proxied(t)
	c := give(t, s, s.Activate().ID)
	bank.answer("GET /accounts", 401, `{"status":401,"message":"invalid token"}`)
	_, err := s.Consents.Accounts(t.Context(), caller, c.ID)
	if fault.Code(err) != "token_refused" || bank.refreshes() != 0 {
		t.Errorf("a token just issued: %d refreshes, %v", bank.refreshes(), err)
	}
	refused, _ := errors.AsType[*fault.Error](err)
	if strings.Contains(refused.Message, "refresh it") || refused.After != time.Minute {
		t.Errorf("%q, after %v", refused.Message, refused.After)
	}
	s.Now = s.Now.Add(2 * time.Minute)
	for range 3 {
		if _, err := s.Consents.Accounts(t.Context(), caller, c.ID); fault.Code(err) != "token_refused" {
			t.Errorf("got %v", err)
		}
	}
	if bank.refreshes() != 1 {
		t.Errorf("%d refreshes", bank.refreshes())
	}
}

// TestCrashAfterTheTokensWereKept: the row is behind, custody is not.
func TestCrashAfterTheTokensWereKept(t *testing.T) {
	s, bank := proxied(t)
	c := give(t, s, s.Activate().ID)
	behind := get(t, s, c.ID)
	due(s, c)
	if _, err := s.Consents.Token(t.Context(), caller, c.ID); err != nil {
		t.Fatal(err)
	}
	now := s.Now
	leased, abandoned, err := s.DB.LeaseConsent(t.Context(), c.ID, now, now.Add(time.Second))
	if err != nil || abandoned {
		t.Fatalf("abandoned %v, %v", abandoned, err)
	}
	behind.Fence = leased.Fence
	if err := s.DB.SaveConsent(t.Context(), behind, false); err != nil { // and it dies here, its lease not given back
		t.Fatal(err)
	}
	s.Now = now.Add(2 * time.Second)
	if _, err := s.Consents.Token(t.Context(), caller, c.ID); err != nil || bank.refreshes() != 1 {
		t.Errorf("%d refreshes, %v", bank.refreshes(), err)
	}
	if got := get(t, s, c.ID); got.InDoubt || !got.AccessExpiresAt.After(s.Now) {
		t.Errorf("repaired as %+v", got)
	}
	if err := s.DB.SaveConsent(t.Context(), behind, true); !errors.Is(err, fault.Conflict) {
		t.Errorf("whoever lost the lease still wrote: %v", err)
	}
}

// TestCrashBeforeTheConsentWasRecorded: the customer said yes and the tokens are there.
func TestCrashBeforeTheConsentWasRecorded(t *testing.T) {
	s, bank := proxied(t)
	started, back := begin(t, s, s.Activate().ID)
	if _, err := s.Consents.Callback(t.Context(), caller, back); err != nil {
		t.Fatal(err)
	}
	pending, _, err := s.DB.LeaseConsent(t.Context(), started.Consent.ID, s.Now, s.Now.Add(time.Second))
	if err != nil {
		t.Fatal(err)
	}
	fence := pending.Fence
	pending = started.Consent
	pending.Fence = fence
	if err := s.DB.SaveConsent(t.Context(), pending, true); err != nil {
		t.Fatal(err)
	}
	s.Now = s.Now.Add(16 * time.Minute)
	if n, err := s.Consents.Reconcile(t.Context()); n != 1 || err != nil {
		t.Fatalf("settled %d, %v", n, err)
	}
	if got := get(t, s, pending.ID); got.State != consent.Active || !got.Refreshable || bank.refreshes() != 0 {
		t.Errorf("settled as %+v", got)
	}
}

// TestOneRefreshOfAll: many callers at two instances on one database, and one
// refresh for each consent.
func TestOneRefreshOfAll(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s, bank := proxiedWith(t, stack.Options{DB: db})
		r := s.Activate()
		const consents, callers = 12, 6
		var given []consent.Consent
		for range consents {
			given = append(given, give(t, s, r.ID))
		}
		s.Now = s.Now.Add(31 * time.Minute)
		instances := []*consent.Service{s.Consents, s.Replica().Consents}
		var all sync.WaitGroup
		for _, c := range given {
			for i := range callers {
				all.Go(func() {
					ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
					defer cancel()
					if _, err := instances[i%len(instances)].Token(ctx, caller, c.ID); err != nil {
						t.Error(err)
					}
				})
			}
		}
		all.Wait()
		if bank.refreshes() != consents {
			t.Errorf("%d refreshes of %d consents", bank.refreshes(), consents)
		}
		for _, c := range given {
			if got := get(t, s, c.ID); got.Refreshes != 1 || got.State != consent.Active {
				t.Errorf("got %+v", got)
			}
		}
	})
}
