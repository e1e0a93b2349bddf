package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/service"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	wire "github.com/sealkeeper/sealkeeper/types/api"
)

func TestServiceAccountsInPages(t *testing.T) {
	s := serve(t)
	for i := range 7 {
		_, _, _, err := s.Accounts.Add(t.Context(), stack.Admin, service.Input{
			Name:        fmt.Sprintf("worker %d", i),
			Owner:       "data team",
			Description: "for a test",
		})
		check(t, err)
	}
	admin := s.as(t, "Root", access.Admin)
	var names []string
	for path := "/v1/service-accounts?limit=3&q=work"; path != ""; {
		a := admin.call("GET", path, nil)
		var page wire.Page[wire.ServiceAccount]
		a.want(http.StatusOK, &page)
		if page.Count != 7 || len(page.Items) > 3 {
			t.Fatalf("a page of %d, of %d", len(page.Items), page.Count)
		}
		for _, one := range page.Items {
			names = append(names, strings.TrimPrefix(one.Name, "worker "))
		}
		path = ""
		for link := range strings.SplitSeq(a.header.Get("Link"), ", ") {
			if next, is := strings.CutSuffix(link, `>; rel="next"`); is {
				path = strings.TrimPrefix(next, "<")
			}
		}
		if (path == "") != (page.NextCursor == "") {
			t.Errorf("Link says %q, and the page %q", path, page.NextCursor)
		}
	}
	if strings.Join(names, "") != "0123456" {
		t.Errorf("got %q", names)
	}
	for _, wrong := range []string{"state=x", "limit=0", "limit=501", "cursor=x", "sort=owner", "ended=maybe"} {
		a := admin.call("GET", "/v1/service-accounts?"+wrong, nil)
		if a.status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d %s", wrong, a.status, a.body)
		}
	}
}
