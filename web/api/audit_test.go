package api_test

import (
	"bytes"
	"net/http"
	"strings"
	"testing"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/note"
)

// The log is read in pages, with filters; a misspelt one never shows everything. An export is proven by its file.
func TestAudit(t *testing.T) {
	s := serve(t)
	bob, grace := s.as(t, "Bob", access.Auditor), s.as(t, "Grace", access.Engineer)
	for range 3 {
		grace.call("GET", "/v1/audit", nil).refused(http.StatusForbidden, "not_permitted")
	}
	var page struct {
		Items []struct {
			Seq    int64
			Action string
			Object string
		}
		Count int
		Next  string `json:"next_cursor"`
	}
	first := bob.call("GET", "/v1/audit?limit=1&sort=at", nil)
	first.want(http.StatusOK, &page)
	if len(page.Items) != 1 || page.Items[0].Seq != 1 || page.Next == "" ||
		!strings.Contains(first.header.Get("Link"), `rel="next"`) {
		t.Errorf("got %+v, Link %q", page, first.header.Get("Link"))
	}
	bob.call("GET", "/v1/audit?limit=1&sort=at&cursor="+page.Next, nil).want(http.StatusOK, &page)
	if page.Items[0].Seq != 2 {
		t.Errorf("the second page has %+v", page.Items)
	}
	bob.call("GET", "/v1/audit?action=audit.read&outcome=denied", nil).want(http.StatusOK, &page)
	if page.Count != 1 {
		t.Errorf("%d refusals", page.Count)
	}
	for range 3 {
		err := s.Audit.Record(t.Context(), access.SystemCaller("watcher"), access.AccountsRead, "c1", audit.Done,
			note.Note{})
		if err != nil {
			t.Fatal(err)
		}
	}
	var folded struct{ Items []struct{ Count int } }
	bob.call("GET", "/v1/audit?action=accounts.read&fold=machines", nil).want(http.StatusOK, &folded)
	if len(folded.Items) != 1 || folded.Items[0].Count != 3 {
		t.Errorf("folded: %+v", folded)
	}
	for _, wrong := range []string{
		"fold=people", "outcomes=denied", "outcome=maybe", "from=yesterday", "limit=501", "object=a&object=b",
	} {
		bob.call("GET", "/v1/audit?"+wrong, nil).want(http.StatusUnprocessableEntity, nil)
	}
	bob.call("GET", "/v1/audit/export?object=nothing", nil).refused(http.StatusNotFound, "audit_object_unknown")
	bob.call("GET", "/v1/audit/export?id=nothing", nil).refused(http.StatusUnprocessableEntity, "parameter_unknown")
	grace.call("GET", "/v1/audit/export?object=nothing", nil).refused(http.StatusForbidden, "not_permitted")

	var head struct{ Note, Key string }
	bob.call("POST", "/v1/audit/heads", nil).want(http.StatusCreated, &head)
	if _, err := audit.OpenHead(head.Note, head.Key); err != nil {
		t.Error(err)
	}
	answer := bob.call("GET", "/v1/audit/export?object=nothing", nil) // Grace was refused it, which is an entry
	answer.want(http.StatusOK, nil)
	if found, err := audit.VerifyExport(bytes.NewReader(answer.body), head.Key); err != nil || found.Entries == 0 {
		t.Errorf("%+v, %v", found, err)
	}
}
