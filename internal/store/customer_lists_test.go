package store_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/consent"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/internal/payment"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/internal/store/storetest"
)

// Pages of consents neither skip nor repeat one while others come, and a filter or an owner selects.
func TestConsentPages(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		registration := registered(t, db).ID
		for i := range 7 {
			c := addConsent(t, db, registration, fmt.Sprint(i), time.Duration(i+1)*24*time.Hour)
			if i == 3 {
				c.ID, c.StateHash, c.CreatedBy, c.CreatedAt = "own", "own", "service", at.Add(-time.Hour)
				must(t, db.AddConsent(t.Context(), c))
			}
		}
		q := consent.Listed.Query()
		q.Limit = 3
		var ids []string
		for {
			page, err := db.ConsentPage(t.Context(), consent.Selection{Reach: access.Whole(), Query: q, Now: at})
			must(t, err)
			for _, c := range page.Items {
				ids = append(ids, c.ID)
			}
			addConsent(t, db, registration, fmt.Sprint("new", len(ids)), time.Hour) // sorts before the page
			if page.Next == "" {
				break
			}
			q, err = q.Behind(page.Next)
			must(t, err)
		}
		if got := fmt.Sprint(ids); got != "[6 5 4 3 2 1 0 own]" {
			t.Errorf("pages have %s", got)
		}
		expiring := consent.Listed.Query().With(consent.FilterExpiring, "3")
		expiring.Sort = "expires_at"
		for what, c := range map[string]struct {
			sel  consent.Selection
			want string
		}{
			"of a customer": {
				consent.Selection{
					Reach: access.Whole(),
					Query: consent.Listed.Query().With(consent.FilterCustomer, "c-2"),
				},
				"[2]",
			},
			"its own": {
				consent.Selection{Reach: access.Whole(), Query: consent.Listed.Query(), CreatedBy: "service"},
				"[own]",
			},
			"ending, long": {
				consent.Selection{Reach: access.Whole(), Query: expiring, Now: at, Lasting: 2 * 24 * time.Hour}, "[1]",
			},
			"elsewhere": {
				consent.Selection{
					Reach: access.Whole(),
					Query: consent.Listed.Query().With(consent.FilterRegistration, "x"),
				},
				"[]",
			},
		} {
			page, err := db.ConsentPage(t.Context(), c.sel)
			must(t, err)
			ids := []string{}
			for _, one := range page.Items {
				ids = append(ids, one.ID)
			}
			if got := fmt.Sprint(ids); got != c.want || page.Count.N != len(ids) {
				t.Errorf("%s: %s, counted %d, want %s", what, got, page.Count.N, c.want)
			}
		}
	})
}

// With 100,000 consents and payments, every list is read by an index, deep in it too.
func TestCustomerListsUseIndexes(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		registration := registered(t, db).ID
		numbers := `WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < 100000)`
		if store.IsPostgres(db) {
			numbers = "WITH n(i) AS (SELECT generate_series(0, 99999))"
		}
		addConsent(t, db, registration, "first", time.Hour)
		must(t, store.CopyRows(t.Context(), db, numbers, "consents", "first", map[string]string{
			"id":         "'c' || i",
			"state_hash": "'c' || i",
			"customer":   "'k' || (i % 1000)",
			"created_by": "'s' || (i % 1000)",
			"created_at": "1750000000000000 + i",
			"expires_at": "1800000000000000 + i",
		}))
		must(t, store.Exec(t.Context(), db, "UPDATE consents SET expires_at = 1700000086400000 + created_at % 10 "+
			"WHERE created_at < 1750000000000010"))
		must(t, db.AddPayment(t.Context(), payment.Payment{ID: "first", RegistrationID: registration, CreatedAt: at}))
		must(t, store.CopyRows(t.Context(), db, numbers, "payments", "first", map[string]string{
			"id":                     "'p' || i",
			"payment_information_id": "'p' || i",
			"caller_id":              "'s' || (i % 1000)",
			"created_at":             "1750000000000000 + i",
		}))
		must(t, store.Vacuum(t.Context(), db, "consents"))
		must(t, store.Vacuum(t.Context(), db, "payments"))
		deep := func(spec listing.Spec) listing.Query {
			q := spec.Query()
			q.Cursor = listing.Cursor{Values: []any{int64(1750000000050000), "c"}}
			return q
		}
		consents := func(sel consent.Selection) func(context.Context) error {
			return func(ctx context.Context) error {
				sel.Now = time.UnixMicro(1700000000000000)
				page, err := db.ConsentPage(ctx, sel)
				if err == nil && len(page.Items) == 0 {
					t.Error("nothing is listed")
				}
				return err
			}
		}
		payments := func(q listing.Query, of string) func(context.Context) error {
			return func(ctx context.Context) error {
				page, err := db.PaymentPage(ctx, access.Whole(), q, of)
				if err == nil && len(page.Items) == 0 {
					t.Error("nothing is listed")
				}
				return err
			}
		}
		ending := consent.Listed.Query().With(consent.FilterExpiring, "3000")
		ending.Sort = "expires_at"
		endingDeep := deep(consent.Listed).With(consent.FilterExpiring, "3000")
		fewEnding := consent.Listed.Query().With(consent.FilterExpiring, "2")
		for what, asked := range map[string]struct {
			index string
			ask   func(context.Context) error
		}{
			"consents": {
				"consents_created",
				consents(consent.Selection{Reach: access.Whole(), Query: deep(consent.Listed)}),
			},
			"of a customer": {"consents_customer", consents(consent.Selection{
				Reach: access.Whole(),
				Query: consent.Listed.Query().With(consent.FilterCustomer, "k7"),
			})},
			"of a service": {"consents_creator", consents(consent.Selection{
				Reach:     access.Whole(),
				Query:     deep(consent.Listed),
				CreatedBy: "s7",
			})},
			"ending": {"consents_", consents(consent.Selection{Reach: access.Whole(), Query: ending})},
			"ending, deep by their beginning": {
				"consents_created", consents(consent.Selection{Reach: access.Whole(), Query: endingDeep}),
			},
			"few ending, by their beginning": {
				"consents_state", consents(consent.Selection{Reach: access.Whole(), Query: fewEnding}),
			},
			"refresh tokens unused": {"consents_refresh_unused", func(ctx context.Context) error {
				_, err := db.UnusedRefreshTokens(ctx, time.UnixMicro(1700000000000000))
				return err
			}},
			"payments": {"payments_newest", payments(deep(payment.Listed), "")},
			"its own":  {"payments_caller", payments(deep(payment.Listed), "s7")},
			"by your id": {"payments_information",
				payments(payment.Listed.Query().With(payment.FilterPaymentID, "p7"), "")},
		} {
			t.Run(what, func(t *testing.T) {
				usesIndex(t, db, asked.index, func(ctx context.Context) { must(t, asked.ask(ctx)) })
			})
		}
	})
}
