package payment_test

import (
	"strings"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/connector/pis"
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
		read := func(when string) {
			t.Helper()
			got := f.get(p.ID).Order
			if got.DebtorIBAN != ofPeople[0] || got.CreditorIBAN != ofPeople[2] || got.Remittance != ofPeople[5] {
				t.Errorf("%s it reads %+v", when, got)
			}
			again, err := f.Payments.Create(t.Context(), stack.Connector, f.input("pay-1", toMartine))
			if err != nil || again.ID != p.ID {
				t.Errorf("%s a repetition is not recognised: %v", when, err)
			}
		}
		read("sealed,")
		row, err := db.Payment(t.Context(), p.ID)
		check(t, err)
		before := row
		toMartine(&before.Order.Payment)
		before.Sealed, before.RequestHash = nil, p.RequestHash // as an older program wrote it
		check(t, db.UpdatePayment(t.Context(), before))
		if found := inClear(t, db); len(found) != len(ofPeople) {
			t.Fatalf("the test finds %q alone", found)
		}
		read("in clear,")
		check(t, f.Payments.SealRows(t.Context()))
		check(t, f.Payments.SealRows(t.Context())) // after a restart
		if found := inClear(t, db); found != nil {
			t.Errorf("still in clear: %q", found)
		}
		read("sealed later,")
	})
}

// A program that has a payment while its row is sealed is not disturbed, and what another program wrote stays.
func TestSealingWhilePaymentsChange(t *testing.T) {
	f := newFirm(t, stack.Institution)
	p := f.create("pay-1", toMartine)
	row, err := f.DB.Payment(t.Context(), p.ID)
	check(t, err)
	toMartine(&row.Order.Payment)
	sealed := row.Sealed
	row.Sealed = nil
	check(t, f.DB.UpdatePayment(t.Context(), row))
	row.Version++
	stale := row
	stale.Sealed, stale.Version = sealed, row.Version-1
	if err := f.DB.SealPayment(t.Context(), stale); code(err) != "changed_meanwhile" {
		t.Errorf("what has changed was sealed: %v", err)
	}
	check(t, f.Payments.SealRows(t.Context()))
	row.State = payment.Declined
	check(t, f.DB.UpdatePayment(t.Context(), row)) // by an older program, that had read it in clear
	check(t, f.Payments.SealRows(t.Context()))
	got, err := f.DB.Payment(t.Context(), p.ID)
	if err != nil || got.State != payment.Declined || got.Order.CreditorIBAN != "" || len(got.Sealed) == 0 {
		t.Errorf("%+v, %v", got, err)
	}
	if found := inClear(t, f.DB); found != nil {
		t.Errorf("in clear: %q", found)
	}
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
	if _, err := f.Payments.Cancel(t.Context(), stack.Connector, p.ID, pis.ReasonDUPL); code(err) != "column_damaged" {
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
