package listing_test

import (
	"errors"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/listing"
)

var things = listing.Spec{
	Name:   "things",
	Sorts:  []string{"-created_at", "name"},
	Search: true,
	Filters: map[string]listing.Check{
		"kind":    listing.OneOf("red", "blue"),
		"ends_in": listing.Days,
		"owner":   listing.Text,
	},
}

func values(t *testing.T, query string) url.Values {
	t.Helper()
	v, err := url.ParseQuery(query)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestParse(t *testing.T) {
	q, err := things.Parse(values(t, "limit=7&q=+Soci%C3%A9t%C3%A9+&sort=name&kind=red&owner="))
	if err != nil {
		t.Fatal(err)
	}
	if q.Limit != 7 || q.Search != "Société" || q.Sort != "name" || !q.Cursor.None() {
		t.Errorf("read %+v", q)
	}
	if diff := cmp.Diff(map[string]string{"kind": "red"}, q.Filters); diff != "" {
		t.Error(diff)
	}
	q, err = things.Parse(nil)
	if err != nil || q.Limit != 50 || q.Sort != "-created_at" {
		t.Errorf("without parameters: %+v, %v", q, err)
	}
}

func TestParseRefuses(t *testing.T) {
	for query, code := range map[string]string{
		"kinds=red":                           "parameter_unknown",
		"kind=red&kind=blue":                  "parameter_twice",
		"q=a%00b":                             "parameter_invalid",
		"q=%ff":                               "parameter_invalid",
		"q=" + strings.Repeat("a", 201):       "parameter_invalid",
		"limit=0":                             "limit_invalid",
		"limit=501":                           "limit_invalid",
		"limit=ten":                           "limit_invalid",
		"sort=kind":                           "sort_invalid",
		"kind=green":                          "filter_invalid",
		"ends_in=-1":                          "filter_invalid",
		"cursor=x":                            "list_cursor_invalid",
		"cursor=e30":                          "list_cursor_invalid", // {}
		"cursor=" + strings.Repeat("A", 5000): "list_cursor_invalid",
	} {
		_, err := things.Parse(values(t, query))
		if !errors.Is(err, fault.Invalid) || fault.Code(err) != code {
			t.Errorf("%.40s: %v, wanted %s", query, err, code)
		}
	}
}

func TestCursor(t *testing.T) {
	q, err := things.Parse(values(t, "kind=red&sort=name"))
	if err != nil {
		t.Fatal(err)
	}
	text := q.At(true, "Société", int64(1)<<62, "id-1")
	again, err := things.Parse(values(t, "limit=3&kind=red&sort=name&cursor="+text))
	if err != nil {
		t.Fatal(err)
	}
	want := listing.Cursor{Values: []any{"Société", int64(1) << 62, "id-1"}, Before: true}
	if diff := cmp.Diff(want, again.Cursor); diff != "" {
		t.Error(diff)
	}
	others := listing.Spec{Name: "others", Sorts: things.Sorts, Search: true, Filters: things.Filters}
	tampered := strings.Replace(text, text[20:22], "AA", 1)
	for what, refused := range map[string]func() error{
		"another order": func() error { _, err := things.Parse(values(t, "kind=red&cursor="+text)); return err },
		"another filter": func() error {
			_, err := things.Parse(values(t, "kind=blue&sort=name&cursor="+text))
			return err
		},
		"another search": func() error {
			_, err := things.Parse(values(t, "kind=red&sort=name&q=a&cursor="+text))
			return err
		},
		"another list": func() error {
			_, err := others.Parse(values(t, "kind=red&sort=name&cursor="+text))
			return err
		},
		"another place": func() error {
			_, err := things.Parse(values(t, "kind=red&sort=name&cursor="+tampered))
			return err
		},
		"cut off": func() error {
			_, err := things.Parse(values(t, "kind=red&sort=name&cursor="+text[:len(text)-2]))
			return err
		},
	} {
		if fault.Code(refused()) != "list_cursor_invalid" {
			t.Errorf("%s: %v", what, refused())
		}
	}
}

func TestCount(t *testing.T) {
	for n, want := range map[int]listing.Count{0: {}, 10_000: {N: 10_000}, 10_001: {N: 10_000, Over: true}} {
		if got := listing.CountOf(n); got != want {
			t.Errorf("%d: %+v", n, got)
		}
	}
}

func TestWords(t *testing.T) {
	got := listing.Words("Société Générale", "PSDFR-ACPR-12345", "ﬁrm's  Straße",
		strings.Repeat("é", 40)+strings.Repeat("я", 33))
	want := []string{
		"12345", "acpr", strings.Repeat("e", 40) + strings.Repeat("я", 12), "firm", "firms", "generale", "psdfr",
		"psdfracpr12345", "s", "societe", "straße",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	search := listing.SearchWords("  GÉNÉRALE psdfr-acpr generale -- a b c d e f g")
	if diff := cmp.Diff([]string{"generale", "psdfracpr", "a", "b", "c", "d", "e", "f"}, search); diff != "" {
		t.Error(diff)
	}
}

// An id is found by its beginning, and by nothing that two digits may be a part of.
func TestWordsOfAnID(t *testing.T) {
	const id = "01936F0A-22ab-7c31-8f00-c0ffee000022"
	for text, want := range map[string][]string{
		id:                        {"01936f0a22ab7c318f00c0ffee000022"},
		"Firme 22 " + id:          {"01936f0a22ab7c318f00c0ffee000022", "22", "firme"},
		"o1.bank.live.01936f0a-1": {"01936f0a", "1", "bank", "live", "o1", "o1banklive01936f0a1"},
		id + "0": {
			"01936f0a", "01936f0a22ab7c318f00c0ffee0000220", "22ab", "7c31", "8f00", "c0ffee0000220",
		},
	} {
		if diff := cmp.Diff(want, listing.Words(text)); diff != "" {
			t.Error(diff)
		}
	}
	if diff := cmp.Diff([]string{"01936f0a22ab"}, listing.SearchWords("01936f0a-22AB-")); diff != "" {
		t.Error(diff)
	}
}

func FuzzCursor(f *testing.F) {
	f.Add(things.Query().At(false, "a", int64(1)))
	f.Add("e30")
	f.Fuzz(func(t *testing.T, text string) {
		q, err := things.Parse(url.Values{"cursor": {text}})
		if err == nil && text != "" && q.Cursor.None() {
			t.Errorf("%q is taken for the beginning", text)
		}
	})
}
