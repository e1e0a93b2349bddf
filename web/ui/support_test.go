package ui_test

import (
	"net/http"
	"testing"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	"github.com/sealkeeper/sealkeeper/web/ui/page"
)

// TestSupportIsNamedWherePeopleGetStuck: at sign-in, at a refusal, on pages that are not there; and in the checklist
// and at the e-mail the contact is that of the organization.
func TestSupportIsNamedWherePeopleGetStuck(t *testing.T) {
	s := newConsole(t)
	s.cfg.Support = page.Support{
		Contact: page.Contact{Name: "Certificate desk", Email: "certificates@firm.example"},
		Organizations: map[string]page.Contact{
			stack.Organization: {Name: "The French desk", Link: "https://firm.example/certificates?a=1&b=2"},
		},
	}
	s.url = newServer(t, s.cfg)
	registration := s.Register(stack.LiveAtSim)
	const firm, mail = "Certificate desk", `href="mailto:certificates@firm.example"`
	s.browser(t).get("/sign-in").want(t, http.StatusOK, "Questions about certificates:", firm, mail)
	b := s.signedIn(t, "Ada", access.Engineer)
	b.get("/nowhere").want(t, http.StatusNotFound, firm, mail)
	const organization, link = "The French desk", `href="https://firm.example/certificates?a=1&amp;b=2"`
	b.get("/registrations/"+registration.ID).want(t, http.StatusOK, organization, link, firm)
	b.get("/registrations/"+registration.ID+"/steps/customer_organization/email").
		want(t, http.StatusOK, organization, link)
	b.lang = "fr"
	b.get("/").want(t, http.StatusOK, "Questions sur les", firm)
}
