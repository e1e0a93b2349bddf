package payment

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"time"
	"unicode/utf8"
)

const maxTransactions = 100

var (
	idForm  = regexp.MustCompile(`^[a-zA-Z0-9 /\-?:().,']{1,36}$`)
	bicForm = regexp.MustCompile(`^[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?$`)
)

// fieldError is a rule broken; the bank names the field.
type fieldError struct{ field, rule string }

func (e fieldError) Error() string {
	return "The format of the input is not valid: " + e.field + " " + e.rule
}

// findings collects the first rule that is broken.
type findings struct{ first error }

func (f *findings) want(good bool, field, rule string, args ...any) {
	if !good && f.first == nil {
		f.first = fieldError{field, fmt.Sprintf(rule, args...)}
	}
}

func (f *findings) oneOf(value, field string, allowed ...string) {
	f.want(value == "" || slices.Contains(allowed, value), field, "has an unknown value")
}

// Check applies the rules for a creation: STET's required fields and the SEPA
// table of 1.4.2 section 4.4. The error names the first field that breaks one.
func (r *Request) Check(now time.Time) error {
	f := &findings{}
	f.want(idForm.MatchString(r.PaymentInformationID), "paymentInformationId",
		"is missing or not of 1 to 36 allowed characters")
	created, err := parseTime(r.CreationDateTime)
	f.want(err == nil, "creationDateTime", "is missing or no date-time")
	f.want(len(r.CreditTransferTransaction) > 0, "creditTransferTransaction", "is missing")
	f.want(len(r.CreditTransferTransaction) <= maxTransactions, "creditTransferTransaction", "has more than %d entries",
		maxTransactions)
	f.want(r.NumberOfTransactions == len(r.CreditTransferTransaction), "numberOfTransactions",
		"differs from the transfers given")
	f.want(r.InitiatingParty != nil, "initiatingParty", "is missing")
	f.party(r.InitiatingParty, "initiatingParty")
	f.typeInformation(r.PaymentTypeInformation)
	f.want(r.DebtorAccount == nil || ValidIBAN(r.DebtorAccount.IBAN), "debtorAccount.iban", "is no IBAN")
	f.want(r.DebtorAgent == nil || bicForm.MatchString(r.DebtorAgent.BICFI), "debtorAgent.bicFi", "is no BIC")
	f.want(r.ChargeBearer == "" || r.ChargeBearer == "SLEV", "chargeBearer", "must be SLEV for SEPA")
	f.supplementary(r.SupplementaryData)
	f.want(r.Status == "" && r.Reason == "" && r.ResourceID == nil && r.FundsAvailability == nil && r.Booking == nil,
		"paymentInformationStatus", "and what else only the bank sets must not be sent")
	if f.first != nil {
		return f.first
	}
	ids := map[string]bool{}
	for i, t := range r.CreditTransferTransaction {
		f.transaction(r, i, created, now)
		if t != nil && t.PaymentID != nil {
			id := t.PaymentID.InstructionID
			f.want(!ids[id], fmt.Sprintf("creditTransferTransaction[%d].paymentId.instructionId", i), "comes twice")
			ids[id] = true
		}
	}
	return f.first
}

func (f *findings) party(p *Party, field string) {
	if p == nil {
		return
	}
	f.want(p.Name != "" && utf8.RuneCountInString(p.Name) <= 140, field+".name", "is missing or longer than 140")
	if a := p.PostalAddress; a != nil {
		f.want(len(a.Country) == 2, field+".postalAddress.country", "is missing or no ISO country")
		f.want(len(a.AddressLine) > 0 && len(a.AddressLine) <= 2, field+".postalAddress.addressLine",
			"must be one or two lines for SEPA")
	}
}

func (f *findings) typeInformation(t *TypeInfo) {
	f.want(t != nil, "paymentTypeInformation", "is missing")
	if t == nil {
		return
	}
	f.want(t.ServiceLevel == "" || t.ServiceLevel == "SEPA", "paymentTypeInformation.serviceLevel", "must be SEPA")
	f.oneOf(t.InstructionPriority, "paymentTypeInformation.instructionPriority", "NORM", "HIGH")
	f.oneOf(t.LocalInstrument, "paymentTypeInformation.localInstrument", "INST")
	f.oneOf(t.CategoryPurpose, "paymentTypeInformation.categoryPurpose", "CASH", "DVPM")
}

func (f *findings) supplementary(s *Supplementary) {
	f.want(s != nil, "supplementaryData", "is missing")
	if s == nil {
		return
	}
	const field = "supplementaryData.acceptedAuthenticationApproach"
	f.want(slices.Contains(s.AcceptedAuthenticationApproach, "REDIRECT"), field,
		"must contain REDIRECT: this bank knows no other")
	for _, approach := range s.AcceptedAuthenticationApproach {
		f.oneOf(approach, field, "REDIRECT", "DECOUPLED", "EMBEDDED-1-FACTOR")
	}
	f.want(secureURL(s.SuccessfulReportURL), "supplementaryData.successfulReportUrl", "is missing or not https")
	f.want(s.UnsuccessfulReportURL == "" || secureURL(s.UnsuccessfulReportURL),
		"supplementaryData.unsuccessfulReportUrl", "is not https")
}

// secureURL takes plain http on this machine only: a simulation is called
// back by programs under development.
func secureURL(text string) bool {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.User != nil {
		return false
	}
	local := u.Hostname() == "localhost" || u.Hostname() == "127.0.0.1" || u.Hostname() == "::1"
	return u.Scheme == "https" || (u.Scheme == "http" && local)
}

func (f *findings) transaction(r *Request, i int, created, now time.Time) {
	t := r.CreditTransferTransaction[i]
	field := fmt.Sprintf("creditTransferTransaction[%d]", i)
	if f.want(t != nil, field, "is null"); t == nil {
		return
	}
	f.want(t.PaymentID != nil && idForm.MatchString(t.PaymentID.InstructionID), field+".paymentId.instructionId",
		"is missing or not of 1 to 36 allowed characters")
	f.want(t.PaymentID != nil && idForm.MatchString(t.PaymentID.EndToEndID), field+".paymentId.endToEndId",
		"is mandatory for SEPA, 1 to 36 characters")
	_, err := t.InstructedAmount.Cents()
	f.want(err == nil, field+".instructedAmount.amount", "must be a positive decimal with at most two places")
	f.want(t.InstructedAmount != nil && t.InstructedAmount.Currency == "EUR", field+".instructedAmount.currency",
		"must be EUR for SEPA")
	f.want(t.Remittance != nil && len(t.Remittance.Unstructured) == 1 &&
		utf8.RuneCountInString(t.Remittance.Unstructured[0]) <= 140,
		field+".remittanceInformation.unstructured", "must be one line of at most 140 characters for SEPA")
	f.want(t.Status == "" && t.Reason == "", field+".transactionStatus", "must not be sent")
	f.want(t.Frequency == "", field+".frequency", "is not offered: standing orders")
	f.beneficiary(r.Payee(i), field+".beneficiary")
	at, err := r.Execution(i)
	f.want(err == nil, "requestedExecutionDate", "is missing or no date-time")
	f.want(!at.Equal(created), "requestedExecutionDate", "must not equal creationDateTime")
	f.want(err != nil || !day(at).Before(day(now)), "requestedExecutionDate", "is in the past")
}

func (f *findings) beneficiary(b *Beneficiary, field string) {
	f.want(b != nil && b.Creditor != nil, field+".creditor", "is missing")
	if b == nil {
		return
	}
	f.party(b.Creditor, field+".creditor")
	f.want(b.CreditorAccount != nil && ValidIBAN(b.CreditorAccount.IBAN), field+".creditorAccount.iban",
		"is missing or no IBAN")
	f.want(b.CreditorAgent == nil || bicForm.MatchString(b.CreditorAgent.BICFI), field+".creditorAgent.bicFi",
		"is no BIC")
}
