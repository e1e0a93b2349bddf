package store_test

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/internal/store/storetest"
	"github.com/sealkeeper/sealkeeper/registration"
)

func registrationQuery(t *testing.T, text string) listing.Query {
	t.Helper()
	values, err := url.ParseQuery(text)
	must(t, err)
	q, err := registration.Listed.Parse(values)
	must(t, err)
	return q
}

// What a registration is found by follows its application, its organization and its versions.
func TestRegistrationList(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		registered(t, db)
		must(t, db.AddRegistration(ctx, registration.Registration{
			ID: "r2", ApplicationID: "a1", InstitutionID: "other-bank", CreatedAt: at.AddDate(0, 0, 1),
		}))
		_, err := db.IndexRegistrations(ctx)
		must(t, err)
		for text, want := range map[string]string{
			"":                     "r1 r2",
			"sort=-created_at":     "r2 r1",
			"institution=bank":     "r1",
			"application=a1":       "r1 r2",
			"application=a2":       "",
			"organization=o1":      "r1 r2",
			"certificate=c1":       "",
			"q=exem":               "r1 r2",
			"q=exemple+other-bank": "r2",
			"q=psdfracpr1":         "r1 r2",
			"q=nobody":             "",
		} {
			page, err := db.RegistrationPage(ctx, access.Whole(), registrationQuery(t, text), nil)
			must(t, err)
			var ids []string
			for _, r := range page.Items {
				ids = append(ids, r.ID)
			}
			if got := strings.Join(ids, " "); got != want || page.Count.N != len(ids) {
				t.Errorf("%q lists %q (%d), want %q", text, got, page.Count.N, want)
			}
		}
		n, err := db.CountRegistrations(ctx, access.Whole(), registrationQuery(t, ""), []string{"bank"})
		if err != nil || n.N != 1 {
			t.Errorf("%d at one bank, %v", n.N, err)
		}
		must(t, store.Exec(ctx, db, "UPDATE organizations SET legal_name = 'Zebra'"))
		_, err = db.IndexRegistrations(ctx)
		must(t, err)
		page, err := db.RegistrationPage(ctx, access.Whole(), registrationQuery(t, "q=zebra"), nil)
		must(t, err)
		if len(page.Items) != 2 {
			t.Errorf("%d are found by the new name", len(page.Items))
		}
	})
}

// manyRegistrations adds 100,000 registrations, and returns the beginning of a statement in which n has the number i
// and the id of each.
func manyRegistrations(t *testing.T, db *store.DB) string {
	t.Helper()
	many := `WITH RECURSIVE numbers(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM numbers WHERE i + 1 < 100000),
		n AS (SELECT i, 'r-' || substr('00000000' || i, -8) AS id FROM numbers)`
	if store.IsPostgres(db) {
		many = "WITH n AS (SELECT i, 'r-' || lpad(i::text, 8, '0') AS id FROM generate_series(0, 99999) AS i)"
	}
	must(t, store.Exec(t.Context(), db, many+`
		INSERT INTO registrations (id, application_id, institution_id, created_at)
		SELECT id, 'a1', 'bank-' || i, 1700000000000000 + i FROM n`))
	return many
}

// With 100,000 registrations, every list is read by an index, on its first page and deep in it.
func TestRegistrationListsUseIndexes(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		registered(t, db)
		must(t, store.Exec(t.Context(), db, manyRegistrations(t, db)+`
			INSERT INTO search_words (kind, word, id) SELECT 'registration', 'bank' || (i % 1000), id FROM n`))
		for _, table := range []string{"registrations", "search_words"} {
			must(t, store.Vacuum(t.Context(), db, table))
		}
		for text, index := range map[string]string{
			"":                    "registrations_created",
			"sort=-created_at":    "registrations_created",
			"institution=bank-50": "registrations_institution",
			"application=a1":      "registrations_application",
			"q=bank77":            "search_words",
		} {
			t.Run(text, func(t *testing.T) {
				q := registrationQuery(t, text)
				if q.Filters["institution"] == "" {
					q.Cursor = listing.Cursor{Values: []any{int64(1700000000050000), fmt.Sprintf("r-%08d", 50000)}}
				}
				usesIndex(t, db, index, func(ctx context.Context) {
					_, err := db.RegistrationPage(ctx, access.Whole(), q, nil)
					must(t, err)
				})
			})
		}
		banks := make([]string, listing.MaxCount+50)
		for i := range banks {
			banks[i] = fmt.Sprint("bank-", i)
		}
		whole, ofOne := access.Whole(), access.Reach{Organizations: []string{"o1"}}
		atOne, ofOther := access.Reach{Institutions: []string{"bank-7"}}, access.Reach{Organizations: []string{"o2"}}
		for name, c := range map[string]struct {
			text  string
			among []string
			reach access.Reach
			index string
			n     int
		}{
			"one bank":            {"", nil, atOne, "registrations_institution", 1},
			"one organization":    {"", nil, ofOne, "registrations_created", listing.MaxCount},
			"another":             {"", nil, ofOther, "registrations_application", 0},
			"of an organization":  {"organization=o1", nil, whole, "registrations_created", listing.MaxCount},
			"of another":          {"organization=o2", nil, whole, "registrations_application", 0},
			"also by its people":  {"organization=o1", nil, ofOne, "registrations_application", listing.MaxCount},
			"at two institutions": {"", banks[7:9], whole, "registrations_institution", 2},
			"at many":             {"", banks, whole, "registrations_created", listing.MaxCount},
			"of one at two":       {"organization=o1", banks[7:9], whole, "registrations_", 2},
			"of another at many":  {"organization=o2", banks, whole, "registrations_", 0},
		} {
			t.Run(name, func(t *testing.T) {
				usesIndex(t, db, c.index, func(ctx context.Context) {
					q := registrationQuery(t, c.text)
					page, err := db.RegistrationPage(ctx, c.reach, q, c.among)
					must(t, err)
					if page.Count.N != c.n || len(page.Items) != min(c.n, q.Limit) {
						t.Errorf("%d of %d are listed, want %d", len(page.Items), page.Count.N, c.n)
					}
					if page.Next == "" {
						return
					}
					q.Cursor = listing.Cursor{Values: []any{int64(1700000000010000), "r-00010000"}}
					page, err = db.RegistrationPage(ctx, c.reach, q, c.among)
					must(t, err)
					if len(page.Items) == 0 || page.Items[0].ID != "r-00010001" {
						t.Errorf("the deep page has %v", page.Items)
					}
				})
			})
		}
	})
}
