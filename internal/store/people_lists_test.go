package store_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/identity"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/internal/store/storetest"
)

// People are found by their names, sorted as people sort, and told apart whatever the case.
func TestPeopleLists(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		for i, name := range []string{"Zoé", "Élise Σίσυφος", "adam", "Bob"} {
			role := []access.Role{access.Auditor, access.Admin, access.Admin, access.Limited}[i]
			must(t, db.AddUser(ctx, identity.User{
				ID:        fmt.Sprint("u", i+1),
				Name:      name,
				Roles:     []access.Role{role},
				CreatedAt: at.Add(-time.Duration(i) * time.Minute),
			}))
		}
		must(t, db.Disable(ctx, "u3", at))
		must(t, db.AddGrant(ctx, "u1", access.RoleGrant{ID: "g1", Role: access.Engineer, EndsAt: at.Add(time.Hour)}))
		must(t, db.AddGrant(ctx, "u1", access.RoleGrant{ID: "g2", Role: access.Admin}))
		must(t, db.AddGrant(ctx, "u3", access.RoleGrant{ID: "g3", Role: access.Engineer, EndsAt: at.Add(time.Minute)}))
		for i, begun := range []time.Time{at, at.Add(time.Minute)} { // the first is over when it is looked at
			must(t, store.Exec(ctx, db, fmt.Sprintf(`INSERT INTO console_sessions (id, user_id, way, passkey_id, agent,
				address, began_at, seen_at, confirmed_at, issuer, subject, provider_sid)
				VALUES ('s%d', 'u2', 'link', '', '', '', %[2]d, %[2]d, 0, '', '', '')`, i, begun.UnixMicro())))
		}
		list := func(text string) string {
			page, err := db.UserPage(ctx, listQuery(t, identity.PeopleListed, text), at.Add(identity.SessionIdle))
			must(t, err)
			var ids []string
			for _, u := range page.Items {
				ids = append(ids, u.ID)
				if (u.ID == "u1") != (len(u.Grants) == 2) || (u.ID == "u2") != (u.Sessions == 1) {
					t.Errorf("%s has the grants %v and %d sessions", u.ID, u.Grants, u.Sessions)
				}
			}
			return strings.Join(ids, " ")
		}
		for what, c := range map[string]struct{ got, want string }{
			"by name":          {list("disabled=false"), "u4 u2 u1"},
			"disabled":         {list("disabled=true"), "u3"},
			"newest":           {strings.Fields(list("disabled=false&sort=-created_at"))[0], "u1"},
			"found by name":    {list("q=elise&disabled=false"), "u2"},
			"found afterwards": {list("q=bob"), "u4"},
		} {
			if c.got != c.want {
				t.Errorf("%s: %q, want %q", what, c.got, c.want)
			}
		}
		if u, err := db.UserCalled(ctx, "éLISE σίσυφοσ"); err != nil || u.ID != "u2" {
			t.Errorf("the name in other letters is %v, %v", u, err)
		}
		if _, err := db.UserCalled(ctx, "Elise Σίσυφος"); !errors.Is(err, fault.NotFound) {
			t.Errorf("another name: %v", err)
		}
		ending, err := db.GrantsEnding(ctx, at, at.Add(24*time.Hour), 10)
		if err != nil || len(ending) != 1 || ending[0].Grant.ID != "g1" || ending[0].UserName != "Zoé" {
			t.Errorf("grants that end: %+v, %v", ending, err)
		}
		must(t, db.RemoveUser(ctx, "u4"))
		if got := list("q=bob"); got != "" {
			t.Errorf("who was removed is found: %q", got)
		}
	})
}

// With 20,000 people, what is asked of them is read by an index.
func TestPeopleListsUseIndexes(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ada := identity.User{ID: "u1", Name: "Ada", Roles: []access.Role{access.Admin}}
		must(t, db.AddUser(t.Context(), ada))
		numbers := `WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < 20000)`
		if store.IsPostgres(db) {
			numbers = "WITH n(i) AS (SELECT generate_series(0, 19999))"
		}
		must(t, store.CopyRows(t.Context(), db, numbers, "users", "u1", map[string]string{
			"id":          "'x' || i",
			"name":        "'Name ' || i",
			"name_key":    "'name ' || i",
			"name_fold":   "'NAME ' || i",
			"created_at":  "1700000000000000 + i",
			"disabled_at": "i % 1000",
		}))
		must(t, store.Exec(t.Context(), db, numbers+
			" INSERT INTO search_words (kind, word, id) SELECT 'user', 'word' || (i % 1000), 'x' || i FROM n"))
		must(t, store.Exec(t.Context(), db, numbers+` INSERT INTO role_grants (id, user_id, role, scope_kind,
			scope_value, granted_by, granted_at, ends_at)
			SELECT 'g' || i, 'x' || i, 'admin', 'everywhere', '', '', 0, i FROM n`))
		for _, table := range []string{"users", "search_words", "role_grants"} {
			must(t, store.Vacuum(t.Context(), db, table))
		}
		for text, index := range map[string]string{
			"":                 "users_name",
			"sort=-created_at": "users_created",
			"disabled=false":   "users_name",
			"q=word77":         "search_words",
		} {
			q := listQuery(t, identity.PeopleListed, text)
			if q.Cursor.Values = []any{"name 15000", "x5"}; q.Sort != "name" {
				q.Cursor.Values = []any{int64(1700000000015000), "x5"}
			}
			t.Run("people "+text, func(t *testing.T) {
				usesIndex(t, db, index, func(ctx context.Context) {
					_, err := db.UserPage(ctx, q, at)
					must(t, err)
				})
			})
		}
		t.Run("a name", func(t *testing.T) {
			usesIndex(t, db, "users_folded", func(ctx context.Context) { _, _ = db.UserCalled(ctx, "Name 7") })
		})
		t.Run("grants that end", func(t *testing.T) {
			usesIndex(t, db, "role_grants_end", func(ctx context.Context) {
				_, err := db.GrantsEnding(ctx, time.UnixMicro(19_900), time.UnixMicro(19_950), 10)
				must(t, err)
			})
		})
	})
}
