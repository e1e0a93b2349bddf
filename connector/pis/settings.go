package pis

import (
	"fmt"
	"slices"
	"time"

	"github.com/sealkeeper/sealkeeper/connector/duration"
	"github.com/sealkeeper/sealkeeper/connector/money"
)

// Kind is a way of transferring money.
type Kind string

// The payment kinds.
const (
	Single  Kind = "single"  // as soon as the bank works
	Instant Kind = "instant" // SCT Inst: within seconds, on any day
	Future  Kind = "future"  // on a day the customer chose
)

// AmountForm is how an amount is written in JSON, always with two decimals.
type AmountForm string

// The amount forms.
const (
	AmountNumber AmountForm = "number" // 124.35
	AmountString AmountForm = "string" // "124.35"
)

// IDSource is where in the answer to a creation the bank puts the payment's resource id.
type IDSource string

// The sources.
const (
	IDFromLocation IDSource = "location" // last segment of the Location header
	IDFromFragment IDSource = "fragment" // last segment of the consentApproval URL's fragment
	IDFromQuery    IDSource = "query"    // paymentRequestResourceId in the consentApproval URL
)

// Confirmation is the resource a payment is confirmed at.
type Confirmation string

// The confirmations.
const (
	ConfirmDirect Confirmation = "confirmation"   // with the client's own token
	ConfirmOAuth  Confirmation = "o-confirmation" // with a token of the customer's authorization
)

// Layout says where beneficiary and execution date stand in a payment request.
type Layout string

// The layouts.
const (
	LayoutPayment     Layout = "payment"     // at the top, as STET 1.4.2 has them
	LayoutTransaction Layout = "transaction" // in the transaction, as STET 1.5 has them
)

// Settings say what transfers a bank takes, and how it wants to be told of them.
type Settings struct {
	Kinds        []Kind     `json:"kinds" yaml:"kinds"`                   // empty: none
	AmountForm   AmountForm `json:"amount_form" yaml:"amount_form"`       //
	MinAmount    string     `json:"min_amount" yaml:"min_amount"`         // "1.50"; empty: one cent
	MaxDaysAhead int        `json:"max_days_ahead" yaml:"max_days_ahead"` // of a future payment
	Layout       Layout     `json:"layout" yaml:"layout"`                 //
	// "08:00": what a chosen day is sent with
	ExecutionTime string `json:"execution_time" yaml:"execution_time"`
	// from creation to execution today: the two must differ
	ExecutionLead duration.Duration `json:"execution_lead" yaml:"execution_lead"`
	// "17:30": confirmed later, a transfer of today is refused
	CutOff string `json:"cut_off" yaml:"cut_off"`
	// this long before it a new transfer goes to the next business day
	CutOffMargin duration.Duration `json:"cut_off_margin" yaml:"cut_off_margin"`
	IDSources    []IDSource        `json:"id_sources" yaml:"id_sources"`     // asked in this order
	Confirmation Confirmation      `json:"confirmation" yaml:"confirmation"` //
	// send {} with it, as STET 1.5 asks
	ConfirmationBody bool `json:"confirmation_body" yaml:"confirmation_body"`
	// statuses in which the customer has approved and the bank waits for us
	ConfirmOn   []Status `json:"confirm_on" yaml:"confirm_on"`
	Cancellable bool     `json:"cancellable" yaml:"cancellable"` //
}

// Problems says what is wrong with the settings, each beginning with the key it is about; nil for nothing.
func (s Settings) Problems() []string {
	var all []string
	note := func(format string, args ...any) { all = append(all, fmt.Sprintf(format, args...)) }
	for _, k := range s.Kinds {
		if !slices.Contains([]Kind{Single, Instant, Future}, k) {
			note("kinds must be of single, instant and future")
		}
	}
	if s.AmountForm != AmountNumber && s.AmountForm != AmountString {
		note("amount_form must be %q or %q", AmountNumber, AmountString)
	}
	if _, err := s.minCents(); err != nil {
		note("min_amount %v", err)
	}
	if s.Layout != LayoutPayment && s.Layout != LayoutTransaction {
		note("layout must be %q or %q", LayoutPayment, LayoutTransaction)
	}
	if s.Confirmation != ConfirmDirect && s.Confirmation != ConfirmOAuth {
		note("confirmation must be %q or %q", ConfirmDirect, ConfirmOAuth)
	}
	if len(s.IDSources) == 0 || len(s.ConfirmOn) == 0 {
		note("id_sources and confirm_on must not be empty")
	}
	for _, source := range s.IDSources {
		if !slices.Contains([]IDSource{IDFromLocation, IDFromFragment, IDFromQuery}, source) {
			note("id_sources must be of location, fragment and query")
		}
	}
	if _, err := s.clock(time.UTC); err != nil {
		note("%v", err)
	}
	if s.ExecutionLead <= 0 || s.CutOffMargin < 0 || s.MaxDaysAhead < 0 {
		note("execution_lead must be positive, cut_off_margin and max_days_ahead not negative")
	}
	return all
}

func (s Settings) minCents() (int64, error) {
	if s.MinAmount == "" {
		return 1, nil
	}
	least, err := money.ParseDecimal(s.MinAmount)
	if err != nil {
		return 0, err
	}
	return cents(least)
}

// clock is the bank's clock, parsed.
type clock struct {
	zone              *time.Location
	execution, cutOff time.Duration // since midnight
}

func (s Settings) clock(zone *time.Location) (c clock, err error) {
	c.zone = zone
	if c.execution, err = timeOfDay(s.ExecutionTime); err != nil {
		return c, fmt.Errorf("execution_time %w", err)
	}
	if c.cutOff, err = timeOfDay(s.CutOff); err != nil {
		return c, fmt.Errorf("cut_off %w", err)
	}
	return c, nil
}

func timeOfDay(text string) (time.Duration, error) {
	t, err := time.Parse("15:04", text)
	if err != nil {
		return 0, fmt.Errorf("must be of the form 17:30")
	}
	return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute, nil
}
