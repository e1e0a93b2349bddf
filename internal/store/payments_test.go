package store_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/sealkeeper/sealkeeper/connector/calendar"
	"github.com/sealkeeper/sealkeeper/connector/money"
	"github.com/sealkeeper/sealkeeper/connector/pis"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/payment"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/internal/store/storetest"
)

// fullPayment has a value in every field.
func fullPayment(registrationID string, now time.Time) payment.Payment {
	amount, _ := money.ParseDecimal("124.35")
	day, _ := calendar.Parse("2026-12-24")
	return payment.Payment{
		ID:             "p",
		RegistrationID: registrationID,
		RequestHash:    "h",
		Sealed:         []byte("sealed"),
		State:          payment.Creating,
		RedirectURI:    "https://x.example",
		ResourceID:     "b",
		ConsentURL:     "c",
		CancelURL:      "d",
		Order: pis.Plan{
			Payment: pis.Payment{
				ID:            "pay-1",
				Kind:          pis.Future,
				Amount:        amount,
				Currency:      "EUR",
				Initiator:     "i",
				DebtorIBAN:    "f",
				CreditorName:  "n",
				CreditorIBAN:  "t",
				CreditorBIC:   "s",
				Reference:     "e",
				Remittance:    "m",
				ExecutionDate: day,
			},
			CreatedAt: now,
			ExecuteAt: now.Add(time.Hour),
			ConfirmBy: now.Add(2 * time.Hour),
			Moved:     true,
		},
		Status:      "RCVD",
		Reason:      "X",
		FailureCode: "y",
		Failure:     "z",
		Note:        "w",
		ReturnHash:  "rh",
		ReturnFor:   payment.ToApprove,
		CallerID:    "u",
		CreatedAt:   now,
		SentAt:      now,
		ConfirmedAt: now,
		ChangedAt:   now,
		CheckedAt:   now,
		NextCheck:   now,
		Checks:      3,
	}
}

func TestPaymentRows(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, now := t.Context(), time.Now().UTC().Truncate(time.Microsecond)
		p := fullPayment(registered(t, db).ID, now)
		must(t, db.AddPayment(ctx, p))
		same := func(want payment.Payment) {
			t.Helper()
			got, err := db.Payment(ctx, "p")
			diff := cmp.Diff(want, got, cmp.Comparer(func(a, b calendar.Date) bool { return a == b }),
				cmp.Comparer(func(a, b money.Decimal) bool { return a == b }), cmpopts.EquateApproxTime(0))
			if err != nil || diff != "" {
				t.Errorf("%v\n%s", err, diff)
			}
		}
		same(p)
		twin := p
		twin.ID = "q"
		if err := db.AddPayment(ctx, twin); !errors.Is(err, fault.Conflict) {
			t.Errorf("a second payment of the same id: %v", err)
		}
		p.State, p.ReturnHash, p.NextCheck = payment.Created, "", time.Time{}
		must(t, db.UpdatePayment(ctx, p))
		if err := db.UpdatePayment(ctx, p); !errors.Is(err, fault.Conflict) {
			t.Errorf("an update of what has changed: %v", err)
		}
		p.Version++
		same(p)
		for name, f := range map[string]payment.Filter{
			"used state":         {ReturnHash: "rh"},
			"nothing due":        {DueAt: now.Add(time.Hour)},
			"other registration": {RegistrationID: "x"},
		} {
			if found, err := db.Payments(ctx, f); err != nil || len(found) != 0 {
				t.Errorf("%s: %d, %v", name, len(found), err)
			}
		}
		p.NextCheck = now
		must(t, db.UpdatePayment(ctx, p))
		if found, err := db.Payments(ctx, payment.Filter{
			DueAt:                now,
			RegistrationID:       p.RegistrationID,
			PaymentInformationID: "pay-1",
			Limit:                1,
		}); err != nil || len(found) != 1 {
			t.Errorf("due: %d, %v", len(found), err)
		}
	})
}
