package payment_test

import (
	"strings"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/connector/pis"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/payment"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/internal/store/storetest"
	"github.com/sealkeeper/sealkeeper/lab/stack"
)

// ofPeople is what the payment of this test says of people.
var ofPeople = []string{
	"DE89370400440532013000", "Martine Exemple", "FR7630006000011234567890189", "SOGEFRPP", "REF-4711", "Loyer de mars",
}

func toMartine(p *pis.Payment) {
	p.DebtorIBAN, p.CreditorName, p.CreditorIBAN = ofPeople[0], ofPeople[1], ofPeople[2]
	p.CreditorBIC, p.Reference, p.Remittance = ofPeople[3], ofPeople[4], ofPeople[5]
}

// inClear are those words that a row of any table has.
func inClear(t *testing.T, db *store.DB) (found []string) {
	t.Helper()
	var all strings.Builder
	_, err := db.Dump(t.Context(), func(_ string, line []byte) error {
		_, err := all.Write(line)
		return err
	})
	check(t, err)
	if !strings.Contains(all.String(), `"payment_information_id":"pay-1"`) {
		t.Fatal("the payment is not in the dump")
	}
	for _, word := range ofPeople {
		if strings.Contains(all.String(), word) {
			found = append(found, word)
		}
	}
	return found
}

func TestAccountNumbersAreSealed(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		f := newFirmOn(t, db, stack.Institution)
		p := f.create("pay-1", toMartine)
		if found := inClear(t, db); found != nil {
			t.Errorf("in clear: %q", found)
		}
		got := f.get(p.ID).Order
		if got.DebtorIBAN != ofPeople[0] || got.CreditorIBAN != ofPeople[2] || got.Remittance != ofPeople[5] {
			t.Errorf("it reads %+v", got)
		}
		again, err := f.Payments.Create(t.Context(), stack.Connector, f.input("pay-1", toMartine))
		if err != nil || again.ID != p.ID {
			t.Errorf("a repetition is not recognised: %v", err)
		}
		row, err := db.Payment(t.Context(), p.ID)
		check(t, err)
		toMartine(&row.Order.Payment)
		row.RequestHash = p.RequestHash
		check(t, db.UpdatePayment(t.Context(), row))
		if found := inClear(t, db); len(found) != len(ofPeople) {
			t.Errorf("the test finds %q alone", found)
		}
	})
}

// Without the key payments are listed and followed, and what is sealed stays.
func TestPaymentsWithoutTheKey(t *testing.T) {
	f := newFirm(t, stack.Institution)
	p, other := f.create("pay-1", toMartine), f.create("pay-2")
	row, err := f.DB.Payment(t.Context(), p.ID)
	check(t, err)
	theirs, err := f.DB.Payment(t.Context(), other.ID)
	check(t, err)
	row.Sealed, theirs.Sealed = theirs.Sealed, row.Sealed // as if the key were another one
	check(t, f.DB.UpdatePayment(t.Context(), row))
	if _, err := f.Payments.Cancel(t.Context(), stack.Connector, p.ID, pis.ReasonDUPL); fault.Code(err) !=
		"column_damaged" {
		t.Errorf("cancelled: %v", err)
	}
	page, err := f.Payments.Page(t.Context(), stack.Engineer, payment.Listed.Query())
	if err != nil || len(page.Items) != 2 {
		t.Errorf("%d payments, %v", len(page.Items), err)
	}
	f.Now = f.Now.Add(firstLook)
	_, err = f.Payments.Poll(t.Context())
	check(t, err)
	got, err := f.DB.Payment(t.Context(), p.ID)
	if err != nil || got.CheckedAt.IsZero() || string(got.Sealed) != string(row.Sealed) {
		t.Errorf("followed: %+v, %v", got, err)
	}
}

// firstLook is after the first look at a payment is due.
const firstLook = time.Minute
