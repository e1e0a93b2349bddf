package ais

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/sealkeeper/sealkeeper/connector/money"
)

// Transaction is one entry of an account as STET 1.4.2 describes it. The
// amount is unsigned in the standard and kept as the bank gives it: Direction has the sign.
type Transaction struct {
	EntryReference string       `json:"entryReference"` // unique and stable where the bank gives one
	EndToEndID     string       `json:"endToEndId"`
	Amount         money.Amount `json:"transactionAmount"`
	Direction      string       `json:"creditDebitIndicator"` // CRDT or DBIT
	// BOOK, PDNG, FUTR, INFO, OTHR, RJCT, or whatever else the bank says
	Status              string     `json:"status"`
	BookingDate         string     `json:"bookingDate"`
	ExpectedBookingDate string     `json:"expectedBookingDate"` // instead of bookingDate while pending
	ValueDate           string     `json:"valueDate"`
	TransactionDate     string     `json:"transactionDate"`
	Code                BankCode   `json:"bankTransactionCode"`
	Parties             Parties    `json:"relatedParties"`
	Remittance          Remittance `json:"remittanceInformation"`
	Additional          string     `json:"additionalTransactionInformation"`
	Unreadable          []string   `json:"unreadable"` // what the bank sent that is not given here
}

// BankCode says what kind of transaction it is (ISO 20022 bank transaction code).
type BankCode struct {
	Domain    string `json:"domain"`
	Family    string `json:"family"`
	SubFamily string `json:"subFamily"`
	Code      string `json:"code"`
	Issuer    string `json:"issuer"`
}

// Parties are the two ends of a transaction.
type Parties struct {
	Debtor          Party     `json:"debtor"`
	DebtorAccount   AccountID `json:"debtorAccount"`
	Creditor        Party     `json:"creditor"`
	CreditorAccount AccountID `json:"creditorAccount"`
}

// Party is a person or a firm.
type Party struct {
	Name string `json:"name"`
}

// Booked reports whether the transaction is settled in the bank's books. One
// that is not may still change or vanish.
func (t Transaction) Booked() bool { return t.Status == "BOOK" }

// Signed is the amount with the sign of its direction: a debit is negative.
func (t Transaction) Signed() money.Decimal {
	if t.Direction == "DBIT" {
		return t.Amount.Value.Debit()
	}
	return t.Amount.Value
}

// Remittance is what the payer wrote, line by line.
type Remittance struct {
	Lines []string `json:"unstructured"`
}

// UnmarshalJSON reads the object of STET 1.4.2, the plain list of the versions before
// it, and one text for either. Banks pad lines with blanks.
func (r *Remittance) UnmarshalJSON(b []byte) error {
	type object Remittance
	var o object
	var members map[string]json.RawMessage
	var unread []string
	if json.Unmarshal(b, &members) == nil {
		unread = readMeant(b, &o)
	} else {
		unread = readMeant(b, &o.Lines)
	}
	if len(unread) > 0 {
		return errUnread(unread[0])
	}
	for i, line := range o.Lines {
		o.Lines[i] = strings.TrimSpace(line)
	}
	r.Lines = slices.DeleteFunc(o.Lines, func(line string) bool { return line == "" })
	return nil
}

// decodeTransactions reads one page of GET /accounts/{id}/transactions.
func decodeTransactions(body []byte) (page[Transaction], error) {
	got, err := readList[Transaction](body, "transactions")
	for i := range got.items {
		t := &got.items[i]
		t.Unreadable = unreadAmount(t.Unreadable, "transactionAmount", t.Amount)
		for _, text := range []*string{&t.Additional, &t.Parties.Debtor.Name, &t.Parties.Creditor.Name} {
			*text = strings.TrimSpace(*text)
		}
	}
	return got, err
}
