package pis

import "github.com/sealkeeper/sealkeeper/fault"

// Status is a bank's word for how far a payment is (STET
// paymentInformationStatus, ISO 20022). One nobody knows is kept as it is.
type Status string

// The statuses.
const (
	StatusRCVD Status = "RCVD"
	StatusPDNG Status = "PDNG"
	StatusACTC Status = "ACTC"
	StatusACCP Status = "ACCP"
	StatusACSP Status = "ACSP"
	StatusACWC Status = "ACWC"
	StatusPATC Status = "PATC"
	StatusPART Status = "PART"
	StatusACWP Status = "ACWP"
	StatusACSC Status = "ACSC"
	StatusCANC Status = "CANC"
	StatusRJCT Status = "RJCT"
)

// statusMeaning is what a status says.
type statusMeaning struct {
	final    bool // it will not change any more
	positive bool // execution has begun or is done
	negative bool // it will not be executed
	sentence string
}

// statuses are those of STET 1.4.2 and 1.5. ACWP is not final: the money has
// been accepted and not yet left the debtor's account, so ACSC or RJCT may follow.
var statuses = map[Status]statusMeaning{
	StatusRCVD: {sentence: "The bank has received the payment; the customer has not approved it yet."},
	StatusPDNG: {sentence: "The bank is still checking the payment, or waits for the customer's approval."},
	StatusACTC: {sentence: "The bank has checked the payment's form; its own checks go on."},
	StatusACCP: {sentence: "The bank has accepted the payment and will execute it once it is confirmed."},
	StatusACSP: {positive: true, sentence: "The bank is executing the payment."},
	StatusACWC: {sentence: "The bank has accepted the payment with a change, for example of the date; read what " +
		"it changed."},
	StatusPATC: {sentence: "Some of the account's holders have approved the payment, others still have to."},
	StatusPART: {sentence: "Some transactions of the payment are accepted and others are not; look at each."},
	StatusACWP: {positive: true, sentence: "The payment is accepted and not yet posted to the creditor's account."},
	StatusACSC: {final: true, positive: true, sentence: "The money has left the debtor's account."},
	StatusCANC: {final: true, negative: true, sentence: "The payment was cancelled and is not executed."},
	StatusRJCT: {final: true, negative: true, sentence: "The bank has rejected the payment; the reason says why."},
}

// Known reports whether the status is one of STET's.
func (s Status) Known() bool { _, ok := statuses[s]; return ok }

// Final reports whether nothing will change any more.
func (s Status) Final() bool { return statuses[s].final }

// Positive reports whether execution has begun or is done. ACSC alone means that the money has left.
func (s Status) Positive() bool { return statuses[s].positive }

// Negative reports whether the payment will not be executed.
func (s Status) Negative() bool { return statuses[s].negative }

// Sentence says what the status means.
func (s Status) Sentence() string {
	if m, ok := statuses[s]; ok {
		return m.sentence
	}
	return "The bank gives a status that STET does not know; ask it again later, and ask the bank if it stays."
}

// Reason says why a payment was rejected or cancelled (STET
// statusReasonInformation). One nobody knows is kept as it is.
type Reason string

// The reasons a TPP may give for a cancellation.
const (
	ReasonDS02 Reason = "DS02" // the customer asked for it
	ReasonDUPL Reason = "DUPL" // it is a duplicate
	ReasonFRAD Reason = "FRAD" // it is fraudulent
	ReasonTECH Reason = "TECH" // a technical mistake of ours
)

var reasons = map[Reason]string{
	"AC01":     "The account number is wrong or does not exist; check the IBAN and create a new payment.",
	"AC04":     "The account is closed; ask for another one and create a new payment.",
	"AC06":     "The account is blocked; the customer has to ask the bank.",
	"AG01":     "Transfers are not allowed on this kind of account; the customer has to choose another one.",
	"AM18":     "There are more transactions than the bank takes; send fewer.",
	"CH03":     "The execution day is too far ahead; choose an earlier one.",
	"CUST":     "The customer refused, or the account lacks the money; the customer may try again.",
	ReasonDS02: "It was cancelled on the customer's order.",
	ReasonDUPL: "It was cancelled as a duplicate of another payment.",
	"FF01": "The bank found the payment request invalid; look at its texts and dates, and report it to " +
		"the operator.",
	ReasonFRAD: "The payment is taken for fraud; do not repeat it.",
	"MS03":     "The bank gives no reason; the customer has to ask it.",
	"NOAS":     "The customer did not answer in time; create a new payment when the customer is there.",
	"RR01":     "The debtor's account or identification is missing or does not fit; give the debtor's IBAN.",
	"RR03":     "The creditor's name or address is missing or not sufficient; complete it.",
	"RR04":     "Regulation forbids the payment; do not repeat it.",
	"RR12":     "An identification of a party is missing or invalid; complete it.",
	ReasonTECH: "It was cancelled because of a technical mistake.",
}

// Known reports whether the reason is one of STET's.
func (r Reason) Known() bool { _, ok := reasons[r]; return ok }

// CheckCancels says what is wrong with the reason of a cancellation.
func (r Reason) CheckCancels() error {
	if r == ReasonDS02 || r == ReasonDUPL || r == ReasonFRAD || r == ReasonTECH {
		return nil
	}
	return fault.New(fault.Invalid, "cancellation_reason_unknown",
		"Give one of the reasons DS02 (the customer's order), DUPL (duplicate), FRAD (fraud) and TECH (technical).")
}

// Sentence says what the reason means and what to do; "" for no reason.
func (r Reason) Sentence() string {
	switch sentence, ok := reasons[r]; {
	case ok:
		return sentence
	case r == "":
		return ""
	}
	return "The bank gives a reason that STET does not know; ask the bank."
}
