package ui_test

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	"github.com/sealkeeper/sealkeeper/registration"
)

// ofFirm are the things of one organization, by the first part of the addresses of their pages.
type ofFirm map[string]string

func (s *console) ofFirm(t *testing.T, identifier, institution string) ofFirm {
	t.Helper()
	ctx, root := t.Context(), access.Caller{ID: "u-root", Name: "Root", Roles: []access.Role{access.Admin}}
	o, err := s.Registrations.AddOrganization(ctx, root, registration.Organization{
		LegalName:              "Firm " + identifier,
		Country:                "FR",
		OrganizationIdentifier: identifier,
		ContactEmail:           "psd2@firm.example",
	})
	check(t, err)
	a, err := s.Registrations.AddApplication(ctx, root, registration.Application{
		OrganizationID: o.ID,
		Name:           "App " + identifier,
		RedirectURIs:   []string{stack.RedirectURI},
	})
	check(t, err)
	r, err := s.Registrations.Register(ctx, root, a.ID, institution)
	check(t, err)
	v, err := s.Registrations.Registration(ctx, root, r.ID)
	check(t, err)
	return ofFirm{
		"organizations": o.ID,
		"applications":  a.ID,
		"registrations": r.ID,
		"enrolments":    v.Enrolment.ID,
		"certificates":  s.Import(qtsp.Request{OrganizationIdentifier: identifier}),
		"institutions":  institution,
	}
}

// form has every field that decides what a form is about, and some that make it whole.
func (o ofFirm) form() url.Values {
	return url.Values{
		"organization":  {o["organizations"]},
		"application":   {o["applications"]},
		"institution":   {stack.Professional},
		"qwac":          {o["certificates"]},
		"client_id":     {"x"},
		"client_secret": {"y"},
		"version":       {"1"},
		"state":         {"done"},
		"reason":        {"x"},
		"name":          {"x"},
		"redirect_uris": {stack.RedirectURI},
		"confirmation":  {"x"},
		"note":          {"x"},
	}
}

var pathParameter = regexp.MustCompile(`:\w+`)

// acts sends every form that the console has about the things of a firm, but those of the families that take a role
// everywhere as a whole. It names the families whose things the test does not know.
func (b *browser) acts(routes []*echo.Route, o ofFirm) {
	b.t.Helper()
	wholly := []string{
		"access-reviews", "account", "alerts", "approvals", "audit", "campaigns", "catalogue-files", "confirm",
		"consents", "dora", "export", "imports", "incidents", "installation",
		"join", "key-copies", "payments", "people", "policy", "preferences", "registers", "services", "sign-in",
		"sign-out", "trusted-lists",
	}
	for _, route := range routes {
		family := strings.Split(route.Path, "/")[1]
		if route.Method != http.MethodPost || slices.Contains(wholly, family) {
			continue
		}
		path := strings.Replace(route.Path, ":step", "portal_account", 1)
		if strings.Contains(path, ":id") {
			if o[family] == "" {
				b.t.Errorf("%s: say what of a firm :id is, or that the family takes a role everywhere", route.Path)
				continue
			}
			path = strings.Replace(path, ":id", o[family], 1)
		}
		b.post(pathParameter.ReplaceAllString(path, "x"), o.form())
	}
}

// TestEveryFormOnAPart has somebody with every role on one organization send every form about another's things: nothing
// of it is allowed. About the own things it is, so the test can fail.
func TestEveryFormOnAPart(t *testing.T) {
	s := newConsole(t)
	own := s.ofFirm(t, stack.Organization, stack.Institution)
	other := s.ofFirm(t, "PSDFR-ACPR-99999", stack.LiveAtSim)
	grace := s.user(t, "Grace", access.Auditor)
	root := access.Caller{ID: "u-root", Name: "Root", Roles: []access.Role{access.Admin}}
	check(t, s.cfg.Identity.Grant(t.Context(), root, grace.ID, access.RoleGrant{
		Role:  access.Admin,
		Scope: access.Scope{Kind: access.ScopeOrganization, Value: own["organizations"]},
	}))
	b := s.browser(t)
	b.signIn("Grace")
	routes := serve(t, s.cfg).(*echo.Echo).Routes() //nolint:forcetypeassert // made by serve
	b.acts(routes, other)
	if allowed := s.allowedTo(t, grace); len(allowed) > 0 {
		t.Errorf("about another organization's things it is allowed: %v", allowed)
	}
	for _, family := range []string{"registrations", "certificates"} {
		path := "/" + family + "/" + other[family]
		if p := b.get(path); p.status != http.StatusOK || strings.Contains(p.body, `method="post" action="`+path+`/`) {
			t.Errorf("%s answers %d, or offers a form: %q", path, p.status,
				regexp.MustCompile(`action="[^"]+"`).FindAllString(p.body, -1))
		}
	}
	if p := b.get("/registrations/" + own["registrations"]); !strings.Contains(p.body, `/bundle"`) {
		t.Error("the own registration's page does not offer the form of a draft")
	}
	b.acts(routes, own)
	if allowed := s.allowedTo(t, grace); len(allowed) < 6 {
		t.Errorf("about the own things no more is allowed than %v", allowed)
	}
}

// allowedTo are the acts that the log says somebody was allowed to do to things.
func (s *console) allowedTo(t *testing.T, c access.Caller) (allowed []string) {
	t.Helper()
	entries, err := s.DB.LatestAudit(t.Context(), listing.MaxLimit)
	check(t, err)
	for _, e := range entries {
		if e.CallerID == c.ID && e.Outcome == audit.Allowed && e.Action.OnPart() {
			allowed = append(allowed, string(e.Action)+" "+e.Object)
		}
	}
	return allowed
}

// TestGrantsOnThePage grants and revokes on a person's page, in both languages.
func TestGrantsOnThePage(t *testing.T) {
	s := newConsole(t)
	own := s.ofFirm(t, stack.Organization, stack.Institution)
	bob := s.user(t, "Bob", access.Auditor)
	root := s.signedIn(t, "Root", access.Admin)
	page := "/people/" + bob.ID
	for lang, says := range map[string]string{"en": "without an end", "fr": "sans fin"} {
		root.lang = lang
		root.post(page+"/grants", url.Values{"role": {"engineer"}, "scope": {"organization:" + own["organizations"]}})
		p := root.get(page)
		if !strings.Contains(p.body, "Firm "+stack.Organization) || !strings.Contains(p.body, says) {
			t.Errorf("%s: the page does not say it", lang)
		}
		u, err := s.DB.UserByID(t.Context(), bob.ID)
		check(t, err)
		if len(u.Grants) != 1 {
			t.Fatalf("%+v", u.Grants)
		}
		root.post(page+"/grants/"+u.Grants[0].ID+"/revoke", nil)
	}
	for what, form := range map[string]url.Values{
		"an unknown part": {"role": {"engineer"}, "scope": {"organization:x"}},
		"what is no day":  {"role": {"engineer"}, "scope": {"everywhere"}, "until": {"x"}},
	} {
		if p := root.post(page+"/grants", form); p.status != http.StatusUnprocessableEntity {
			t.Errorf("%s is answered with %d", what, p.status)
		}
	}
	root.post(page+"/grants", url.Values{"role": {"engineer"}, "scope": {"everywhere"}, "until": {"2099-12-31"}})
	u, err := s.DB.UserByID(t.Context(), bob.ID)
	check(t, err)
	if len(u.Grants) != 1 || u.Grants[0].EndsAt.Format("2006-01-02T15") != "2100-01-01T00" {
		t.Errorf("%+v", u.Grants)
	}
}

// What ends soon is announced to whoever has it, and to those who see who there is.
func TestGrantsThatEndAreAnnounced(t *testing.T) {
	s := newConsole(t)
	ada := s.user(t, "Ada", access.Compliance)
	root := access.Caller{ID: "u-root", Name: "Root", Roles: []access.Role{access.Admin}}
	for days, role := range map[int]access.Role{2: access.Engineer, 40: access.Auditor} {
		check(t, s.cfg.Identity.Grant(t.Context(), root, ada.ID, access.RoleGrant{
			Role:   role,
			Scope:  access.Everything,
			EndsAt: s.Now.AddDate(0, 0, days),
		}))
	}
	own := s.browser(t)
	own.signIn("Ada")
	admin := s.signedIn(t, "Alice", access.Admin)
	engineer := s.signedIn(t, "Eve", access.Engineer)
	for name, test := range map[string]struct {
		b    *browser
		want bool
	}{"her own": {own, true}, "an administrator's": {admin, true}, "a colleague's": {engineer, false}} {
		if p := test.b.get("/"); strings.Contains(p.body, "The role Engineer ends") != test.want ||
			strings.Contains(p.body, "The role Auditor ends") {
			t.Errorf("%s home page announces it: want %v", name, test.want)
		}
	}
	if p := own.get("/account"); !strings.Contains(p.body, "Rights on a part, or until a day") {
		t.Error("the account page does not say what she may")
	}
}

// TestRightsInABrowser: the pages about rights fit, in French.
func TestRightsInABrowser(t *testing.T) {
	s := newConsole(t)
	own := s.ofFirm(t, stack.Organization, stack.Institution)
	bob := s.user(t, "Bob", access.Auditor)
	b := inFrench(t, s, "Camille Durand", access.Admin)
	b.open("/people/" + bob.ID)
	b.fill(map[string]string{"#grant-scope": "organization:" + own["organizations"], "#grant-role": "engineer"})
	b.submit(`form[action$="/grants"] button`, `form[action$="/revoke"]`)
	b.look("fr-person-grants")
	b.open("/people")
	evaluate[bool](b, `document.querySelectorAll("details").forEach((d) => { d.open = true; }), true`)
	b.look("fr-people-rights")
}
