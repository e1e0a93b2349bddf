package choice_test

import (
	"fmt"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/environment"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
	"github.com/sealkeeper/sealkeeper/web/ui/choice"
)

// A field of few institutions offers all of them; one of many the first, and what is searched for.
func TestInstitution(t *testing.T) {
	all := func(n int) (all []catalogue.Institution) {
		for i := range n {
			all = append(all, catalogue.Institution{
				ID:          fmt.Sprintf("bank-%d", i),
				Name:        fmt.Sprintf("Crédit No %d", i),
				Environment: environment.Sandbox,
			})
		}
		return all
	}
	for _, test := range []struct {
		what          string
		n             int
		typed, chosen string
		offered       int
		first         string
		many          bool
	}{
		{"few", 20, "", "", 20, "bank-0", false},
		{"many", 300, "", "", 20, "bank-0", true},
		{"a search", 300, "credit 299", "", 1, "bank-299", true},
		{"a search by id", 300, "bank-17", "", 11, "bank-17", true},
		{"a search beside what is chosen", 300, "credit 299", "bank-3", 2, "bank-3", true},
		{"a search for nothing", 300, "nobody", "", 0, "", true},
	} {
		t.Run(test.what, func(t *testing.T) {
			address := "/services/new?" + url.Values{"at_q": {test.typed}, "application_q": {"x"}}.Encode()
			c := echo.New().NewContext(httptest.NewRequestWithContext(t.Context(), "GET", address, nil),
				httptest.NewRecorder())
			got := choice.Institution(c, all(test.n), choice.Ask{Field: "at", Selected: test.chosen})
			if len(got.Parties) != test.offered || got.Many != test.many || got.Kept["application_q"] != "x" ||
				len(got.Parties) > 0 && got.Parties[0].ID != test.first {
				t.Errorf("%d are offered: %+v", len(got.Parties), got)
			}
		})
	}
}
