package pis

import (
	"slices"
	"time"

	"github.com/sealkeeper/sealkeeper/connector/calendar"
	"github.com/sealkeeper/sealkeeper/connector/money"
	"github.com/sealkeeper/sealkeeper/connector/sepa"
	"github.com/sealkeeper/sealkeeper/fault"
)

// Payment is one SEPA credit transfer in euro, whatever the bank.
type Payment struct {
	ID            string // paymentInformationId: ours, and the bank's key against duplicates
	Kind          Kind
	Amount        money.Decimal
	Currency      string
	Initiator     string // our firm's name
	DebtorIBAN    string // empty: the customer chooses at the bank
	CreditorName  string
	CreditorIBAN  string
	CreditorBIC   string // optional
	Reference     string // endToEndId, which the creditor sees; empty: the ID
	Remittance    string // the line the creditor reads
	ExecutionDate calendar.Date
	SuccessURL    string // where the bank sends the customer back to
	FailureURL    string
}

// Plan is a payment that was checked, with its moments.
type Plan struct {
	Payment
	CreatedAt time.Time
	ExecuteAt time.Time
	ConfirmBy time.Time // the bank's cut-off; zero where there is none
	Moved     bool      // to a later day than was asked for
}

// Plan checks a payment against SEPA's rules and the bank's, and says
// when it will be executed. Nothing is sent. What is wrong is a fault.Invalid
// error whose sentence says what to do.
func (c *Client) Plan(p Payment) (Plan, error) {
	rules := c.cfg.Settings
	if err := c.takes(p.Kind); err != nil {
		return Plan{}, err
	}
	p, err := checkedPayment(p, rules)
	if err != nil {
		return Plan{}, err
	}
	bank, err := rules.clock(c.cfg.Zone)
	if err != nil {
		return Plan{}, fault.Wrap(err, fault.Invalid, "profile_invalid",
			"Correct the payment settings in the bank's profile.")
	}
	return bank.plan(p, rules, c.cfg.Now())
}

func (c *Client) takes(kind Kind) error {
	if c.cfg.BaseURL == "" || len(c.cfg.Settings.Kinds) == 0 {
		return fault.New(fault.Invalid, "payments_not_offered",
			"This bank does not accept payments here; its profile names no address or no kind of payment.")
	}
	if !slices.Contains(c.cfg.Settings.Kinds, kind) {
		return fault.New(fault.Invalid, "payment_kind_unknown",
			"This bank accepts payments of the kinds %v; choose one of them.", c.cfg.Settings.Kinds)
	}
	return nil
}

// plan chooses the day. Settlement days are TARGET's; a transfer made too
// close to the cut-off could be approved before it and confirmed after it.
func (b clock) plan(p Payment, rules Settings, now time.Time) (Plan, error) {
	planned := Plan{Payment: p, CreatedAt: now.In(b.zone).Truncate(time.Millisecond)}
	today := calendar.Of(now, b.zone)
	day, asked := p.ExecutionDate, p.ExecutionDate
	switch {
	case p.Kind == Future && !today.Before(day):
		return planned, badPayment("execution_date_invalid",
			"A future payment needs a day after today, %s; give one, or choose another kind.", today)
	case p.Kind == Future && today.AddDays(rules.MaxDaysAhead).Before(day):
		return planned, badPayment("execution_date_invalid",
			"The bank accepts payments at most %d days ahead; choose a day no later than %s.", rules.MaxDaysAhead,
			today.AddDays(rules.MaxDaysAhead))
	case p.Kind != Future && !day.IsZero() && day != today:
		return planned, badPayment("execution_date_invalid",
			"A payment of the kind %s is executed today; leave the day out, or choose the kind future.", p.Kind)
	case p.Kind == Instant:
		planned.ExecuteAt = planned.CreatedAt.Add(time.Duration(rules.ExecutionLead))
		return planned, nil
	case p.Kind == Single:
		asked, day = today, today
		if !now.Before(today.At(b.cutOff, b.zone).Add(-time.Duration(rules.CutOffMargin))) {
			day = today.AddDays(1)
		}
	}
	day = sepa.NextBusinessDay(day)
	planned.Moved = asked != day
	planned.ConfirmBy = day.At(b.cutOff, b.zone)
	planned.ExecuteAt = day.At(b.execution, b.zone)
	if day == today {
		planned.ExecuteAt = planned.CreatedAt.Add(time.Duration(rules.ExecutionLead))
	}
	return planned, nil
}
