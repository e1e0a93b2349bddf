package payment

import (
	"encoding/json"
	"errors"
	"slices"
	"time"
)

// Status is a paymentInformationStatus or transactionStatus.
type Status string

// The statuses this bank gives.
const (
	RCVD Status = "RCVD" // received
	PDNG Status = "PDNG" // the customer is on the bank's page
	ACCP Status = "ACCP" // the customer authenticated and the profile is good; nothing is paid yet
	ACTC Status = "ACTC" // of a transfer: may still be cancelled
	PATC Status = "PATC" // another signatory must approve
	ACSP Status = "ACSP" // confirmed, settlement in process
	ACWC Status = "ACWC" // confirmed, with another date than asked for
	ACSC Status = "ACSC" // settled: money has left
	PART Status = "PART" // some transfers were settled, others refused
	CANC Status = "CANC"
	RJCT Status = "RJCT"
)

// Reasons of refusals and cancellations (STET 1.4.2 section 4.1.7).
var reasons = []string{"AC01", "AC04", "AC06", "AG01", "AM18", "CH03", "CUST", "DS02", "DUPL", "FF01", "FRAD", "MS03",
	"NOAS", "RR01", "RR03", "RR04", "RR12", "TECH"}

// KnownReason reports whether STET lists this reason code.
func KnownReason(code string) bool { return slices.Contains(reasons, code) }

// Refusals of operations on a payment.
var (
	ErrUnknown = errors.New("No such payment request")
	ErrIDUsed  = errors.New("The format of the input is not valid: paymentInformationId was used for " +
		"another payment request")
	ErrNotAuthenticated = errors.New("The PSU has not authenticated this payment request")
	ErrConfirmed        = errors.New("The payment request has already been confirmed")
	ErrOver             = errors.New("The payment request has ended")
	ErrOtherChange      = errors.New("Only a cancellation is allowed: another part of the payment request was changed")
	ErrBadReason        = errors.New("The format of the input is not valid: statusReasonInformation of a " +
		"cancellation must be DS02, DUPL, FRAD or TECH")
	ErrTooLate = errors.New("The payment request can no longer be cancelled")
)

// Payment is one payment request as the bank has it. Copies that leave the
// book share nothing that changes.
type Payment struct {
	ID          string
	ClientID    string
	Segment     string
	Environment string
	Request     *Request
	Status      Status
	Reason      string
	Created     time.Time
	Answered    time.Time // when the customer decided; zero before
	Confirmed   time.Time // zero before
	Debtor      string    // IBAN: asked for, or chosen by the customer

	body        map[string]any
	parts       []part
	expires     time.Time // of the customer's window
	approvals   int
	moved       bool   // the execution date was changed
	cancelling  string // reason of a cancellation that waits for the customer
	outcome     *Outcome
	cancelParts []int
}

// part is one transfer.
type part struct {
	status   Status
	reason   string
	executes time.Time
}

// Ended reports whether nothing will change any more.
func (p *Payment) Ended() bool {
	return slices.Contains([]Status{ACSC, PART, CANC, RJCT}, p.Status)
}

// Cancelling reports whether the customer is asked to approve a cancellation.
func (p *Payment) Cancelling() bool { return p.cancelling != "" }

// Executes returns when transfer i will be executed.
func (p *Payment) Executes(i int) time.Time { return p.parts[i].executes }

// Resource is the payment as the API shows it: the request as it came, amounts
// as strings, with what the bank adds.
func (p *Payment) Resource() map[string]any {
	shown, _ := asStrings(clone(p.body)).(map[string]any)
	shown["resourceId"] = p.ID
	shown["paymentInformationStatus"] = p.Status
	if p.Reason != "" {
		shown["statusReasonInformation"] = p.Reason
	}
	if p.Debtor != "" {
		shown["debtorAccount"] = map[string]any{"iban": p.Debtor}
	}
	if p.moved {
		shown["requestedExecutionDate"] = p.parts[0].executes.Format(time.RFC3339)
	}
	transfers, _ := shown["creditTransferTransaction"].([]any)
	for i, t := range transfers {
		transfer, ok := t.(map[string]any)
		if !ok {
			continue
		}
		transfer["transactionStatus"] = p.parts[i].status
		if p.parts[i].reason != "" {
			transfer["statusReasonInformation"] = p.parts[i].reason
		}
	}
	return shown
}

// end puts the payment and every open transfer of it to one end.
func (p *Payment) end(status Status, reason string) {
	p.Status, p.Reason, p.cancelling = status, reason, ""
	for i := range p.parts {
		if s := p.parts[i].status; s != ACSC && s != RJCT && s != CANC {
			p.parts[i].status, p.parts[i].reason = status, reason
		}
	}
}

func (p *Payment) each(status Status) {
	for i := range p.parts {
		if p.parts[i].status != CANC {
			p.parts[i].status = status
		}
	}
}

func (p *Payment) copied() *Payment {
	c := *p
	c.parts = slices.Clone(p.parts)
	return &c
}

// asStrings turns every amount into a string with two places, as this bank does.
func asStrings(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for key, value := range v {
			if amount, ok := value.(json.Number); ok && key == "amount" {
				if cents, err := (&Amount{Amount: json.RawMessage(amount)}).Cents(); err == nil {
					v[key] = Decimal(cents)
				}
				continue
			}
			v[key] = asStrings(value)
		}
	case []any:
		for i := range v {
			v[i] = asStrings(v[i])
		}
	}
	return v
}

func clone(v any) any {
	switch v := v.(type) {
	case map[string]any:
		c := make(map[string]any, len(v))
		for key, value := range v {
			c[key] = clone(value)
		}
		return c
	case []any:
		c := make([]any, len(v))
		for i := range v {
			c[i] = clone(v[i])
		}
		return c
	}
	return v
}
