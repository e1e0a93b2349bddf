package connector

import (
	"fmt"
	"slices"
	"time"

	"github.com/sealkeeper/sealkeeper/connector/duration"
	"github.com/sealkeeper/sealkeeper/connector/money"
)

// PaymentKind is a way of transferring money.
type PaymentKind string

// The payment kinds.
const (
	SinglePayment  PaymentKind = "single"  // as soon as the bank works
	InstantPayment PaymentKind = "instant" // SCT Inst: within seconds, on any day
	FuturePayment  PaymentKind = "future"  // on a day the customer chose
)

// AmountForm is how an amount is written in JSON, always with two decimals.
type AmountForm string

// The amount forms.
const (
	AmountNumber AmountForm = "number" // 124.35
	AmountString AmountForm = "string" // "124.35"
)

// PaymentIDSource is where in the answer to a creation the bank puts the payment's resource id.
type PaymentIDSource string

// The sources.
const (
	IDFromLocation PaymentIDSource = "location" // last segment of the Location header
	IDFromFragment PaymentIDSource = "fragment" // last segment of the consentApproval URL's fragment
	IDFromQuery    PaymentIDSource = "query"    // paymentRequestResourceId in the consentApproval URL
)

// Confirmation is the resource a payment is confirmed at.
type Confirmation string

// The confirmations.
const (
	ConfirmDirect Confirmation = "confirmation"   // with the client's own token
	ConfirmOAuth  Confirmation = "o-confirmation" // with a token of the customer's authorization
)

// PaymentLayout says where beneficiary and execution date stand in a payment request.
type PaymentLayout string

// The layouts.
const (
	LayoutPayment     PaymentLayout = "payment"     // at the top, as STET 1.4.2 has them
	LayoutTransaction PaymentLayout = "transaction" // in the transaction, as STET 1.5 has them
)

// Payments is what transfers a bank takes, and how it wants to be told of them.
type Payments struct {
	Kinds        []PaymentKind `json:"kinds" yaml:"kinds"`                   // empty: none
	AmountForm   AmountForm    `json:"amount_form" yaml:"amount_form"`       //
	MinAmount    string        `json:"min_amount" yaml:"min_amount"`         // "1.50"; empty: one cent
	MaxDaysAhead int           `json:"max_days_ahead" yaml:"max_days_ahead"` // of a future payment
	Layout       PaymentLayout `json:"layout" yaml:"layout"`                 //
	// "08:00": what a chosen day is sent with
	ExecutionTime string `json:"execution_time" yaml:"execution_time"`
	// from creation to execution today: the two must differ
	ExecutionLead duration.Duration `json:"execution_lead" yaml:"execution_lead"`
	// "17:30": confirmed later, a transfer of today is refused
	CutOff string `json:"cut_off" yaml:"cut_off"`
	// this long before it a new transfer goes to the next business day
	CutOffMargin duration.Duration `json:"cut_off_margin" yaml:"cut_off_margin"`
	IDSources    []PaymentIDSource `json:"id_sources" yaml:"id_sources"`     // asked in this order
	Confirmation Confirmation      `json:"confirmation" yaml:"confirmation"` //
	// send {} with it, as STET 1.5 asks
	ConfirmationBody bool `json:"confirmation_body" yaml:"confirmation_body"`
	// statuses in which the customer has approved and the bank waits for us
	ConfirmOn   []PaymentStatus `json:"confirm_on" yaml:"confirm_on"`
	Cancellable bool            `json:"cancellable" yaml:"cancellable"` //
}

// societeGeneralePayments is what two live connectors did. A transfer that is
// not confirmed is not executed.
func societeGeneralePayments() Payments {
	return Payments{
		Kinds:         []PaymentKind{SinglePayment, InstantPayment, FuturePayment},
		AmountForm:    AmountNumber,
		MaxDaysAhead:  365,
		Layout:        LayoutPayment,
		ExecutionTime: "08:00",
		ExecutionLead: duration.Duration(5 * time.Minute),
		CutOff:        "17:30",
		CutOffMargin:  duration.Duration(15 * time.Minute),
		IDSources:     []PaymentIDSource{IDFromLocation, IDFromFragment, IDFromQuery},
		Confirmation:  ConfirmDirect,
		ConfirmOn:     []PaymentStatus{StatusACCP, StatusPDNG},
		Cancellable:   true,
	}
}

func (p Payments) check(note func(string, ...any)) {
	for _, k := range p.Kinds {
		if !slices.Contains([]PaymentKind{SinglePayment, InstantPayment, FuturePayment}, k) {
			note("payments.kinds must be of single, instant and future")
		}
	}
	if p.AmountForm != AmountNumber && p.AmountForm != AmountString {
		note("payments.amount_form must be %q or %q", AmountNumber, AmountString)
	}
	if _, err := p.minCents(); err != nil {
		note("payments.min_amount %v", err)
	}
	if p.Layout != LayoutPayment && p.Layout != LayoutTransaction {
		note("payments.layout must be %q or %q", LayoutPayment, LayoutTransaction)
	}
	if p.Confirmation != ConfirmDirect && p.Confirmation != ConfirmOAuth {
		note("payments.confirmation must be %q or %q", ConfirmDirect, ConfirmOAuth)
	}
	if len(p.IDSources) == 0 || len(p.ConfirmOn) == 0 {
		note("payments.id_sources and payments.confirm_on must not be empty")
	}
	for _, s := range p.IDSources {
		if !slices.Contains([]PaymentIDSource{IDFromLocation, IDFromFragment, IDFromQuery}, s) {
			note("payments.id_sources must be of location, fragment and query")
		}
	}
	if _, err := p.clock(time.UTC); err != nil {
		note("payments %v", err)
	}
	if p.ExecutionLead <= 0 || p.CutOffMargin < 0 || p.MaxDaysAhead < 0 {
		note("payments.execution_lead must be positive, cut_off_margin and max_days_ahead not negative")
	}
}

func (p Payments) minCents() (int64, error) {
	if p.MinAmount == "" {
		return 1, nil
	}
	least, err := money.ParseDecimal(p.MinAmount)
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

func (p Payments) clock(zone *time.Location) (c clock, err error) {
	c.zone = zone
	if c.execution, err = timeOfDay(p.ExecutionTime); err != nil {
		return c, fmt.Errorf("execution_time %w", err)
	}
	if c.cutOff, err = timeOfDay(p.CutOff); err != nil {
		return c, fmt.Errorf("cut_off %w", err)
	}
	return c, nil
}

func timeOfDay(s string) (time.Duration, error) {
	t, err := time.Parse("15:04", s)
	if err != nil {
		return 0, fmt.Errorf("must be of the form 17:30")
	}
	return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute, nil
}
