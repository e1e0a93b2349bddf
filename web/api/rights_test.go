package api_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/connector/pis"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/internal/consent"
	"github.com/sealkeeper/sealkeeper/internal/payment"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	wire "github.com/sealkeeper/sealkeeper/types/api"
	"github.com/sealkeeper/sealkeeper/web/api"
)

// belongings are things of one organization, one of each kind.
type belongings struct {
	identifier                string
	organization, application string
	registration, enrolment   string
	certificate               string
	consent, payment, request string
}

const otherOrganization = "PSDFR-ACPR-99999"

// belonging makes a firm with one of each kind of thing, at an institution.
func (s *server) belonging(t *testing.T, root *client, identifier, institution string) (b belongings) {
	t.Helper()
	b.identifier = identifier
	post := func(path string, body object) string {
		var m made
		root.call("POST", path, body).want(http.StatusCreated, &m)
		return m.ID
	}
	b.organization = post("/v1/organizations", object{
		"legal_name":              "Firm " + identifier,
		"country":                 "FR",
		"organization_identifier": identifier,
		"contact_email":           "psd2@firm.example",
	})
	b.application = post("/v1/applications", object{
		"organization_id": b.organization,
		"name":            "App " + identifier,
		"redirect_uris":   []string{stack.RedirectURI},
	})
	b.registration = post("/v1/registrations", object{"application_id": b.application, "institution_id": institution})
	b.certificate = root.store(qtsp.Request{OrganizationIdentifier: identifier})
	in, ok := s.Catalogue.Institution(institution)
	if !ok {
		t.Fatal(institution)
	}
	b.enrolment = b.organization + "." + in.Group.ID + "." + string(in.Environment)
	b.consent, b.payment = "c-"+identifier, "p-"+identifier
	b.request = "r-" + identifier
	now := s.Now.Truncate(time.Microsecond)
	check(t, s.DB.AddConsent(t.Context(), consent.Consent{
		ID:             b.consent,
		RegistrationID: b.registration,
		InstitutionID:  institution,
		State:          consent.Pending,
		StateHash:      b.consent,
		CreatedAt:      now,
		CreatedBy:      "somebody",
		AnswerBy:       now.Add(time.Hour),
	}))
	check(t, s.DB.AddPayment(t.Context(), payment.Payment{
		ID:             b.payment,
		RegistrationID: b.registration,
		State:          payment.Creating,
		CallerID:       "somebody",
		Order:          pis.Plan{Payment: pis.Payment{ID: b.payment, Kind: pis.Single}},
		CreatedAt:      now,
		RequestHash:    b.payment,
	}))
	check(t, s.DB.AddApproval(t.Context(), approval.Request{
		ID:          b.request,
		Kind:        access.BundleActivate,
		Object:      b.registration,
		State:       approval.Open,
		RequestedBy: "somebody",
		RequestedAt: now,
		ExpiresAt:   now.Add(time.Hour),
	}))
	return b
}

// onPart is every act that a role allows on a part, by its route, with what it is asked with.
var onPart = map[string]struct {
	action access.Action
	body   func(b belongings) any
}{
	"PUT /v1/certificates/:id/line":                        {access.CertLink, fields("predecessor", "x")},
	"POST /v1/certificates/:id/export":                     {access.KeyExport, fields("format", "pem")},
	"PUT /v1/certificates/:id/chain":                       {access.CertChain, nil},
	"POST /v1/certificates/:id/chain/completion":           {access.CertChain, nil},
	"POST /v1/certificates/:id/revocation":                 {access.CertAsk, nil},
	"POST /v1/certificates/:id/retire":                     {access.CertRetire, fields("reason", "x")},
	"POST /v1/certificates/:id/destroy":                    {access.CertDestroy, fields("confirmation", "x")},
	"POST /v1/certificates/:id/allow-export":               {access.KeyAllowExport, nil},
	"POST /v1/csrs":                                        {access.CSRCreate, ordered},
	"POST /v1/applications":                                {access.RegistrationWrite, newApplication},
	"PUT /v1/applications/:id":                             {access.RegistrationWrite, changedApplication},
	"PUT /v1/applications/:id/archived":                    {access.RegistrationWrite, keepIt},
	"PUT /v1/registrations/:id/archived":                   {access.RegistrationWrite, keepIt},
	"PUT /v1/enrolments/:id":                               {access.RegistrationWrite, fields("customer_name", "x")},
	"PUT /v1/checklists/:id/steps/:step":                   {access.RegistrationWrite, fields("state", "done")},
	"POST /v1/checklists/:id/steps/:step/sent":             {access.RegistrationWrite, fields("note", "x")},
	"POST /v1/checklists/:id/steps/:step/answer":           {access.RegistrationWrite, fields("from", "x")},
	"POST /v1/registrations":                               {access.RegistrationWrite, newRegistration},
	"PUT /v1/registrations/:id/steps/:step":                {access.RegistrationWrite, fields("state", "done")},
	"PUT /v1/registrations/:id/bundle":                     {access.BundleWrite, ownBundle},
	"POST /v1/registrations/:id/test":                      {access.ConnectionTest, nil},
	"POST /v1/registrations/:id/bundles/:version/activate": {access.BundleActivate, nil},
	"POST /v1/registrations/:id/bundles/:version/retire":   {access.BundleRetire, nil},
	"POST /v1/consents":                                    {access.ConsentStart, ofRegistration},
	"DELETE /v1/consents/:id":                              {access.ConsentRevoke, nil},
	"GET /v1/consents/:id/accounts":                        {access.AccountsRead, nil},
	"GET /v1/consents/:id/accounts/:account/balances":      {access.AccountsRead, nil},
	"GET /v1/consents/:id/accounts/:account/transactions":  {access.AccountsRead, nil},
	"GET /v1/consents/:id/identity":                        {access.AccountsRead, nil},
	"GET /v1/consents/:id/beneficiaries":                   {access.AccountsRead, nil},
	"POST /v1/payments": {access.PaymentCreate, func(b belongings) any {
		return order(b.registration, "pay-"+b.identifier, nil)
	}},
	"POST /v1/payments/:id/confirm":   {access.PaymentConfirm, nil},
	"POST /v1/payments/:id/cancel":    {access.PaymentCancel, empty},
	"POST /v1/payments/:id/resolve":   {access.PaymentResolve, empty},
	"POST /v1/approvals/:id/review":   {access.ApprovalReview, fields("review", "x")},
	"POST /v1/approvals/:id/withdraw": {access.ApprovalDecide, nil},
}

// everywhere are the routes that change something and take the right everywhere, or belong to service accounts, or are
// decided about what only the answer tells; each with why it is not in onPart.
var everywhere = map[string]string{
	"POST /v1/certificates":                        "what is in the files: TestImportsOnAPart",
	"POST /v1/certificates/inspect":                "nothing is stored",
	"POST /v1/checklists/:id/steps/:step/email":    "reading",
	"POST /v1/checklists/:id/steps/:step/evidence": "a file: TestEvidenceOnAPart",
	"POST /v1/consents/callback":                   "what the state names",
	"POST /v1/payments/returns":                    "what the state names",
	"POST /v1/organizations":                       "an organization decides whose certificates are",
	"PUT /v1/organizations/:id":                    "an organization decides whose certificates are",
	"PUT /v1/organizations/:id/archived":           "an organization decides whose certificates are",
	"POST /v1/institutions/:id/facts":              "what a bank says holds for everybody",
	"DELETE /v1/institutions/:id/facts/:fact":      "what a bank says holds for everybody",
	"POST /v1/audit/heads":                         "the log is of everybody",
	"POST /v1/registers/:id/file":                  "a register is about everybody",
	"PUT /v1/institutions/:id/hosts/:host/issuer":  "a bank's host is everybody's",
	"POST /v1/certificates/:id/key-copies":         "a copy may be of a key that others share",
	"POST /v1/key-copies/:id/end":                  "a copy may be of a key that others share",
}

// wholly are the families of routes that take the right everywhere, whatever is added to them.
var wholly = []string{
	"/v1/people", "/v1/invitations", "/v1/policy", "/v1/catalogue-files", "/v1/dora-register",
	"/v1/campaigns", "/v1/services", "/v1/tls", "/v1/service-",
	"/v1/token",
	"/v1/workload", "/v1/registration-imports", "/v1/cases", "/v1/alerts", "/v1/calendars", "/v1/links",
	"/v1/access-reviews", "/v1/incidents", "/v1/installation",
}

func fields(name, value string) func(belongings) any {
	return func(belongings) any { return object{name: value} }
}

func keepIt(belongings) any { return object{"archived": false} }

func ofRegistration(b belongings) any { return object{"registration_id": b.registration} }

func newApplication(b belongings) any {
	return object{"organization_id": b.organization, "name": "x", "redirect_uris": []string{stack.RedirectURI}}
}

func changedApplication(belongings) any {
	return object{"name": "x", "redirect_uris": []string{stack.RedirectURI}}
}

func empty(belongings) any { return object{} }

func newRegistration(b belongings) any {
	return object{"application_id": b.application, "institution_id": stack.Professional}
}

func ownBundle(b belongings) any {
	return object{"qwac_id": b.certificate, "client_id": "x", "client_secret": secretText}
}

func ordered(b belongings) any {
	return object{
		"kind":                    "qsealc",
		"organization":            "x",
		"organization_identifier": b.identifier,
		"country":                 "FR",
		"roles":                   []string{"PSP_AI"},
		"nca_name":                "ACPR",
		"nca_id":                  "FR-ACPR",
	}
}

// at is a route's address for a thing of the organization's.
func (b belongings) at(route string) string {
	family := strings.Split(route, "/")[2]
	id := map[string]string{
		"certificates":  b.certificate,
		"applications":  b.application,
		"organizations": b.organization,
		"enrolments":    b.enrolment,
		"checklists":    b.registration,
		"registrations": b.registration,
		"consents":      b.consent,
		"payments":      b.payment,
		"approvals":     b.request,
	}[family]
	if id != "" {
		route = strings.Replace(route, ":id", id, 1)
	}
	route = strings.Replace(route, ":version", "1", 1)
	route = strings.Replace(route, ":step", "portal_account", 1)
	return routeParameter.ReplaceAllString(route, "x")
}

// granted is somebody who reads everything, and has one more role on a part.
func (s *server) granted(t *testing.T, name string, role access.Role, scope access.Scope) *client {
	t.Helper()
	c := s.as(t, name, access.Auditor)
	s.grant(t, name, access.RoleGrant{Role: role, Scope: scope})
	return c
}

func (s *server) grant(t *testing.T, name string, g access.RoleGrant) {
	t.Helper()
	u, err := s.DB.UserByName(t.Context(), name)
	check(t, err)
	root := access.Caller{ID: "u-root", Name: "root", Roles: []access.Role{access.Admin}}
	check(t, s.identity.Grant(t.Context(), root, u.ID, g))
}

func isPermission(code string) bool { return code == "not_permitted" || code == "not_permitted_here" }

// TestEveryRouteOnAPart has every role on every kind of part call every route that changes something, about things in
// the part and outside of it: exactly what the table of permissions says is let through. A route that is in no table
// fails.
func TestEveryRouteOnAPart(t *testing.T) {
	s := serve(t)
	root := s.as(t, "root", access.Admin)
	sandbox := s.belonging(t, root, stack.Organization, stack.Institution)
	live := s.belonging(t, root, otherOrganization, stack.LiveAtSim)
	parts := []access.Scope{
		{Kind: access.ScopeOrganization, Value: sandbox.organization},
		{Kind: access.ScopeEnvironment, Value: "sandbox"},
		{Kind: access.ScopeOrganization, Value: live.organization},
	}
	acts := tried(t)
	for _, role := range []access.Role{access.Compliance, access.Engineer, access.Admin} {
		for _, scope := range parts {
			c := s.granted(t, string(role)+" "+string(scope.Kind)+" "+scope.Value, role, scope)
			for name, act := range acts {
				for _, b := range []belongings{sandbox, live} {
					var body any
					if act.body != nil {
						body = act.body(b)
					}
					method, route, _ := strings.Cut(name, " ")
					a := c.call(method, b.at(route), body)
					var p wire.Problem
					_ = json.Unmarshal(a.body, &p)
					want := role.May(act.action) && s.inPart(scope, name, b, b.identifier == stack.Organization)
					if got := a.status != http.StatusForbidden || !isPermission(p.Code); got != want {
						t.Errorf("%s on %s: %s of %s: let through %v, want %v (%d %s)", role, scope, name, b.identifier,
							got, want,
							a.status, p.Code)
					}
				}
			}
		}
	}
}

// inPart says by itself whether a thing is in a part. What an organization has for all its banks is in no environment.
func (s *server) inPart(scope access.Scope, route string, b belongings, sandbox bool) bool {
	if scope.Kind == access.ScopeOrganization {
		return scope.Value == b.organization
	}
	ofFirm := strings.Contains(route, "/v1/certificates") || strings.Contains(route, "/v1/csrs") ||
		strings.Contains(route, "/v1/applications")
	if strings.HasPrefix(route, "POST /v1/registrations") && !strings.Contains(route, ":id") {
		return scope.Value == "sandbox" // both are asked for there
	}
	return !ofFirm && (scope.Value == "sandbox") == sandbox
}

// tried is onPart, after every route of the API was found in one of the tables.
func tried(t *testing.T) map[string]struct {
	action access.Action
	body   func(b belongings) any
} {
	t.Helper()
	for _, route := range handler(&api.API{}).Routes() {
		name := route.Method + " " + route.Path
		act, there := onPart[name]
		if there && !act.action.OnPart() {
			t.Errorf("%s: %s is allowed on no part", name, act.action)
		}
		if there || route.Method == http.MethodGet || route.Method == "echo_route_not_found" ||
			everywhere[name] != "" ||
			slices.ContainsFunc(wholly, func(family string) bool { return strings.HasPrefix(route.Path, family) }) {
			continue
		}
		t.Errorf("%s: say in a table of this file whether a role on a part allows it, and where", name)
	}
	return onPart
}

// Whoever imports for one organization alone stores its certificates, whatever the files are called.
func TestImportsOnAPart(t *testing.T) {
	s := serve(t)
	root := s.as(t, "root", access.Admin)
	own := s.belonging(t, root, stack.Organization, stack.Institution)
	other := s.belonging(t, root, otherOrganization, stack.LiveAtSim)
	c := s.granted(t, "Ada", access.Compliance, access.Scope{Kind: access.ScopeOrganization, Value: own.organization})
	files := func(identifier, name string) []part {
		parts := pemFiles(s.QTSP.MustIssue(t, qtsp.Request{OrganizationIdentifier: identifier}))
		parts[0].file = name
		return parts
	}
	foreign := files(other.identifier, own.certificate)[:2] // called as a thing that is in the part
	c.upload("/v1/certificates", foreign[0], foreign[1]).refused(http.StatusForbidden, "not_permitted_here")
	both := append(files(own.identifier, "a.pem"), files(other.identifier, "b.pem")...)
	c.upload("/v1/certificates", both...).refused(http.StatusForbidden, "not_permitted_here")
	c.upload("/v1/certificates", append(files(own.identifier, "c.pem"),
		part{field: "key_mode", data: []byte("exportable")}, part{field: "export_reason", data: []byte("x")})...).
		want(http.StatusCreated, nil)
	c.upload("/v1/certificates/inspect", files(other.identifier, "d.pem")...).want(http.StatusOK, nil)
}

// A draft of somebody who may change one organization's registrations alone names no other's certificate, and uses no
// other's key with a connection test.
func TestDraftsOnAPartNameOwnCertificates(t *testing.T) {
	s := serve(t)
	root := s.as(t, "root", access.Admin)
	own := s.belonging(t, root, stack.Organization, stack.Institution)
	other := s.belonging(t, root, otherOrganization, stack.LiveAtSim)
	c := s.granted(t, "Grace", access.Engineer, access.Scope{Kind: access.ScopeEnvironment, Value: "sandbox"})
	bundle := "/v1/registrations/" + own.registration + "/bundle"
	c.call("PUT", bundle, object{"qwac_id": other.certificate}).refused(http.StatusForbidden, "certificate_not_here")
	c.call("PUT", bundle, ownBundle(own)).want(http.StatusOK, nil)
	c.upload("/v1/checklists/"+own.registration+"/steps/portal_account/evidence",
		part{field: "file", file: "a.txt", data: []byte("a text")}).want(http.StatusCreated, nil)
	c.upload("/v1/checklists/"+other.registration+"/steps/portal_account/evidence",
		part{field: "file", file: "a.txt", data: []byte("a text")}).refused(http.StatusForbidden, "not_permitted_here")
}

// What was granted counts from the next request on, and ends by itself or when it is revoked.
func TestGrantsEnd(t *testing.T) {
	s := serve(t)
	root := s.as(t, "root", access.Admin)
	own := s.belonging(t, root, stack.Organization, stack.Institution)
	c := s.as(t, "Bob", access.Auditor)
	address := "/v1/checklists/" + own.registration + "/steps/portal_account"
	works := func() bool { return c.call("PUT", address, object{"note": s.Now.String()}).status == http.StatusOK }
	if works() {
		t.Fatal("an auditor writes")
	}
	for _, scope := range []access.Scope{access.Everything, {Kind: access.ScopeBankGroup, Value: "societegenerale"}} {
		s.grant(t, "Bob", access.RoleGrant{Role: access.Engineer, Scope: scope, EndsAt: s.Now.Add(time.Minute)})
		if !works() {
			t.Errorf("%v: it does not count", scope)
		}
		s.Now = s.Now.Add(time.Minute)
		if works() {
			t.Errorf("%v: it does not end", scope)
		}
	}
	s.grant(t, "Bob", access.RoleGrant{
		Role: access.Engineer,
		Scope: access.Scope{
			Kind:  access.ScopeEnvironment,
			Value: "sandbox",
		},
	})
	if !works() {
		t.Error("it does not count")
	}
	u, err := s.DB.UserByName(t.Context(), "Bob")
	check(t, err)
	var detail wire.PersonDetail
	root.call("GET", "/v1/people/"+u.ID, nil).want(http.StatusOK, &detail)
	if len(detail.Person.Grants) != 3 {
		t.Fatalf("%+v", detail.Person.Grants)
	}
	last := detail.Person.Grants[2]
	root.call("DELETE", "/v1/people/"+u.ID+"/grants/"+last.ID, nil).want(http.StatusOK, nil)
	root.call("DELETE", "/v1/people/"+u.ID+"/grants/"+last.ID, nil).refused(http.StatusNotFound, "grant_unknown")
	if works() {
		t.Error("it was revoked and counts")
	}
}

// Two people agree to a change of one organization's: both have the right there, and whoever has it elsewhere alone is
// no second person.
func TestTwoPeopleOnAPart(t *testing.T) {
	s := serve(t)
	root := s.as(t, "root", access.Admin)
	own := s.belonging(t, root, stack.Organization, stack.Institution)
	other := s.belonging(t, root, otherOrganization, stack.LiveAtSim)
	of := func(b belongings) access.Scope {
		return access.Scope{Kind: access.ScopeOrganization, Value: b.organization}
	}
	ada := s.granted(t, "Ada", access.Compliance, of(own))
	s.granted(t, "Bea", access.Compliance, of(own))
	s.granted(t, "Eve", access.Compliance, of(other))
	var stored []made
	ada.upload("/v1/certificates", append(
		pemFiles(s.QTSP.MustIssue(t, qtsp.Request{OrganizationIdentifier: own.identifier})),
		part{field: "key_mode", data: []byte("exportable")}, part{field: "export_reason", data: []byte("x")})...).
		want(http.StatusCreated, &stored)
	ada.call("POST", "/v1/certificates/"+stored[0].ID+"/allow-export", nil)
	var requests []wire.Approval
	ada.call("GET", "/v1/approvals?state=open&object="+stored[0].ID, nil).items(&requests)
	if len(requests) != 1 {
		t.Fatalf("%d requests", len(requests))
	}
	for name, code := range map[string]string{"Eve": "not_permitted_here", "Ada": "second_person_needed"} {
		if got := fault.Code(s.approve(t, name, requests[0].ID)); got != code {
			t.Errorf("%s is refused with %q, want %q", name, got, code)
		}
	}
	s.approves(t, "Bea", requests[0].ID)
}
