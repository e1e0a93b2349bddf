package ui_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	"github.com/sealkeeper/sealkeeper/registration"
)

// manyParties adds organizations, each with an application, enough that a select does not offer all.
func manyParties(t *testing.T, s *console) (last registration.Organization) {
	t.Helper()
	for i := range 23 {
		name := fmt.Sprintf("Firme %02d", i)
		if i == 22 {
			name += " Zénith" // digits may also be those of an id
		}
		o, err := s.Registrations.AddOrganization(t.Context(), stack.Engineer, registration.Organization{
			LegalName:              name,
			Country:                "FR",
			OrganizationIdentifier: fmt.Sprintf("PSDFR-ACPR-9%02d", i),
			ContactEmail:           "a@b.example",
		})
		check(t, err)
		_, err = s.Registrations.AddApplication(t.Context(), stack.Engineer, registration.Application{
			OrganizationID: o.ID,
			Name:           fmt.Sprintf("Appli %02d", i),
			RedirectURIs:   []string{"https://a.example/callback"},
		})
		check(t, err)
		last = o
	}
	return last
}

// Everything is found from every page, and the form in the header works without script.
func TestSearchPage(t *testing.T) {
	s := newConsole(t)
	last := manyParties(t, s)
	b := s.signedIn(t, "Ada", access.Engineer)
	b.get("/").want(t, http.StatusOK, `action="/search"`)
	b.get("/search").want(t, http.StatusOK, "Search everywhere")
	b.get("/search?q=firme+22").want(t, http.StatusOK, `href="/organizations/`+last.ID+`"`, last.OrganizationIdentifier)
	b.get("/search?q=appli").want(t, http.StatusOK, `href="/applications?q=appli"`, "<small>23</small>")
	b.get("/search?q=nobody").want(t, http.StatusOK, "Nothing matches.")
	b.get("/search?q=a&kind=x").want(t, http.StatusUnprocessableEntity)
}

// The lists of organizations and applications have a search, and a select of more than twenty has one too.
func TestPartyPagesWithoutScript(t *testing.T) {
	s := newConsole(t)
	last := manyParties(t, s)
	b := s.signedIn(t, "Ada", access.Engineer)
	b.get("/firm?q=firme+zenith").want(t, http.StatusOK, "Firme 22", "Appli 22", "1 in all")
	b.get("/applications").want(t, http.StatusOK, "Appli 00", "23 in all")
	b.get("/applications?organization="+last.ID).want(t, http.StatusOK, "Appli 22", "1 in all")
	b.get("/applications?kind=x").want(t, http.StatusUnprocessableEntity)
	option := `<option value="` + last.ID + `"`
	if page := b.get("/firm"); strings.Contains(page.body, option) {
		t.Error("the select offers everything")
	}
	b.get("/firm?organization_q=22").want(t, http.StatusOK, option, `name="organization_q"`)
	b.get("/certificates/csr?from_q=firme+22").want(t, http.StatusOK, option)
	b.get("/institutions/"+stack.Institution+"?application_q=appli+22").want(t, http.StatusOK,
		"Appli 22 (Firme 22 Zénith)")
}

// With script the search leaves what was typed, and Ctrl-K goes to the one that looks everywhere.
func TestSearchInABrowser(t *testing.T) {
	s := newConsole(t)
	last := manyParties(t, s)
	b := chromium(t, s)
	s.user(t, "Ada", access.Engineer)
	b.signsIn("Ada")
	b.open("/firm")
	evaluate[bool](b, `document.querySelector("#organization").closest("details").open = true`)
	b.fill(map[string]string{"#name": "Typed before", `input[name="organization_q"]`: "firme 22"})
	evaluate[bool](b, `document.querySelector('input[name="organization_q"]').dispatchEvent(new Event("input"))`)
	b.do("waiting for the option",
		chromedp.WaitReady(chromedp.CSS(`#organization option[value="`+last.ID+`"]`)))
	if name := evaluate[string](b, `document.querySelector("#name").value`); name != "Typed before" {
		t.Errorf("after the search, the name is %q", name)
	}
	evaluate[bool](b, `document.dispatchEvent(new KeyboardEvent("keydown", { key: "k", ctrlKey: true }))`)
	if focus := evaluate[string](b, "document.activeElement.id"); focus != "everywhere" {
		t.Errorf("Ctrl-K goes to %q", focus)
	}
	b.look("lists-firm")
	b.open("/search?q=firme")
	b.look("lists-search")
}
