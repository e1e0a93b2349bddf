package ledger

import (
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // Paris must be known wherever the bank runs
)

// Transaction is one transaction as 1.4.2 has it. The bank puts the account's
// resource id into each, and amounts are strings.
type Transaction struct {
	ResourceID            string     `json:"resourceId"`
	EntryReference        string     `json:"entryReference"`
	TransactionAmount     Amount     `json:"transactionAmount"`
	CreditDebitIndicator  string     `json:"creditDebitIndicator"`
	Status                string     `json:"status"`
	ExpectedBookingDate   string     `json:"expectedBookingDate,omitempty"`
	BookingDate           string     `json:"bookingDate,omitempty"`
	ValueDate             string     `json:"valueDate,omitempty"`
	TransactionDate       string     `json:"transactionDate"`
	RemittanceInformation Remittance `json:"remittanceInformation"`
	at                    time.Time
}

// Remittance is the text of a transaction.
type Remittance struct {
	Unstructured []string `json:"unstructured"`
}

// posted is a transfer that was paid through the bank.
type posted struct {
	account, reference, text string
	cents                    int64
	at                       time.Time
}

// HistoryDays is how far back the bank answers.
const HistoryDays = 180

var paris = location()

func location() *time.Location {
	found, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		return time.FixedZone("CET", 3600) // tzdata is linked in, so this is not reached
	}
	return found
}

// Post books a transfer paid from an account.
func (b *Book) Post(account, reference, text string, cents int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.posted = append(b.posted, posted{account, reference, text, cents, b.now()})
}

func (b *Book) change(account string) int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	var sum int64
	for _, p := range b.posted {
		if p.account == account {
			sum -= p.cents
		}
	}
	return sum
}

// history is everything on an account since a time, newest first. What
// happened on a day is drawn from the day's number, so that it is the same at
// every look and after every restart.
func (b *Book) history(a Account, since time.Time) []Transaction {
	list := b.paid(a, since)
	today := midnight(b.now())
	for back := range HistoryDays + 1 {
		day := midnight(today.AddDate(0, 0, -back))
		if day.Before(since) {
			break
		}
		if t, ok := drawn(a, day, today); ok {
			list = append(list, t)
		}
	}
	slices.SortStableFunc(list, func(x, y Transaction) int { return y.at.Compare(x.at) })
	return list
}

func (b *Book) paid(a Account, since time.Time) []Transaction {
	b.mu.Lock()
	defer b.mu.Unlock()
	var list []Transaction
	for _, p := range slices.Backward(b.posted) {
		if p.account != a.ResourceID || p.at.Before(since) {
			continue
		}
		list = append(list, Transaction{
			ResourceID:            a.ResourceID,
			EntryReference:        p.reference,
			TransactionAmount:     euros(p.cents),
			CreditDebitIndicator:  "DBIT",
			Status:                "BOOK",
			BookingDate:           stamp(p.at),
			ValueDate:             stamp(p.at),
			TransactionDate:       stamp(p.at),
			RemittanceInformation: Remittance{[]string{pad(p.text)}},
			at:                    p.at,
		})
	}
	return list
}

var labels = []string{
	"CARTE X4242 BOULANGERIE", "CARTE X4242 TRANSPORTS", "PRELEVEMENT EUROPEEN ENERGIE", "VIR RECU SALAIRE",
	"CARTE X4242 SUPERMARCHE", "VIR EMIS LOYER", "COTISATION MENSUELLE", "VIR RECU REMBOURSEMENT",
}

// drawn is the transaction of a day, on about every third one.
func drawn(a Account, day, today time.Time) (Transaction, bool) {
	hash := fnv.New32a()
	_, _ = fmt.Fprintf(hash, "%s %s", a.ResourceID, day.Format(time.DateOnly))
	luck := hash.Sum32()
	age := int(today.Sub(day).Hours()+12) / 24
	if luck%3 != 0 && age != 1 { // yesterday there always is one
		return Transaction{}, false
	}
	label := labels[luck/3%uint32(len(labels))]
	t := Transaction{
		ResourceID:            a.ResourceID,
		EntryReference:        day.Format("20060102") + fmt.Sprintf("%010d", luck),
		TransactionAmount:     euros(int64(luck/7%25000) + 100),
		CreditDebitIndicator:  "DBIT",
		Status:                "BOOK",
		TransactionDate:       stamp(day),
		RemittanceInformation: Remittance{[]string{pad(label)}},
		at:                    day,
	}
	if strings.HasPrefix(label, "VIR RECU") {
		t.CreditDebitIndicator = "CRDT"
	}
	switch {
	case a.CashAccountType == "CARD" && day.Month() == today.Month() && day.Year() == today.Year():
		t.Status, t.CreditDebitIndicator = "OTHR", "DBIT"
		t.ExpectedBookingDate = stamp(midnight(today.AddDate(0, 1, -today.Day())))
	case a.CashAccountType == "CACC" && age <= 1:
		t.Status, t.ExpectedBookingDate = "PDNG", stamp(midnight(day.AddDate(0, 0, 2)))
	default:
		t.BookingDate, t.ValueDate = stamp(day), stamp(day)
	}
	return t, true
}

func euros(cents int64) Amount {
	return Amount{Currency: "EUR", Amount: Money{Cents: cents, Style: Short}}
}

// pad fills a line with blanks, as the bank does.
func pad(text string) string { return fmt.Sprintf("%-32s", text) }

func stamp(t time.Time) string { return t.In(paris).Format(time.RFC3339) }

func midnight(t time.Time) time.Time {
	y, m, d := t.In(paris).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, paris)
}
