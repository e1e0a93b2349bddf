package store_test

import (
	"context"
	"net/url"
	"strings"
	"testing"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/internal/store/storetest"
	"github.com/sealkeeper/sealkeeper/registration"
)

func listQuery(t *testing.T, spec listing.Spec, text string) listing.Query {
	t.Helper()
	values, err := url.ParseQuery(text)
	must(t, err)
	q, err := spec.Parse(values)
	must(t, err)
	return q
}

// Organizations and applications are found by their words, sorted as people sort, and follow their changes.
func TestPartyLists(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		for i, name := range []string{"Zèbre SA", "Étoile Paiement", "abeille"} {
			id := string(rune('1' + i))
			must(t, db.AddOrganization(ctx, registration.Organization{
				ID: "o" + id, LegalName: name, OrganizationIdentifier: "PSDFR-ACPR-" + id, CreatedAt: at,
			}))
			must(t, db.AddApplication(ctx, registration.Application{
				ID: "a" + id, OrganizationID: "o" + id, Name: "App " + name, CreatedAt: at,
			}))
		}
		must(t, db.AddApplication(ctx, registration.Application{ID: "a4", OrganizationID: "o1", Name: "Émile"}))
		organizations := func(text string) string {
			page, err := db.OrganizationPage(ctx, access.Whole(), listQuery(t, registration.Organizations, text))
			must(t, err)
			var ids []string
			for _, o := range page.Items {
				ids = append(ids, o.ID)
			}
			if page.Count.N != len(ids) {
				t.Errorf("%q has %d and counts %d", text, len(ids), page.Count.N)
			}
			return strings.Join(ids, " ")
		}
		applications := func(text string) string {
			page, err := db.ApplicationPage(ctx, access.Whole(), listQuery(t, registration.Applications, text))
			must(t, err)
			return strings.Join(applicationIDs(page.Items), " ")
		}
		for what, c := range map[string]struct{ got, want string }{
			"by name":             {organizations(""), "o3 o2 o1"},
			"newest":              {organizations("sort=-created_at"), "o3 o2 o1"},
			"found by name":       {organizations("q=etoi"), "o2"},
			"found by number":     {organizations("q=psdfr-acpr-1"), "o1"},
			"found by id":         {organizations("q=o3"), "o3"},
			"applications":        {applications(""), "a3 a2 a1 a4"},
			"of one organization": {applications("organization=o1"), "a1 a4"},
			"found among these":   {applications("organization=o1&q=emi"), "a4"},
			"found nowhere":       {applications("organization=o2&q=emi"), ""},
		} {
			if c.got != c.want {
				t.Errorf("%s: %q, want %q", what, c.got, c.want)
			}
		}
		first, err := db.FirstApplications(ctx, []string{"o1", "o2", "none"}, 1)
		must(t, err)
		if got := strings.Join(applicationIDs(first), " "); got != "a1 a2" {
			t.Errorf("the first application of each is %q", got)
		}
		must(t, store.Exec(ctx, db, "UPDATE organizations SET legal_name = 'Nouvelle', name_key = '' WHERE id = 'o3'"))
		_, err = db.IndexRegistrations(ctx)
		must(t, err)
		if got := organizations("q=nouv"); got != "o3" || organizations("") != "o2 o3 o1" {
			t.Errorf("after a change %q is found, and the order is %q", got, organizations(""))
		}
	})
}

func applicationIDs(all []registration.Application) []string {
	ids := make([]string, len(all))
	for i, a := range all {
		ids[i] = a.ID
	}
	return ids
}

// With 100,000 organizations and applications, every list is read by an index, on its first page and deep in it.
func TestPartyListsUseIndexes(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		registered(t, db)
		numbers := `WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < 100000)`
		if store.IsPostgres(db) {
			numbers = "WITH n(i) AS (SELECT generate_series(0, 99999))"
		}
		many := map[string]string{"id": "'x' || i", "name_key": "'name ' || i", "created_at": "1700000000000000 + i"}
		organizations := map[string]string{
			"organization_identifier": "'PSDFR-TEST-' || i",
			"legal_name":              "'Name ' || i",
		}
		applications := map[string]string{"organization_id": "'x' || (i % 1000)", "name": "'Name ' || i"}
		for column, value := range many {
			organizations[column], applications[column] = value, value
		}
		must(t, store.CopyRows(t.Context(), db, numbers, "organizations", "o1", organizations))
		must(t, store.CopyRows(t.Context(), db, numbers, "applications", "a1", applications))
		for _, kind := range []string{"organization", "application"} {
			must(t, store.Exec(t.Context(), db, numbers+
				" INSERT INTO search_words (kind, word, id) SELECT '"+kind+"', 'word' || (i % 1000), 'x' || i FROM n"))
		}
		for _, table := range []string{"organizations", "applications", "search_words"} {
			must(t, store.Vacuum(t.Context(), db, table))
		}
		for text, index := range map[string]string{
			"":                 "_name",
			"sort=-created_at": "_created",
			"sort=created_at":  "_created_kept",
			"archived=true":    "_archived",
			"q=word77":         "search_words",
		} {
			q := listQuery(t, registration.Organizations, text)
			if q.Cursor.Values = []any{"name 50000", "x5"}; q.Sort != "name" {
				q.Cursor.Values = []any{int64(1700000000050000), "x5"}
			}
			t.Run("organizations "+text, func(t *testing.T) {
				usesIndex(t, db, index, func(ctx context.Context) {
					_, err := db.OrganizationPage(ctx, access.Whole(), q)
					must(t, err)
				})
			})
			for _, of := range []string{"", "x7"} {
				q := listQuery(t, registration.Applications, text).With(registration.FilterOrganization, of)
				if q.Cursor.Values = []any{"name 50000", "x5"}; q.Sort != "name" {
					q.Cursor.Values = []any{int64(1700000000050000), "x5"}
				}
				index := index
				switch {
				case of == "" || q.Search != "":
				case text == "archived=true":
					index = "applications_" // those of one organization, or all that are archived: both are few
				default:
					index = "applications_organization"
				}
				t.Run("applications "+text+" of "+of, func(t *testing.T) {
					usesIndex(t, db, index, func(ctx context.Context) {
						_, err := db.ApplicationPage(ctx, access.Whole(), q)
						must(t, err)
					})
				})
			}
		}
		t.Run("the first applications of some", func(t *testing.T) {
			usesIndex(t, db, "applications_organization_name", func(ctx context.Context) {
				_, err := db.FirstApplications(ctx, []string{"x1", "x2"}, 5)
				must(t, err)
			})
		})
	})
}
