package payment

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"sync"
	"time"
)

// Rules are what a bank may decide for itself.
type Rules struct {
	Now         func() time.Time
	Window      time.Duration // for the customer to answer; 0 means 10 minutes
	ConfirmIn   time.Duration // for the TPP to confirm after that; 0 means 24 hours
	SettleAfter time.Duration // from confirmation, on the day of execution; 0 settles at the next look
	KeepFor     time.Duration // how long a status can be asked for; 0 means 31 days, STET wants 30
	Calendar    bool          // business days and the 17:30 cut-off count
	LateRefused bool          // with Calendar: what misses the cut-off is refused instead of moved
	Signatories int           // approvals needed; 0 means 1
	CancelSCA   bool          // a cancellation asked for by the PSU (DS02) needs the PSU's approval

	// Settled is told of each settled transfer; nil when nobody wants to know.
	Settled func(p *Payment, transfer int, cents int64)
}

// Debtor is what the bank knows of an account that should pay.
type Debtor struct {
	Payable   bool  // transfers are allowed on this type of account
	Available int64 // cents
}

// Outcome overrules what would become of a payment.
type Outcome struct {
	Reason string // of the refusal
	Part   bool   // refuse the last transfer only
}

// Book holds all payments. It is safe for concurrent use.
type Book struct {
	rules Rules

	mu       sync.Mutex
	byID     map[string]*Payment
	byClient map[string]string // client, segment and paymentInformationId to id
	outcomes []Outcome
}

// NewBook returns an empty book.
func NewBook(rules Rules) *Book {
	for _, d := range []struct {
		value *time.Duration
		unset time.Duration
	}{{&rules.Window, 10 * time.Minute}, {&rules.ConfirmIn, 24 * time.Hour}, {&rules.KeepFor, 31 * 24 * time.Hour}} {
		if *d.value == 0 {
			*d.value = d.unset
		}
	}
	rules.Signatories = max(rules.Signatories, 1)
	return &Book{rules: rules, byID: map[string]*Payment{}, byClient: map[string]string{}}
}

// Owner is who asks: a client at one segment of one environment.
type Owner struct{ ClientID, Environment, Segment string }

// Create takes a request that passed Check. The same request under the same
// paymentInformationId is the same payment, so that a TPP that got no answer
// can ask again; another one under that id is refused.
func (b *Book) Create(owner Owner, body []byte, r *Request) (*Payment, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.rules.Now()
	b.forget(now)
	object, err := decode(body)
	if err != nil {
		return nil, err
	}
	key := fmt.Sprintf("%q", []string{owner.ClientID, owner.Environment, owner.Segment, r.PaymentInformationID})
	if id, ok := b.byClient[key]; ok {
		known := b.byID[id]
		if !same(known.body, object, "creationDateTime") {
			return nil, ErrIDUsed
		}
		return known.copied(), nil
	}
	p := &Payment{
		ID:          uuid(),
		ClientID:    owner.ClientID,
		Environment: owner.Environment,
		Segment:     owner.Segment,
		Request:     r,
		Status:      RCVD,
		Created:     now,
		expires:     now.Add(b.rules.Window),
		body:        object,
	}
	if r.DebtorAccount != nil {
		p.Debtor = r.DebtorAccount.IBAN
	}
	for i := range r.CreditTransferTransaction {
		at, err := r.Execution(i)
		if err != nil {
			return nil, err
		}
		p.parts = append(p.parts, part{status: PDNG, executes: at})
	}
	if len(b.outcomes) > 0 {
		p.outcome, b.outcomes = &b.outcomes[0], b.outcomes[1:]
	}
	b.byID[p.ID], b.byClient[key] = p, p.ID
	return p.copied(), nil
}

// Get returns a payment as it is now, to its owner only.
func (b *Book) Get(owner Owner, id string) (*Payment, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	p, err := b.find(owner, id)
	if err != nil {
		return nil, err
	}
	return p.copied(), nil
}

// All returns every payment, oldest first.
func (b *Book) All() []*Payment {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := make([]*Payment, 0, len(b.byID))
	for _, p := range b.byID {
		b.advance(p)
		all = append(all, p.copied())
	}
	slices.SortFunc(all, func(x, y *Payment) int { return x.Created.Compare(y.Created) })
	return all
}

// Script overrules the next payments created, one each.
func (b *Book) Script(outcomes ...Outcome) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.outcomes = append(b.outcomes, outcomes...)
}

func (b *Book) find(owner Owner, id string) (*Payment, error) {
	p := b.byID[id]
	if p == nil || (Owner{p.ClientID, p.Environment, p.Segment}) != owner {
		return nil, ErrUnknown
	}
	b.advance(p)
	return p, nil
}

// forget drops what is older than statuses are kept.
func (b *Book) forget(now time.Time) {
	maps.DeleteFunc(b.byClient, func(_, id string) bool { return now.Sub(b.byID[id].Created) > b.rules.KeepFor })
	maps.DeleteFunc(b.byID, func(_ string, p *Payment) bool { return now.Sub(p.Created) > b.rules.KeepFor })
}

func decode(body []byte) (map[string]any, error) {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var object map[string]any
	if err := decoder.Decode(&object); err != nil || object == nil {
		return nil, errNotJSON
	}
	return object, nil
}

// same compares two requests by meaning, leaving some top-level fields out.
func same(a, b map[string]any, without ...string) bool {
	strip := func(m map[string]any) any {
		c, _ := clone(m).(map[string]any)
		for _, field := range without {
			delete(c, field)
		}
		return normal(c)
	}
	return reflect.DeepEqual(strip(a), strip(b))
}

// normal writes amounts and times in one way and drops nulls, so that a
// payment read back from the API equals the one sent.
func normal(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for key, value := range v {
			if value == nil {
				delete(v, key)
				continue
			}
			v[key] = normal(value)
		}
	case []any:
		for i := range v {
			v[i] = normal(v[i])
		}
	case json.Number:
		return normal(v.String())
	case string:
		if cents, err := (&Amount{Amount: json.RawMessage(v)}).Cents(); err == nil {
			return Decimal(cents)
		}
		if t, err := parseTime(v); err == nil {
			return t.UTC().Format(time.RFC3339Nano)
		}
	}
	return v
}

// uuid is a random (version 4) UUID.
func uuid() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
