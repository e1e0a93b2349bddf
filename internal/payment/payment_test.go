package payment_test

import (
	"errors"
	"io"
	"net/http"
	"path"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/connector/calendar"
	"github.com/sealkeeper/sealkeeper/connector/money"
	"github.com/sealkeeper/sealkeeper/connector/pis"
	"github.com/sealkeeper/sealkeeper/connector/sepa"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/payment"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/lab/bank/customer"
	"github.com/sealkeeper/sealkeeper/lab/stack"
)

// firm is a TPP that can pay.
type firm struct {
	*stack.Stack
	t            *testing.T
	registration string
	posts        atomic.Int32 // writes that reached the bank
}

// noon is a business day's noon in Paris that is to come: the certificates of the test are valid from now on.
func noon(t *testing.T) time.Time {
	t.Helper()
	paris, err := time.LoadLocation("Europe/Paris")
	check(t, err)
	day := time.Now().In(paris)
	if day.Hour() >= 12 {
		day = day.AddDate(0, 0, 1)
	}
	return sepa.NextBusinessDay(calendar.Of(day, paris)).At(12*time.Hour, paris)
}

func newFirm(t *testing.T, institution string) *firm {
	t.Helper()
	return newFirmOn(t, nil, institution)
}

func newFirmOn(t *testing.T, db *store.DB, institution string) *firm {
	t.Helper()
	f := &firm{Stack: stack.NewWith(t, stack.Options{DB: db}), t: t}
	f.registration = f.ActivateAt(institution).ID
	f.Now = noon(t)
	f.SetBankClock(f.Now)
	f.through(nil)
	return f
}

// through counts the writes and has broken answer some of them.
func (f *firm) through(broken stack.Around) {
	f.Between(func(w http.ResponseWriter, r *http.Request, sim http.Handler) {
		if r.Method != http.MethodGet {
			f.posts.Add(1)
		}
		if broken != nil {
			broken(w, r, sim)
			return
		}
		sim.ServeHTTP(w, r)
	})
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (f *firm) input(id string, change ...func(*pis.Payment)) payment.Input {
	amount, err := money.ParseDecimal("12.50")
	check(f.t, err)
	p := pis.Payment{
		ID:           id,
		Kind:         pis.Single,
		Amount:       amount,
		Currency:     "EUR",
		CreditorName: "Example Merchant",
		CreditorIBAN: "FR7630006000011234567890189",
		Remittance:   "Invoice 42",
	}
	for _, c := range change {
		c(&p)
	}
	return payment.Input{RegistrationID: f.registration, Payment: p}
}

func (f *firm) create(id string, change ...func(*pis.Payment)) payment.Payment {
	f.t.Helper()
	p, err := f.Payments.Create(f.t.Context(), stack.Connector, f.input(id, change...))
	check(f.t, err)
	if p.State != payment.Created || p.ResourceID == "" || p.ConsentURL == "" {
		f.t.Fatalf("created: %+v", p)
	}
	return p
}

// visit takes the customer through the bank's pages and returns what the browser brings back.
func (f *firm) visit(url string, yes bool) payment.Return {
	f.t.Helper()
	go_ := customer.Approve
	if !yes {
		go_ = customer.Refuse
	}
	back, err := go_(f.t.Context(), url, "55000001", "111111")
	check(f.t, err)
	q := back.Query()
	return payment.Return{State: q.Get("state"), Code: q.Get("code"), Error: q.Get("error")}
}

func (f *firm) get(id string) payment.Payment {
	f.t.Helper()
	p, err := f.Payments.Get(f.t.Context(), stack.Connector, id)
	check(f.t, err)
	return p
}

func (f *firm) want(p payment.Payment, state payment.State, status pis.Status) {
	f.t.Helper()
	if p.State != state || p.Status != status {
		f.t.Errorf("payment is %s, bank says %s (%s); want %s, %s", p.State, p.Status, p.Reason, state, status)
	}
}

func kind(k pis.Kind, day string) func(*pis.Payment) {
	return func(p *pis.Payment) {
		p.Kind = k
		p.ExecutionDate, _ = calendar.Parse(day)
	}
}

func TestPaymentsOfEverySegmentAndKind(t *testing.T) {
	for _, institution := range []string{stack.Institution, stack.Professional, stack.Enterprise} {
		t.Run(institution, func(t *testing.T) {
			f := newFirm(t, institution)
			later := f.Now.AddDate(0, 0, 14).Format("2006-01-02")
			for _, test := range []struct {
				kind  pis.Kind
				day   string
				state payment.State
			}{
				{"single", "", payment.Completed},
				{"instant", "", payment.Completed},
				{"future", later, payment.Confirmed},
			} {
				p := f.create("pay-"+string(test.kind), kind(test.kind, test.day))
				done, err := f.Payments.Complete(t.Context(), stack.Connector, f.visit(p.ConsentURL, true))
				check(t, err)
				if done.ConfirmedAt.IsZero() || !done.Status.Positive() {
					t.Errorf("%s: after the customer's return %+v", test.kind, done)
				}
				if got := f.get(p.ID); got.State != test.state {
					t.Errorf("%s: %s, bank says %s", test.kind, got.State, got.Status)
				}
			}
			if n := f.posts.Load(); n != 6 {
				t.Errorf("three payments took %d writes", n)
			}
		})
	}
}

func TestCustomerSaysNo(t *testing.T) {
	f := newFirm(t, stack.Institution)
	p := f.create("pay-1")
	back := f.visit(p.ConsentURL, false)
	if back.Error == "" {
		t.Error("the return does not say no")
	}
	done, err := f.Payments.Complete(t.Context(), stack.Connector, back)
	check(t, err)
	f.want(done, payment.Rejected, pis.StatusRJCT)
	if done.Reason != "CUST" || f.posts.Load() != 1 {
		t.Errorf("reason %s, %d writes", done.Reason, f.posts.Load())
	}
	if _, err := f.Payments.Confirm(t.Context(), stack.Connector, p.ID); fault.Code(err) != "payment_state" {
		t.Errorf("a rejected payment was confirmed: %v", err)
	}
}

// What the bank says counts, and not what the browser carries: nothing is confirmed, and nothing is given up.
func TestReturnThatContradictsTheBank(t *testing.T) {
	f := newFirm(t, stack.Institution)
	p := f.create("pay-1")
	back := f.visit(p.ConsentURL, true)
	back.Code, back.Error = "", "access_denied"
	done, err := f.Payments.Complete(t.Context(), stack.Connector, back)
	check(t, err)
	if done.State != payment.Created || done.FailureCode != "return_contradicts_bank" || f.posts.Load() != 1 {
		t.Errorf("%s, %s, %d writes", done.State, done.FailureCode, f.posts.Load())
	}
	if done, err = f.Payments.Confirm(t.Context(), stack.Connector, p.ID); err != nil || !done.Status.Positive() ||
		done.Failure != "" {
		t.Errorf("confirmed by hand: %+v, %v", done, err)
	}
}

func TestReturnWorksOnceForWhoStarted(t *testing.T) {
	f := newFirm(t, stack.Institution)
	p := f.create("pay-1")
	back := f.visit(p.ConsentURL, true)
	_, err := f.Payments.Complete(t.Context(), stack.Connector, payment.Return{State: "made-up"})
	if fault.Code(err) != "state_unknown" {
		t.Errorf("a made-up state: %v", err)
	}
	if _, err := f.Payments.Complete(t.Context(), stack.Connector, payment.Return{}); fault.Code(err) !=
		"state_unknown" {
		t.Errorf("no state: %v", err)
	}
	others := map[string]access.Caller{"state_unknown": stack.Engineer, "not_permitted": stack.Auditor}
	for want, other := range others {
		if _, err := f.Payments.Complete(t.Context(), other, back); fault.Code(err) != want {
			t.Errorf("%s completed it: %v", other.Name, err)
		}
	}
	done, err := f.Payments.Complete(t.Context(), stack.Connector, back) // which the others have not used up
	check(t, err)
	f.want(done, payment.Confirmed, pis.StatusACSP)
	if _, err := f.Payments.Complete(t.Context(), stack.Connector, back); fault.Code(err) != "state_unknown" {
		t.Errorf("the state worked twice: %v", err)
	}
	again, err := f.Payments.Confirm(t.Context(), stack.Connector, p.ID)
	if err != nil || again.State != payment.Confirmed || f.posts.Load() != 2 {
		t.Errorf("confirmed again: %s, %d writes, %v", again.State, f.posts.Load(), err)
	}
}

// TestReturnIsRepeatedUntilItIsDone: neither an outage nor the end of the program costs the customer's return.
func TestReturnIsRepeatedUntilItIsDone(t *testing.T) {
	f := newFirm(t, stack.Institution)
	p := f.create("pay-1")
	back := f.visit(p.ConsentURL, true)
	f.through(func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		w.WriteHeader(http.StatusServiceUnavailable)
	})
	if _, err := f.Payments.Complete(t.Context(), stack.Connector, back); !errors.Is(err, fault.Unavailable) {
		t.Fatalf("while the bank is down: %v", err)
	}
	// The row as a program leaves it that ends while the bank confirms.
	row, err := f.DB.Payment(t.Context(), p.ID)
	check(t, err)
	row.State, row.SentAt = payment.Confirming, f.Now
	check(t, f.DB.UpdatePayment(t.Context(), row))
	f.through(nil)
	if _, err := f.Payments.Complete(t.Context(), stack.Connector, back); fault.Code(err) !=
		"confirmation_in_progress" ||
		f.posts.Load() != 1 {
		t.Errorf("while a confirmation may be on its way: %v, %d writes", err, f.posts.Load())
	}
	f.Now = f.Now.Add(3 * time.Minute)
	done, err := f.Payments.Complete(t.Context(), stack.Connector, back)
	check(t, err)
	if !done.Status.Positive() || f.posts.Load() != 2 {
		t.Errorf("%s, bank says %s, %d writes", done.State, done.Status, f.posts.Load())
	}
}

// TestReturnsAtOnceConfirmOnce: a state that outlives an outage does not confirm twice.
func TestReturnsAtOnceConfirmOnce(t *testing.T) {
	f := newFirm(t, stack.Institution)
	p := f.create("pay-1")
	back := f.visit(p.ConsentURL, true)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			_, err := f.Payments.Complete(t.Context(), stack.Connector, back)
			if err != nil && !errors.Is(err, fault.Conflict) && !errors.Is(err, fault.Unavailable) &&
				fault.Code(err) != "state_unknown" {
				t.Errorf("at once: %v", err)
			}
		})
	}
	wg.Wait()
	if _, err := f.Payments.Complete(t.Context(), stack.Connector, back); err != nil && fault.Code(err) !=
		"state_unknown" {
		t.Errorf("once more: %v", err)
	}
	if got := f.get(p.ID); !got.Status.Positive() || f.posts.Load() != 2 {
		t.Errorf("%s, %d writes", got.State, f.posts.Load())
	}
}

// TestCancellationThatFailsKeepsTheReturn: the customer approves the payment that was not cancelled.
func TestCancellationThatFailsKeepsTheReturn(t *testing.T) {
	for name, test := range map[string]struct {
		who    access.Caller
		reason pis.Reason
		broken stack.Around
		code   string
	}{
		"no such reason": {stack.Connector, "NOPE", nil, "cancellation_reason_unknown"},
		"bank refuses":   {stack.Connector, pis.ReasonDUPL, failing(409), "payment_state_conflict"},
		"by a person":    {stack.Engineer, pis.ReasonDUPL, failing(403), "payment_change_refused"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFirm(t, stack.Institution)
			p := f.create("pay-1")
			f.through(test.broken)
			if _, err := f.Payments.Cancel(t.Context(), test.who, p.ID, test.reason); fault.Code(err) != test.code {
				t.Fatalf("cancelled: %v", err)
			}
			f.through(nil)
			done, err := f.Payments.Complete(t.Context(), stack.Connector, f.visit(p.ConsentURL, true))
			check(t, err)
			f.want(done, payment.Confirmed, pis.StatusACSP)
		})
	}
}

func TestSameIDIsSamePayment(t *testing.T) {
	f := newFirm(t, stack.Institution)
	p := f.create("pay-1")
	again, err := f.Payments.Create(t.Context(), stack.Connector, f.input("pay-1", func(p *pis.Payment) {
		p.CreditorIBAN = "FR76 3000 6000 0112 3456 7890 189"
		p.Amount, _ = money.ParseDecimal("12.5")
	}))
	if err != nil || again.ID != p.ID || again.ConsentURL != p.ConsentURL {
		t.Errorf("the same request: %+v, %v", again, err)
	}
	_, err = f.Payments.Create(t.Context(), stack.Connector, f.input("pay-1", func(p *pis.Payment) {
		p.Remittance = "Invoice 43"
	}))
	if fault.Code(err) != "payment_id_used" || !errors.Is(err, fault.Conflict) {
		t.Errorf("another request under the id: %v", err)
	}
	var wg sync.WaitGroup
	var made atomic.Int32
	for range 8 {
		wg.Go(func() {
			_, err := f.Payments.Create(t.Context(), stack.Connector, f.input("pay-2"))
			if err == nil {
				made.Add(1)
			} else if c := fault.Code(err); c != "payment_in_progress" && c != "database_unavailable" {
				t.Errorf("at once: %v", err)
			}
		})
	}
	wg.Wait()
	if n := f.posts.Load(); n != 2 || made.Load() == 0 {
		t.Errorf("two payments took %d writes", n)
	}
}

// lost has the bank do what it is asked, and its answer never arrive.
func lost(w http.ResponseWriter, r *http.Request, sim http.Handler) {
	if r.Method == http.MethodGet {
		sim.ServeHTTP(w, r)
		return
	}
	header := http.Header{}
	sim.ServeHTTP(discarded{header}, r)
	lostID.Store(path.Base(header.Get("Location")))
	panic(http.ErrAbortHandler)
}

// lostID is the payment whose answer was lost last.
var lostID atomic.Value

type discarded struct{ header http.Header }

func (d discarded) Header() http.Header         { return d.header }
func (d discarded) Write(b []byte) (int, error) { return len(b), nil }
func (d discarded) WriteHeader(int)             {}

func failing(status int) stack.Around {
	return func(w http.ResponseWriter, r *http.Request, sim http.Handler) {
		if r.Method == http.MethodGet {
			sim.ServeHTTP(w, r)
			return
		}
		_, _ = io.Copy(io.Discard, r.Body)
		w.WriteHeader(status)
	}
}

func TestUnclearCreationWaitsForAPerson(t *testing.T) {
	f := newFirm(t, stack.Institution)
	for id, broken := range map[string]stack.Around{"lost": lost, "failed": failing(500), "timed-out": failing(504)} {
		f.posts.Store(0)
		f.through(broken)
		p, err := f.Payments.Create(t.Context(), stack.Connector, f.input(id))
		if fault.Code(err) != "outcome_unknown" || p.State != payment.Unclear || p.FailureCode != "outcome_unknown" {
			t.Fatalf("%s: %+v, %v", id, p, err)
		}
		f.through(nil)
		if _, err := f.Payments.Create(t.Context(), stack.Connector, f.input(id)); fault.Code(err) !=
			"payment_unclear" {
			t.Errorf("%s: created again: %v", id, err)
		}
		if _, err := f.Payments.Confirm(t.Context(), stack.Connector, p.ID); fault.Code(err) != "payment_state" {
			t.Errorf("%s: confirmed: %v", id, err)
		}
		if f.posts.Load() != 1 {
			t.Errorf("%s: %d writes", id, f.posts.Load())
		}
		f.resolve(p, id == "lost")
	}
}

// resolve is what a person does about an unclear payment.
func (f *firm) resolve(p payment.Payment, atBank bool) {
	t, ctx := f.t, f.t.Context()
	t.Helper()
	if _, err := f.Payments.Resolve(ctx, stack.Connector, p.ID, payment.Finding{Reason: "x"}); !errors.Is(err,
		fault.Denied) {
		t.Errorf("a program resolved it: %v", err)
	}
	_, err := f.Payments.Resolve(ctx, stack.Engineer, p.ID, payment.Finding{Reason: " "})
	if fault.Code(err) != "reason_missing" {
		t.Errorf("resolved without a reason: %v", err)
	}
	if !atBank {
		done, err := f.Payments.Resolve(ctx, stack.Engineer, p.ID,
			payment.Finding{Reason: "Support of the bank, ticket 7: no such payment"})
		if err != nil || done.State != payment.NotSent {
			t.Fatalf("%s: %v", done.State, err)
		}
		f.create(p.Order.ID)
		return
	}
	if _, err := f.Payments.Resolve(ctx, stack.Engineer, p.ID, payment.Finding{
		AtBank:     true,
		ResourceID: "../x",
		Reason:     "x",
	}); fault.Code(err) != "resource_id_invalid" {
		t.Errorf("resolved with a path: %v", err)
	}
	other := f.create("another")
	if _, err := f.Payments.Resolve(ctx, stack.Engineer, p.ID, payment.Finding{
		AtBank:     true,
		ResourceID: other.ResourceID,
		Reason:     "x",
	}); fault.Code(err) != "answer_unreadable" {
		t.Errorf("resolved with another payment: %v", err)
	}
	done, err := f.Payments.Resolve(ctx, stack.Engineer, p.ID, payment.Finding{
		AtBank:     true,
		ResourceID: lostID.Load().(string),
		Reason:     "found in the portal",
	})
	check(t, err)
	f.want(done, payment.Created, pis.StatusRCVD)
}

func TestKilledBetweenIntentAndAnswer(t *testing.T) {
	f := newFirm(t, stack.Institution)
	// The row as a program leaves it that ends while the bank works.
	p := f.create("pay-1")
	row, err := f.DB.Payment(t.Context(), p.ID)
	check(t, err)
	row.State, row.ResourceID, row.ConsentURL, row.NextCheck = payment.Creating, "", "", f.Now.Add(2*time.Minute)
	row.ChangedAt = f.Now
	check(t, f.DB.UpdatePayment(t.Context(), row))

	if _, err := f.Payments.Create(t.Context(), stack.Connector, f.input("pay-1")); fault.Code(err) !=
		"payment_in_progress" {
		t.Errorf("while it may still be on its way: %v", err)
	}
	f.Now = f.Now.Add(3 * time.Minute)
	if _, err := f.Payments.Create(t.Context(), stack.Connector, f.input("pay-1")); fault.Code(err) !=
		"payment_unclear" {
		t.Errorf("later: %v", err)
	}
	n, err := f.Payments.Poll(t.Context())
	check(t, err)
	got := f.get(p.ID)
	if n != 1 || got.State != payment.Unclear || got.Failure == "" || f.posts.Load() != 1 {
		t.Errorf("%d due, %+v, %d writes", n, got, f.posts.Load())
	}
}

func TestPaymentThatNeverLeftMayBeSentAgain(t *testing.T) {
	f := newFirm(t, stack.Institution)
	f.through(failing(429))
	p, err := f.Payments.Create(t.Context(), stack.Connector, f.input("pay-1"))
	if p.State != payment.NotSent || err == nil {
		t.Fatalf("%s, %v", p.State, err)
	}
	f.through(nil)
	if again := f.create("pay-1"); again.ID != p.ID {
		t.Error("it became another payment")
	}
}

func TestBankRefuses(t *testing.T) {
	f := newFirm(t, stack.Institution)
	f.through(failing(400))
	p, err := f.Payments.Create(t.Context(), stack.Connector, f.input("pay-1"))
	if p.State != payment.Refused || fault.Code(err) != p.FailureCode || p.Failure == "" {
		t.Fatalf("%+v, %v", p, err)
	}
	again, second := f.Payments.Create(t.Context(), stack.Connector, f.input("pay-1"))
	if first, _, _ := fault.Public(err); again.ID != p.ID || fault.Code(second) != p.FailureCode || !errors.Is(second,
		first) || f.posts.Load() != 1 {
		t.Errorf("the same request: %v, first %v, %d writes", second, err, f.posts.Load())
	}
	f.through(func(w http.ResponseWriter, _ *http.Request, _ http.Handler) { // case 18
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, `{"_links":{}}`)
	})
	if p, err = f.Payments.Create(t.Context(), stack.Connector, f.input("pay-2")); p.State != payment.Refused ||
		fault.Code(err) != "payment_creation_unusable" {
		t.Errorf("no page for the customer: %+v, %v", p, err)
	}
}

func TestUnclearConfirmation(t *testing.T) {
	for name, test := range map[string]struct {
		broken stack.Around
		state  payment.State
		code   string
	}{
		"done, answer lost": {lost, payment.Completed, ""},
		"not done":          {failing(500), payment.Confirming, "outcome_unknown"},
		"refused, case 15":  {failing(403), payment.Created, "confirmation_refused"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFirm(t, stack.Institution)
			p := f.create("pay-1")
			back := f.visit(p.ConsentURL, true)
			f.through(test.broken)
			done, err := f.Payments.Complete(t.Context(), stack.Connector, back)
			if fault.Code(err) != test.code || done.State != test.state && (test.state != payment.Completed ||
				done.State != payment.Confirmed) {
				t.Fatalf("%s, bank says %s, %v", done.State, done.Status, err)
			}
			f.through(nil)
			if test.state == payment.Confirming {
				_, err := f.Payments.Confirm(t.Context(), stack.Connector, p.ID)
				if fault.Code(err) != "confirmation_in_progress" {
					t.Errorf("confirmed again at once: %v", err)
				}
				f.Now = f.Now.Add(3 * time.Minute)
			}
			if done, err = f.Payments.Confirm(t.Context(), stack.Connector, p.ID); err != nil ||
				!done.Status.Positive() {
				t.Errorf("in the end %s, %s, %v", done.State, done.Status, err)
			}
			want := int32(3) // create, the broken confirmation, the good one
			if test.broken != nil && test.state == payment.Completed {
				want = 2
			}
			if n := f.posts.Load(); n != want {
				t.Errorf("%d writes, want %d", n, want)
			}
		})
	}
}

func TestConfirmationTooEarlyAndTooLate(t *testing.T) {
	f := newFirm(t, stack.Institution)
	p := f.create("pay-1")
	if _, err := f.Payments.Confirm(t.Context(), stack.Connector, p.ID); err == nil || f.posts.Load() > 2 {
		t.Errorf("confirmed before the customer approved: %v", err)
	}
	back := f.visit(p.ConsentURL, true)
	f.Now = p.Order.ConfirmBy.Add(-10 * time.Second)
	if _, err := f.Payments.Complete(t.Context(), stack.Connector, back); fault.Code(err) != "cut_off_passed" ||
		!strings.Contains(err.Error(), "17:30") {
		t.Errorf("confirmed after the cut-off: %v", err)
	}
	f.Now = p.Order.ConfirmBy.Add(-time.Minute)
	done, err := f.Payments.Confirm(t.Context(), stack.Connector, p.ID)
	if err != nil || done.State != payment.Confirmed {
		t.Errorf("just in time: %s, %v", done.State, err)
	}
}

func TestCancel(t *testing.T) {
	f := newFirm(t, stack.Institution)
	p := f.create("pay-1")
	_, err := f.Payments.Cancel(t.Context(), stack.Connector, p.ID, "AC01")
	if fault.Code(err) != "cancellation_reason_unknown" {
		t.Errorf("a reason that is none: %v", err)
	}
	done, err := f.Payments.Cancel(t.Context(), stack.Connector, p.ID, pis.ReasonDS02)
	check(t, err)
	f.want(done, payment.Cancelled, pis.StatusCANC)
	if again, err := f.Payments.Cancel(t.Context(), stack.Connector, p.ID, pis.ReasonDS02); err != nil ||
		again.State != payment.Cancelled {
		t.Errorf("again: %s, %v", again.State, err)
	}

	// A future payment can be cancelled after its confirmation too.
	p = f.create("pay-2", kind("future", f.Now.AddDate(0, 0, 20).Format("2006-01-02")))
	_, err = f.Payments.Complete(t.Context(), stack.Connector, f.visit(p.ConsentURL, true))
	check(t, err)
	done, err = f.Payments.Cancel(t.Context(), stack.Connector, p.ID, pis.ReasonFRAD)
	check(t, err)
	f.want(done, payment.Cancelled, pis.StatusCANC)

	// What is paid cannot be.
	p = f.create("pay-3", kind("instant", ""))
	_, err = f.Payments.Complete(t.Context(), stack.Connector, f.visit(p.ConsentURL, true))
	check(t, err)
	if done, err = f.Payments.Cancel(t.Context(), stack.Connector, p.ID, pis.ReasonTECH); err == nil ||
		done.State != payment.Completed {
		t.Errorf("a paid payment: %s, %v", done.State, err)
	}

	// A cancellation whose answer is lost is found out.
	p = f.create("pay-4")
	f.through(lost)
	done, err = f.Payments.Cancel(t.Context(), stack.Connector, p.ID, pis.ReasonDUPL)
	check(t, err)
	f.want(done, payment.Cancelled, pis.StatusCANC)
}

func TestPoll(t *testing.T) {
	f := newFirm(t, stack.Institution)
	p := f.create("pay-1")
	if n, err := f.Payments.Poll(t.Context()); n != 0 || err != nil {
		t.Errorf("at once %d are due, %v", n, err)
	}
	var waits []time.Duration
	for range 12 {
		row, err := f.DB.Payment(t.Context(), p.ID)
		check(t, err)
		waits = append(waits, row.NextCheck.Sub(f.Now).Round(time.Second))
		f.Now = row.NextCheck
		if n, err := f.Payments.Poll(t.Context()); n != 1 || err != nil {
			t.Fatalf("%d looked at, %v", n, err)
		}
	}
	if waits[0] != 30*time.Second || waits[3] != 4*time.Minute || waits[11] != 6*time.Hour {
		t.Errorf("it waits %v", waits)
	}
	f.Now = f.Now.AddDate(0, 0, 31)
	_, err := f.Payments.Poll(t.Context())
	check(t, err)
	row, err := f.DB.Payment(t.Context(), p.ID)
	if err != nil || row.State != payment.Expired || !row.NextCheck.IsZero() {
		t.Errorf("after a month: %s, %v", row.State, err)
	}
}

func TestWhoMayPay(t *testing.T) {
	f := newFirm(t, stack.Institution)
	p := f.create("pay-1")
	for _, who := range []access.Caller{stack.Officer, stack.Auditor} {
		_, create := f.Payments.Create(t.Context(), who, f.input("pay-2"))
		_, get := f.Payments.Get(t.Context(), who, p.ID)
		_, confirm := f.Payments.Confirm(t.Context(), who, p.ID)
		_, cancel := f.Payments.Cancel(t.Context(), who, p.ID, pis.ReasonDS02)
		_, list := f.Payments.Page(t.Context(), who, payment.Listed.Query())
		for i, err := range []error{create, get, confirm, cancel, list} {
			if !errors.Is(err, fault.Denied) {
				t.Errorf("%s, %d: %v", who.Name, i, err)
			}
		}
	}
	if f.posts.Load() != 1 {
		t.Error("something was sent")
	}
	report, err := f.Audit.Verify(t.Context())
	if err != nil || report.Broken != nil {
		t.Errorf("%+v, %v", report, err)
	}
}

// TestProgramsKnowTheirOwnPayments: for another program there are none, for people there are all.
func TestProgramsKnowTheirOwnPayments(t *testing.T) {
	f := newFirm(t, stack.Institution)
	p := f.create("pay-1")
	f.visit(p.ConsentURL, true)
	other := access.Caller{ID: "another", Name: "another service", Grant: stack.Everything}
	_, get := f.Payments.Get(t.Context(), other, p.ID)
	_, confirm := f.Payments.Confirm(t.Context(), other, p.ID)
	_, cancel := f.Payments.Cancel(t.Context(), other, p.ID, pis.ReasonDS02)
	for i, err := range []error{get, confirm, cancel} {
		if fault.Code(err) != "not_found" || !errors.Is(err, fault.NotFound) {
			t.Errorf("%d: %v", i, err)
		}
	}
	if same, err := f.Payments.Create(t.Context(), other, f.input("pay-1")); fault.Code(err) != "payment_id_used" ||
		same.ConsentURL != "" {
		t.Errorf("the same request: %+v, %v", same, err)
	}
	for who, want := range map[*access.Caller]int{&other: 0, &stack.Connector: 1, &stack.Engineer: 1} {
		if all, err := f.Payments.Page(t.Context(), *who, payment.Listed.Query()); err != nil ||
			len(all.Items) != want {
			t.Errorf("%s sees %d, %v", who.Name, len(all.Items), err)
		}
	}
	done, err := f.Payments.Confirm(t.Context(), stack.Engineer, p.ID)
	check(t, err)
	f.want(done, payment.Confirmed, pis.StatusACSP)
}

func TestPaymentsNeedTheSubscription(t *testing.T) {
	f := newFirm(t, stack.Institution)
	check(t, f.Registrations.SetStep(t.Context(), stack.Engineer, f.registration, "subscribe_pisp", "todo", ""))
	_, err := f.Payments.Create(t.Context(), stack.Connector, f.input("pay-1"))
	if fault.Code(err) != "payments_not_subscribed" {
		t.Errorf("without a subscription: %v", err)
	}
}
