package api

import (
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/connector/money"
	"github.com/sealkeeper/sealkeeper/connector/pis"
)

// NewPayment is a SEPA transfer to be sent to the bank.
type NewPayment struct {
	RegistrationID       string   `json:"registration_id"`
	PaymentInformationID string   `json:"payment_information_id"` // your id: never give it twice
	Kind                 pis.Kind `json:"kind,omitempty"`         // empty: single
	Amount               Amount   `json:"amount"`
	Currency             string   `json:"currency,omitempty"`    // empty: EUR
	DebtorIBAN           string   `json:"debtor_iban,omitempty"` // empty: the customer chooses
	CreditorName         string   `json:"creditor_name"`
	CreditorIBAN         string   `json:"creditor_iban"`
	CreditorBIC          string   `json:"creditor_bic,omitempty"`
	Reference            string   `json:"reference,omitempty"`      // end to end; empty: your id
	Remittance           string   `json:"remittance"`               // the line the creditor reads
	ExecutionDate        string   `json:"execution_date,omitempty"` // 2006-01-02, of a future payment
	RedirectURI          string   `json:"redirect_uri,omitempty"`   // empty: the application's first
	CustomerIP           string   `json:"customer_ip,omitempty"`    // told to the bank and not kept
}

// Amount is a sum as it is written, 124.35: its notation counts, so that nobody makes a float of it.
type Amount string

// UnmarshalJSON takes a number too, as it is written.
func (a *Amount) UnmarshalJSON(b []byte) error {
	*a = Amount(strings.Trim(string(b), `"`))
	return nil
}

// Payment is a SEPA transfer and what has become of it.
type Payment struct {
	ID                   string        `json:"id"`
	RegistrationID       string        `json:"registration_id"`
	PaymentInformationID string        `json:"payment_information_id"` // your id of it
	Kind                 pis.Kind      `json:"kind"`
	Amount               money.Decimal `json:"amount"`
	Currency             string        `json:"currency"`
	DebtorIBAN           string        `json:"debtor_iban"`
	CreditorName         string        `json:"creditor_name"`
	CreditorIBAN         string        `json:"creditor_iban"`
	CreditorBIC          string        `json:"creditor_bic"`
	Reference            string        `json:"reference"`
	Remittance           string        `json:"remittance"`
	State                PaymentState  `json:"state"`
	ConsentURL           string        `json:"consent_url"` // where the customer approves it
	CancelURL            string        `json:"cancel_url"`  // where the customer approves its cancellation
	BankID               string        `json:"bank_id"`     // the bank's id of it; empty while it has none
	Status               pis.Status    `json:"status"`      // the bank's word; empty until it was asked
	StatusMeaning        string        `json:"status_meaning"`
	Reason               pis.Reason    `json:"reason"` // the bank's word for why it is not executed
	ReasonMeaning        string        `json:"reason_meaning"`
	FailureCode          string        `json:"failure_code"` // why it is not where it was meant to be
	Failure              string        `json:"failure"`      // the same as a sentence
	Note                 string        `json:"note"`         // what a person found out about it
	ExecuteAt            *time.Time    `json:"execute_at"`
	ConfirmBy            *time.Time    `json:"confirm_by"` // the bank's cut-off; nil: there is none
	Moved                bool          `json:"moved"`      // to the next business day
	CreatedAt            time.Time     `json:"created_at"`
	ConfirmedAt          *time.Time    `json:"confirmed_at"`
	CheckedAt            *time.Time    `json:"checked_at"` // when the bank last said the status
}

// PaymentState is how far a payment is for us; docs/api.md has a diagram.
type PaymentState string

// The states of a payment.
const (
	PaymentCreating   PaymentState = "creating"   // recorded, on its way to the bank
	PaymentNotSent    PaymentState = "not_sent"   // it never reached the bank; the same request may be made again
	PaymentRefused    PaymentState = "refused"    // the bank did not take it
	PaymentUnclear    PaymentState = "unclear"    // nobody knows whether the bank has it
	PaymentCreated    PaymentState = "created"    // the bank has it, the customer has to approve it
	PaymentDeclined   PaymentState = "declined"   // the customer came back without approving it
	PaymentConfirming PaymentState = "confirming" // the confirmation is on its way, or its outcome is unknown
	PaymentConfirmed  PaymentState = "confirmed"  // the bank will execute it, or is executing it
	PaymentCompleted  PaymentState = "completed"  // the money has left the debtor's account
	PaymentRejected   PaymentState = "rejected"   // the bank will not execute it
	PaymentCancelled  PaymentState = "cancelled"  // it is not executed
	PaymentExpired    PaymentState = "expired"    // the bank no longer says what became of it
)

// PaymentReturn is what the customer's browser brought back from the bank.
type PaymentReturn struct {
	State string `json:"state"`
	Code  string `json:"code,omitempty"`  // at banks that send one
	Error string `json:"error,omitempty"` // the customer did not approve
}

// CancelPayment asks the bank not to execute a payment.
type CancelPayment struct {
	Reason pis.Reason `json:"reason"` // one of those with a constant in package connector
}

// ResolvePayment records what the bank said of a payment of which nobody knew whether it has it.
type ResolvePayment struct {
	AtBank     bool   `json:"at_bank"`               // the bank has it
	ResourceID string `json:"resource_id,omitempty"` // then: the bank's id of it
	Reason     string `json:"reason"`                // who was asked and what they said
}
