package sqldb_test

import (
	"fmt"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gorm.io/driver/postgres"
	"gorm.io/driver/sqlite"
	"gorm.io/gorm"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
	"github.com/sealkeeper/sealkeeper/internal/store/storetest"
	"github.com/sealkeeper/sealkeeper/secret"
)

type thing struct {
	ID   string
	Rank int64
	Kind string
}

var (
	things = listing.Spec{
		Name:    "things",
		Sorts:   []string{"-rank", "rank"},
		Search:  true,
		Filters: map[string]listing.Check{"kind": listing.Text},
	}
	orders = map[string]sqldb.Order{
		"-rank": {Columns: []string{"rank", "id"}, Descending: true},
		"rank":  {Columns: []string{"rank", "id"}},
	}
)

func page(t *testing.T, db *gorm.DB, values url.Values) listing.Page[thing] {
	t.Helper()
	q, err := things.Parse(values)
	check(t, err)
	query := db.WithContext(t.Context()).Table("things")
	if kind := q.Filters["kind"]; kind != "" {
		query = query.Where("things.kind = ?", kind)
	}
	query, err = sqldb.Matching(query.Select("things.*"), "things", "thing", q)
	check(t, err)
	p, err := sqldb.Page(query, q, orders[q.Sort], "thing", valueOf)
	check(t, err)
	return p
}

func valueOf(r thing, column string) any {
	if column == "rank" {
		return r.Rank
	}
	return r.ID
}

// each gives f a database with 25 things, of which several have the same rank.
func each(t *testing.T, f func(t *testing.T, db *gorm.DB)) {
	seeded := func(t *testing.T, dialector gorm.Dialector) *gorm.DB {
		db, err := gorm.Open(dialector, &gorm.Config{})
		check(t, err)
		check(t, db.Exec("CREATE TABLE things (id TEXT PRIMARY KEY, rank BIGINT NOT NULL, kind TEXT NOT NULL)").Error)
		for i := range 25 {
			insert(t, db, thing{fmt.Sprintf("t%02d", i), int64(i / 3), []string{"red", "blue"}[i%2]})
		}
		return db
	}
	t.Run("sqlite", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "things.db")
		f(t, seeded(t, sqlite.Open(migrated(t, file))))
	})
	t.Run("postgres", func(t *testing.T) {
		_, address := storetest.Postgres(t)
		f(t, seeded(t, postgres.Open(address)))
	})
}

func insert(t *testing.T, db *gorm.DB, r thing) {
	t.Helper()
	check(t, db.Table("things").Create(&r).Error)
	check(t, sqldb.SetWords(db, "thing", r.ID, r.Kind+" thing", r.ID))
}

func ids(p listing.Page[thing]) string {
	var all []string
	for _, r := range p.Items {
		all = append(all, r.ID)
	}
	return strings.Join(all, " ")
}

func TestPages(t *testing.T) {
	each(t, func(t *testing.T, db *gorm.DB) {
		for name, values := range map[string]url.Values{
			"all":             {"limit": {"4"}},
			"ascending":       {"limit": {"4"}, "sort": {"rank"}},
			"a filter":        {"limit": {"4"}, "kind": {"red"}},
			"a search":        {"limit": {"4"}, "q": {"bl THI"}},
			"search, filter":  {"limit": {"4"}, "q": {"thing"}, "kind": {"red"}},
			"one page":        {"limit": {"500"}},
			"nothing matches": {"q": {"bl red"}},
			"only dashes":     {"q": {"--"}},
		} {
			t.Run(name, func(t *testing.T) { walk(t, db, values) })
		}
	})
}

// walk reads a list to its end and back, and compares it with the list on one page.
// PostgreSQL keeps no plan of a search, which would be one for all words.
func TestSearchesArePlanned(t *testing.T) {
	each(t, func(t *testing.T, db *gorm.DB) {
		if !sqldb.Postgres(db) {
			return
		}
		check(t, sqldb.PlanSearches(db))
		insert(t, db, thing{ID: "a", Kind: "red", Rank: 1})
		err := db.WithContext(t.Context()).Connection(func(db *gorm.DB) error {
			kept := func(values url.Values) (n int) {
				page(t, db, values)
				check(t, db.Raw(`SELECT count(*) FROM pg_prepared_statements
					WHERE statement LIKE 'SELECT%things%' AND statement NOT LIKE '%prepared%'`).Scan(&n).Error)
				return n
			}
			if n := kept(url.Values{"q": {"red"}}); n != 0 {
				t.Errorf("%d plans of a search are kept", n)
			}
			if kept(url.Values{}) == 0 {
				t.Error("the plan of a list is not kept")
			}
			return nil
		})
		check(t, err)
	})
}

func walk(t *testing.T, db *gorm.DB, values url.Values) {
	t.Helper()
	whole := page(t, db, with(values, "limit", "500"))
	var there, back []string
	p := page(t, db, values)
	for {
		there = append(there, ids(p))
		if p.Count.N != len(whole.Items) {
			t.Errorf("counts %d of %d", p.Count.N, len(whole.Items))
		}
		if p.Next == "" {
			break
		}
		p = page(t, db, with(values, "cursor", p.Next))
	}
	for {
		back = append(back, ids(p))
		if p.Previous == "" {
			break
		}
		p = page(t, db, with(values, "cursor", p.Previous))
	}
	slices.Reverse(back)
	if got := strings.TrimSpace(strings.Join(there, " ")); got != ids(whole) {
		t.Errorf("pages have %s\nthe list    %s", got, ids(whole))
	}
	if !slices.Equal(there, back) {
		t.Errorf("there %q\nback  %q", there, back)
	}
}

func with(values url.Values, name, value string) url.Values {
	more := url.Values{name: {value}}
	for k, v := range values {
		if k != name {
			more[k] = v
		}
	}
	return more
}

// What comes and goes between two pages is seen or not; nothing else is skipped or seen twice.
func TestPagesUnderWrites(t *testing.T) {
	each(t, func(t *testing.T, db *gorm.DB) {
		before := strings.Fields(ids(page(t, db, url.Values{"limit": {"500"}})))
		values := url.Values{"limit": {"3"}}
		seen := map[string]int{}
		for i := 0; ; i++ {
			p := page(t, db, values)
			for _, r := range p.Items {
				seen[r.ID]++
			}
			if p.Next == "" {
				break
			}
			insert(t, db, thing{fmt.Sprintf("new%02d", i), int64(i % 9), "red"})
			check(t, db.Table("things").Where("id = ?", p.Items[2].ID).Delete(&thing{}).Error) // the cursor's own
			values = with(values, "cursor", p.Next)
		}
		for _, id := range before {
			if seen[id] != 1 {
				t.Errorf("%s was seen %d times", id, seen[id])
			}
		}
	})
}

// A cursor that somebody has made up is refused, and is no failure of the database.
func TestPagesFromMadeUpCursors(t *testing.T) {
	each(t, func(t *testing.T, db *gorm.DB) {
		for name, values := range map[string][]any{
			"too few values":  {int64(3)},
			"too many values": {int64(3), "t09", "t10"},
			"a text as rank":  {"three", "t09"},
			"a number as id":  {int64(3), int64(9)},
		} {
			q, err := things.Query().Behind(things.Query().At(false, values...))
			check(t, err)
			_, err = sqldb.Page(db.WithContext(t.Context()).Table("things"), q, orders[q.Sort], "thing", valueOf)
			if fault.Code(err) != "list_cursor_invalid" {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func TestWordsFollow(t *testing.T) {
	each(t, func(t *testing.T, db *gorm.DB) {
		check(t, sqldb.SetWords(db, "thing", "t07", "Société thing"))
		for search, want := range map[string]int{"societe": 1, "t07": 0, "SOC thi": 1, "t0": 9} {
			if p := page(t, db, url.Values{"q": {search}}); p.Count.N != want || len(p.Items) != want {
				t.Errorf("%s finds %d", search, p.Count.N)
			}
		}
	})
}

// migrated makes the schema in a new file.
func migrated(t *testing.T, file string) string {
	t.Helper()
	db, err := store.Open(t.Context(), secret.NewTextString("sqlite://"+file))
	check(t, err)
	check(t, db.Migrate(t.Context()))
	check(t, db.Close())
	return file
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
