package api_test

import (
	"net/http"
	"testing"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/stack"
)

// A search finds things of every kind by the beginnings of their words, and only what the caller may see.
func TestSearch(t *testing.T) {
	s := serve(t)
	certificate := s.Import(qtsp.Request{KeyType: qtsp.P256})
	registered := s.Register(stack.Institution)
	if _, err := s.DB.IndexRegistrations(t.Context()); err != nil {
		t.Fatal(err)
	}
	reader := s.as(t, "reader", access.Auditor)
	find := func(words string) map[string]string {
		t.Helper()
		var found struct {
			Groups []struct {
				Kind  string
				Items []struct{ ID string }
				Count int
			}
		}
		reader.call("GET", "/v1/search?q="+words, nil).want(http.StatusOK, &found)
		first := map[string]string{}
		for _, g := range found.Groups {
			first[g.Kind] = g.Items[0].ID
			if g.Count < len(g.Items) {
				t.Errorf("%s: %d of %s are counted and %d shown", words, g.Count, g.Kind, len(g.Items))
			}
		}
		return first
	}
	for words, want := range map[string]map[string]string{
		certificate:              {"certificate": certificate},
		registered.ID:            {"registration": registered.ID},
		registered.ApplicationID: {"application": registered.ApplicationID},
		stack.Institution:        {"institution": stack.Institution, "registration": registered.ID},
		stack.Organization:       {"certificate": certificate, "registration": registered.ID},
		"nothing-is-called-so":   {},
		"%20":                    {},
	} {
		found := find(words)
		for kind, id := range want {
			if found[kind] != id {
				t.Errorf("%q finds %v, wanted the %s %s", words, found, kind, id)
			}
		}
		if len(want) == 0 && len(found) > 0 {
			t.Errorf("%q finds %v", words, found)
		}
	}
	reader.call("GET", "/v1/search?q=a&kind=x", nil).refused(http.StatusUnprocessableEntity, "parameter_unknown")
	reader.call("GET", "/v1/search?q=%00", nil).refused(http.StatusUnprocessableEntity, "parameter_invalid")
}
