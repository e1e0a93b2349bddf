// Package payment answers what becomes of a payment request at a STET bank:
// which requests are taken, and through which states a request goes from its
// reception to the settlement. It knows no HTTP and no clock of its own.
package payment

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"time"
)

// Request is the part of STET's PaymentRequestResource that the bank reads.
// The rest of the body is kept and echoed as it came.
type Request struct {
	PaymentInformationID      string          `json:"paymentInformationId"`
	CreationDateTime          string          `json:"creationDateTime"`
	NumberOfTransactions      int             `json:"numberOfTransactions"`
	InitiatingParty           *Party          `json:"initiatingParty"`
	PaymentTypeInformation    *TypeInfo       `json:"paymentTypeInformation"`
	DebtorAccount             *Account        `json:"debtorAccount"`
	DebtorAgent               *Agent          `json:"debtorAgent"`
	Beneficiary               *Beneficiary    `json:"beneficiary"`
	ChargeBearer              string          `json:"chargeBearer"`
	RequestedExecutionDate    string          `json:"requestedExecutionDate"`
	CreditTransferTransaction []*Transaction  `json:"creditTransferTransaction"`
	SupplementaryData         *Supplementary  `json:"supplementaryData"`
	Status                    string          `json:"paymentInformationStatus"`
	Reason                    string          `json:"statusReasonInformation"`
	ResourceID                json.RawMessage `json:"resourceId"`
	FundsAvailability         json.RawMessage `json:"fundsAvailability"`
	Booking                   json.RawMessage `json:"booking"`
}

// Party is a person or a firm.
type Party struct {
	Name          string   `json:"name"`
	PostalAddress *Address `json:"postalAddress"`
}

// Address is a postal address; SEPA takes two free lines.
type Address struct {
	Country     string   `json:"country"`
	AddressLine []string `json:"addressLine"`
}

// Account is an account by its IBAN.
type Account struct {
	IBAN string `json:"iban"`
}

// Agent is a bank by its BIC.
type Agent struct {
	BICFI string `json:"bicFi"`
}

// TypeInfo says which kind of transfer is wanted.
type TypeInfo struct {
	InstructionPriority string `json:"instructionPriority"`
	ServiceLevel        string `json:"serviceLevel"`
	LocalInstrument     string `json:"localInstrument"`
	CategoryPurpose     string `json:"categoryPurpose"`
}

// Beneficiary is who is paid.
type Beneficiary struct {
	Creditor        *Party   `json:"creditor"`
	CreditorAccount *Account `json:"creditorAccount"`
	CreditorAgent   *Agent   `json:"creditorAgent"`
}

// Transaction is one transfer of a request.
type Transaction struct {
	PaymentID              *ID          `json:"paymentId"`
	InstructedAmount       *Amount      `json:"instructedAmount"`
	RequestedExecutionDate string       `json:"requestedExecutionDate"`
	Frequency              string       `json:"frequency"`
	Beneficiary            *Beneficiary `json:"beneficiary"`
	Remittance             *struct {
		Unstructured []string `json:"unstructured"`
	} `json:"remittanceInformation"`
	Status string `json:"transactionStatus"`
	Reason string `json:"statusReasonInformation"`
}

// ID holds the references of a transfer.
type ID struct {
	InstructionID string `json:"instructionId"`
	EndToEndID    string `json:"endToEndId"`
}

// Amount is an amount as it came: a JSON number or a string of one.
type Amount struct {
	Amount   json.RawMessage `json:"amount"`
	Currency string          `json:"currency"`
}

// Supplementary is about how the customer is authenticated.
type Supplementary struct {
	AcceptedAuthenticationApproach []string `json:"acceptedAuthenticationApproach"`
	SuccessfulReportURL            string   `json:"successfulReportUrl"`
	UnsuccessfulReportURL          string   `json:"unsuccessfulReportUrl"`
}

var errNotJSON = errors.New("The format of the input is not valid: the body is not one JSON object of the " +
	"expected types")

// Parse reads a body. It checks the form only; Check knows the rules.
func Parse(body []byte) (*Request, error) {
	var r *Request
	decoder := json.NewDecoder(bytes.NewReader(body))
	if err := decoder.Decode(&r); err != nil || r == nil {
		return nil, errNotJSON
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errNotJSON
	}
	return r, nil
}

// Instant reports whether an instant transfer is asked for.
func (r *Request) Instant() bool {
	return r.PaymentTypeInformation != nil && r.PaymentTypeInformation.LocalInstrument == "INST"
}

// Total is the sum of all transfers in cents.
func (r *Request) Total() int64 {
	var sum int64
	for _, t := range r.CreditTransferTransaction {
		cents, _ := t.InstructedAmount.Cents() // Check has seen to it
		sum += cents
	}
	return sum
}

// Execution returns when transfer i is wanted: its own date, or the request's.
func (r *Request) Execution(i int) (time.Time, error) {
	text := r.CreditTransferTransaction[i].RequestedExecutionDate
	if text == "" {
		text = r.RequestedExecutionDate
	}
	return parseTime(text)
}

// Payee returns whom transfer i pays: its own beneficiary, or the request's.
func (r *Request) Payee(i int) *Beneficiary {
	if b := r.CreditTransferTransaction[i].Beneficiary; b != nil {
		return b
	}
	return r.Beneficiary
}

// parseTime reads STET's date-time. Its own examples have colons in the
// offset; connectors in the field were seen without.
func parseTime(text string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return time.Parse("2006-01-02T15:04:05.999999999Z0700", text)
	}
	return t, nil
}
