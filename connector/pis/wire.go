package pis

import (
	"encoding/json"
	"errors"
	"time"
)

// The request as STET defines it. Empty fields are left out, because banks refuse null.

type wireAccount struct {
	IBAN string `json:"iban"`
}

type wireAgent struct {
	BIC string `json:"bicFi"`
}

type wireParty struct {
	Name string `json:"name"`
}

type wireBeneficiary struct {
	Creditor wireParty   `json:"creditor"`
	Account  wireAccount `json:"creditorAccount"`
	Agent    *wireAgent  `json:"creditorAgent,omitempty"`
}

type wireType struct {
	ServiceLevel    string `json:"serviceLevel"`
	LocalInstrument string `json:"localInstrument,omitempty"`
	CategoryPurpose string `json:"categoryPurpose,omitempty"`
}

type wirePaymentID struct {
	InstructionID string `json:"instructionId"`
	EndToEndID    string `json:"endToEndId"`
}

type wireAmount struct {
	Amount   json.RawMessage `json:"amount"`
	Currency string          `json:"currency"`
}

type wireRemittance struct {
	Unstructured []string `json:"unstructured"`
}

type wireTransaction struct {
	PaymentID   wirePaymentID    `json:"paymentId"`
	Amount      wireAmount       `json:"instructedAmount"`
	ExecuteAt   string           `json:"requestedExecutionDate,omitempty"`
	Beneficiary *wireBeneficiary `json:"beneficiary,omitempty"`
	Remittance  wireRemittance   `json:"remittanceInformation"`
}

type wireSupplement struct {
	Approaches []string `json:"acceptedAuthenticationApproach"`
	SuccessURL string   `json:"successfulReportUrl"`
	FailureURL string   `json:"unsuccessfulReportUrl"`
}

type wirePayment struct {
	ID           string            `json:"paymentInformationId"`
	CreatedAt    string            `json:"creationDateTime"`
	ExecuteAt    string            `json:"requestedExecutionDate,omitempty"`
	Number       int               `json:"numberOfTransactions"`
	Initiator    wireParty         `json:"initiatingParty"`
	Type         wireType          `json:"paymentTypeInformation"`
	Debtor       *wireAccount      `json:"debtorAccount,omitempty"`
	Beneficiary  *wireBeneficiary  `json:"beneficiary,omitempty"`
	ChargeBearer string            `json:"chargeBearer"`
	Status       Status            `json:"paymentInformationStatus,omitempty"` // in a cancellation only
	Reason       Reason            `json:"statusReasonInformation,omitempty"`
	Transactions []wireTransaction `json:"creditTransferTransaction"`
	Supplement   wireSupplement    `json:"supplementaryData"`
}

const wireTime = "2006-01-02T15:04:05.000Z07:00"

// wire writes a planned payment in the bank's layout. The same payment always
// gives the same request, so that a cancellation can repeat it.
func (p Plan) wire(rules Settings, zone *time.Location) (wirePayment, error) {
	n, err := cents(p.Amount)
	if err != nil {
		return wirePayment{}, err
	}
	amount := json.RawMessage(inEuro(n))
	if rules.AmountForm == AmountString {
		amount = json.RawMessage(`"` + inEuro(n) + `"`)
	}
	beneficiary := &wireBeneficiary{Creditor: wireParty{p.CreditorName}, Account: wireAccount{p.CreditorIBAN}}
	if p.CreditorBIC != "" {
		beneficiary.Agent = &wireAgent{p.CreditorBIC}
	}
	transaction := wireTransaction{
		PaymentID:  wirePaymentID{InstructionID: p.ID, EndToEndID: p.Reference},
		Amount:     wireAmount{amount, p.Currency},
		Remittance: wireRemittance{[]string{p.Remittance}},
	}
	out := wirePayment{
		ID:           p.ID,
		CreatedAt:    moment(p.CreatedAt, zone),
		Number:       1,
		Initiator:    wireParty{p.Initiator},
		Type:         wireType{ServiceLevel: "SEPA", CategoryPurpose: "CASH"},
		ChargeBearer: "SLEV",
		Supplement:   wireSupplement{[]string{"REDIRECT"}, p.SuccessURL, p.FailureURL},
	}
	if p.Kind == Instant {
		out.Type.LocalInstrument = "INST"
	}
	if p.DebtorIBAN != "" {
		out.Debtor = &wireAccount{p.DebtorIBAN}
	}
	if rules.Layout == LayoutTransaction {
		transaction.Beneficiary, transaction.ExecuteAt = beneficiary, moment(p.ExecuteAt, zone)
	} else {
		out.Beneficiary, out.ExecuteAt = beneficiary, moment(p.ExecuteAt, zone)
	}
	out.Transactions = []wireTransaction{transaction}
	return out, nil
}

// moment is a time in the bank's time zone, with its offset.
func moment(t time.Time, zone *time.Location) string { return t.In(zone).Format(wireTime) }

// Report is what the bank reports about a payment.
type Report struct {
	Status Status
	Reason Reason // empty for most statuses
}

var (
	errNoStatus     = errors.New("payment without a status")
	errOtherPayment = errors.New("answer about another payment")
)

// decodePayment reads STET's HalPaymentRequest. Where the bank gives a reason with
// the transaction alone, it is taken from there.
func decodePayment(body []byte) (id string, report Report, err error) {
	var hal struct {
		Payment struct {
			ID     string `json:"paymentInformationId"`
			Status Status `json:"paymentInformationStatus"`
			Reason Reason `json:"statusReasonInformation"`
			// read apart: what is odd in it takes no status away
			Transactions json.RawMessage `json:"creditTransferTransaction"`
		} `json:"paymentRequest"`
	}
	if err := json.Unmarshal(body, &hal); err != nil {
		return "", Report{}, err
	}
	report = Report{Status: hal.Payment.Status, Reason: hal.Payment.Reason}
	var transactions []struct {
		Reason Reason `json:"statusReasonInformation"`
	}
	_ = json.Unmarshal(hal.Payment.Transactions, &transactions)
	if report.Reason == "" && len(transactions) == 1 {
		report.Reason = transactions[0].Reason
	}
	if !isWord(string(report.Status)) || (report.Reason != "" && !isWord(string(report.Reason))) {
		return "", Report{}, errNoStatus
	}
	return hal.Payment.ID, report, nil
}

// isWord limits what an unknown status or reason may look like.
func isWord(s string) bool {
	const longest = 35
	if s == "" || len(s) > longest {
		return false
	}
	for _, c := range []byte(s) {
		if (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_' {
			return false
		}
	}
	return true
}
