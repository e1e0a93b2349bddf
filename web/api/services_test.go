package api_test

import (
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/internal/environment"
	"github.com/sealkeeper/sealkeeper/internal/service"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	"github.com/sealkeeper/sealkeeper/registration"
	wire "github.com/sealkeeper/sealkeeper/types/api"
	"github.com/sealkeeper/sealkeeper/web/api"
)

// forServices are the routes that any service account may ask, whose answers are its own, and those that ask for no
// token.
var forServices = []string{
	"GET /v1/openapi.yaml", "GET /v1/institutions", "GET /v1/institutions/:id", "GET /v1/tls", "GET /v1/tls/events",
	"POST /v1/tls/reports", "GET /v1/consents", "GET /v1/payments", "POST /v1/token", "POST /v1/tokens",
}

// theirs are the routes on a registration, with what to send and the purposes that they need. {r} is the registration.
var theirs = map[string]struct {
	body     func(registration string) any
	purposes []access.Purpose
}{
	"GET /v1/tls/:registration":             {nil, []access.Purpose{access.Transport}},
	"GET /v1/tls/:registration/credentials": {nil, []access.Purpose{access.Credentials}},
	"POST /v1/tls/:registration/handshakes": {func(string) any {
		return object{"version": 1, "scheme": "x", "message": digest}
	}, []access.Purpose{access.Transport}},
	"POST /v1/tls/:registration/signatures": {func(string) any {
		return object{"version": 1, "algorithm": "rsa-sha256", "digest": digest}
	}, []access.Purpose{access.Signing}},
	"POST /v1/tls/:registration/http-signatures": {func(string) any {
		return object{"version": 1, "product": "ais", "method": "GET", "url": "https://bank.example/"}
	}, []access.Purpose{access.Signing}},
	"POST /v1/tls/:registration/bank-tokens": {func(string) any { return object{} },
		[]access.Purpose{access.Payments, access.Transport}},
	"POST /v1/tls/:registration/export": {func(string) any { return object{"version": 1} },
		[]access.Purpose{access.Export, access.Transport}},
	"POST /v1/consents": {func(r string) any { return object{"registration_id": r} },
		[]access.Purpose{access.Accounts}},
	"POST /v1/payments": {func(r string) any { return order(r, "pay-9", nil) }, []access.Purpose{access.Payments}},
}

var routeParameter = regexp.MustCompile(`:\w+`)

// A stolen token or client certificate can use exactly what its account is bound to and for: over all routes, with all
// purposes elsewhere, and with each purpose but the one that is needed here.
func TestStolenTokenUsesWhatItIsBoundTo(t *testing.T) {
	p := newPassing(t)
	s := p.server
	victim := s.ActivateAt(stack.Institution)
	own, err := s.Registrations.Register(t.Context(), stack.Engineer, victim.ApplicationID, stack.Professional)
	check(t, err)
	holder := s.service(t, "holder", access.Purposes...)
	var begun struct {
		Consent struct{ ID string } `json:"consent"`
		ID      string              `json:"id"`
	}
	holder.call("POST", "/v1/consents", object{"registration_id": victim.ID}).want(http.StatusCreated, &begun)
	var made paid
	holder.call("POST", "/v1/payments", order(victim.ID, "pay-9", nil)).want(http.StatusCreated, &made)
	bound := []service.Binding{{ApplicationID: own.ApplicationID, InstitutionID: own.InstitutionID}}
	account, token := s.ServiceBound("thief", bound, access.Purposes...)
	stolen := p.issue(t, "thief", nil)
	p.trusts(account.ID, stolen)
	thieves := map[string]*client{
		"token":       {t: t, s: s, token: token.Reveal()},
		"certificate": p.client(t, stolen),
	}

	b := s.belongingsOf(t, victim)
	b.consent, b.payment = begun.Consent.ID+begun.ID, made.ID
	others := s.others(t)
	at := func(path string) string {
		if id, ok := others[strings.Split(path, "/")[2]]; ok {
			path = strings.Replace(path, ":id", id, 1)
		}
		return b.at(strings.Replace(path, ":registration", b.registration, 1))
	}
	for name, thief := range thieves {
		t.Run(name, func(t *testing.T) {
			thief = thief.in(t)
			thief.call("GET", "/v1/tls/"+own.ID, nil).refused(http.StatusConflict, "not_ready") // it exists
			thief.triesAllRoutes(b, at)
		})
	}
	for name, on := range theirs {
		method, path, _ := strings.Cut(name, " ")
		for _, missing := range on.purposes {
			rest := slices.DeleteFunc(slices.Clone(access.Purposes), func(p access.Purpose) bool {
				return p == missing
			})
			c := s.service(t, name+" without "+string(missing), rest...)
			var body any
			if on.body != nil {
				body = on.body(victim.ID)
			}
			c.call(method, at(path), body).refused(http.StatusForbidden, "purpose_missing")
		}
	}
	person := s.as(t, "Grace", access.Admin)
	person.call("GET", "/v1/tls/"+victim.ID, nil).refused(http.StatusForbidden, "service_account_needed")
}

// belongingsOf are what a registration has, and a request about it.
func (s *server) belongingsOf(t *testing.T, r registration.Registration) belongings {
	t.Helper()
	v, err := s.Registrations.Registration(t.Context(), stack.Auditor, r.ID)
	check(t, err)
	check(t, s.DB.AddApproval(t.Context(), approval.Request{
		ID:          "r-" + r.ID,
		Kind:        access.BundleRetire,
		Object:      r.ID,
		State:       approval.Open,
		RequestedBy: "somebody",
		RequestedAt: s.Now,
		ExpiresAt:   s.Now.Add(time.Hour),
	}))
	return belongings{
		identifier:   v.Organization.OrganizationIdentifier,
		organization: v.Organization.ID,
		application:  v.Application.ID,
		registration: r.ID,
		enrolment:    v.Enrolment.ID,
		certificate:  v.Active().QWACID,
		request:      "r-" + r.ID,
	}
}

// others are ids of things of the kinds that are everybody's, by their family of routes.
func (s *server) others(t *testing.T) map[string]string {
	t.Helper()
	person, err := s.identity.AddUser(t.Context(), "Victoria", []access.Role{access.Admin})
	check(t, err)
	account, _ := s.Service("another", access.Transport)
	return map[string]string{
		"institutions":     stack.Institution,
		"people":           person.ID,
		"service-accounts": account.ID,
	}
}

// triesAllRoutes asks every route for what the caller is not bound to, each with things of the kind that it is about.
func (c *client) triesAllRoutes(b belongings, at func(path string) string) {
	c.t.Helper()
	tried := 0
	for _, route := range handler(&api.API{}).Routes() {
		name := route.Method + " " + route.Path
		if !strings.HasPrefix(route.Path, "/v1/") || route.Method == "echo_route_not_found" ||
			slices.Contains(forServices, name) {
			continue
		}
		tried++
		var body any = object{}
		if act := onPart[name]; act.body != nil {
			body = act.body(b)
		} else if route.Method == http.MethodGet {
			body = nil
		}
		if on, ok := theirs[name]; ok {
			if on.body != nil {
				body = on.body(b.registration)
			}
			c.call(route.Method, at(route.Path), body).refused(http.StatusNotFound, "registration_unknown")
			continue
		}
		a := c.call(route.Method, at(route.Path), body)
		refused := []int{http.StatusForbidden, http.StatusNotFound, http.StatusUnprocessableEntity}
		if !slices.Contains(refused, a.status) {
			c.t.Errorf("%s answered %d to an account that is not bound to it: %s", name, a.status, a.body)
		}
		if strings.Contains(string(a.body), "http_error") {
			c.t.Errorf("%s: %s is no address", name, at(route.Path))
		}
	}
	if tried < 60 {
		c.t.Fatalf("only %d routes were tried", tried)
	}
	for _, path := range []string{"/v1/consents", "/v1/payments"} {
		var page wire.Page[object]
		c.call("GET", path, nil).want(http.StatusOK, &page)
		if len(page.Items) != 0 || page.Count != 0 {
			c.t.Errorf("%s: %+v", path, page)
		}
	}
	c.call("GET", "/v1/tls/lookup?application=Exemple%20Budget&institution="+stack.Institution, nil).
		refused(http.StatusNotFound, "registration_unknown")
}

func TestServiceAccountsTakeTwoPeopleOnLive(t *testing.T) {
	s := serve(t)
	r := s.ActivateAt(stack.Institution)
	admin, officer := s.as(t, "Root", access.Admin), s.as(t, "Ada", access.Compliance)
	in := object{
		"name":        "reports",
		"owner":       "data team",
		"description": "nightly reports",
		"purposes":    []string{"signing", "transport"},
		"bindings":    []object{{"application_id": r.ApplicationID, "institution_id": stack.Institution}},
	}
	officer.call("POST", "/v1/service-accounts", in).refused(http.StatusForbidden, "not_permitted")
	var made wire.ServiceAccountChange
	admin.call("POST", "/v1/service-accounts", in).want(http.StatusCreated, &made)
	if !made.Done || len(made.Account.Purposes) != 2 || made.Account.Bindings[0].Environment != "sandbox" ||
		made.Account.Limits.PerSecond != 500 {
		t.Fatalf("on sandbox: %+v", made)
	}
	path := "/v1/service-accounts/" + made.Account.ID
	in["bindings"] = []object{{"application_id": r.ApplicationID, "environment": "live"}}
	admin.call("PUT", path, in).want(http.StatusOK, &made)
	if made.Done || made.ApprovalID == "" || made.Account.Bindings[0].Environment != "sandbox" {
		t.Fatalf("on live by one person: %+v", made)
	}
	if code := fault.Code(s.approve(t, "Root", made.ApprovalID)); code != "second_person_needed" {
		t.Errorf("the one who requested it approves: %q", code)
	}
	s.approves(t, "Ada", made.ApprovalID)
	var now wire.ServiceAccount
	admin.call("GET", path, nil).want(http.StatusOK, &now)
	if len(now.Bindings) != 1 || now.Bindings[0].Environment != "live" || now.ApprovalID != "" {
		t.Errorf("after the approval: %+v", now)
	}
	in["purposes"] = []string{"transport"} // less is done at once
	admin.call("PUT", path, in).want(http.StatusOK, &made)
	in["purposes"] = []string{"transport", "export"}
	var more wire.ServiceAccountChange
	admin.call("PUT", path, in).want(http.StatusOK, &more)
	if !made.Done || more.Done {
		t.Errorf("less took two people, or more took one: %v, %v", made.Done, more.Done)
	}
	for code, change := range map[string]object{
		"purpose_unknown":      {"purposes": []string{"root"}},
		"binding_invalid":      {"bindings": []object{{"application_id": "x", "environment": "live"}}},
		"limits_invalid":       {"limits": object{"per_second": 0, "per_day": 5}},
		"service_text_invalid": {"owner": " "},
	} {
		wrong := maps.Clone(in)
		maps.Copy(wrong, change)
		admin.call("PUT", path, wrong).refused(http.StatusUnprocessableEntity, code)
	}
}

func TestServiceTokens(t *testing.T) {
	s := serve(t)
	r := s.ActivateAt(stack.Institution)
	admin := s.as(t, "Root", access.Admin)
	bound := []service.Binding{{ApplicationID: r.ApplicationID, Environment: environment.Sandbox}}
	account, first := s.ServiceBound("reports", bound, access.Transport)
	path := "/v1/service-accounts/" + account.ID
	text := first.Reveal()
	if !regexp.MustCompile(`^skp_[0-9A-Za-z]{49}$`).MatchString(text) {
		t.Errorf("a token of another form: %d characters", len(text))
	}
	issue := func(d time.Duration) answer {
		return admin.call("POST", path+"/tokens", object{"expires_at": s.Now.Add(d).UTC().Format(time.RFC3339)})
	}
	for _, d := range []time.Duration{-time.Hour, 367 * 24 * time.Hour} {
		issue(d).refused(http.StatusUnprocessableEntity, "expiry_invalid")
	}
	var second struct{ ID, Token string }
	issue(time.Hour).want(http.StatusCreated, &second)
	issue(time.Hour).refused(http.StatusConflict, "tokens_at_limit")
	for _, token := range []string{text, second.Token} { // both are good while one takes the place of the other
		(&client{t: t, s: s, token: token}).call("GET", "/v1/tls", nil).want(http.StatusOK, nil)
	}
	forged := text[:10] + map[bool]string{true: "y", false: "x"}[text[10] == 'x'] + text[11:]
	(&client{t: t, s: s, token: forged}).call("GET", "/v1/tls", nil).refused(http.StatusUnauthorized, "token_invalid")
	admin.call("DELETE", path+"/tokens/"+account.ID, nil).refused(http.StatusNotFound, "not_found")
	var now wire.ServiceAccount
	admin.call("GET", path, nil).want(http.StatusOK, &now)
	old := now.Tokens[len(now.Tokens)-1]
	if old.Hint != text[len(text)-4:] {
		t.Errorf("got %+v", now.Tokens)
	}
	admin.call("DELETE", path+"/tokens/"+old.ID, nil).want(http.StatusOK, nil)
	(&client{t: t, s: s, token: text}).call("GET", "/v1/tls", nil).refused(http.StatusUnauthorized, "token_invalid")
	check(t, s.Accounts.Flush(t.Context()))
	admin.call("GET", path, nil).want(http.StatusOK, &now)
	if now.LastUsedAt == nil {
		t.Error("nobody has used it")
	}
	s.Now = s.Now.Add(2 * time.Hour)
	(&client{t: t, s: s, token: second.Token}).call("GET", "/v1/tls", nil).
		refused(http.StatusUnauthorized, "token_invalid")
	s.as(t, "Later", access.Admin).call("DELETE", path, nil).want(http.StatusOK, &now)
	if now.EndedAt == nil || len(now.Tokens) != 0 {
		t.Errorf("ended: %+v", now)
	}
}

// An administrator's bearer token makes no token that does something on live: that would outlive it.
func TestBearerTokensMakeNoLiveTokens(t *testing.T) {
	s := serve(t)
	r := s.ActivateAt(stack.Institution)
	admin := s.as(t, "Root", access.Admin)
	live, _ := s.Service("live", access.Transport)
	until := object{"expires_at": s.Now.Add(time.Hour).UTC().Format(time.RFC3339)}
	path := "/v1/service-accounts/" + live.ID
	admin.call("POST", path+"/tokens", until).refused(http.StatusForbidden, "session_needed")
	session := stack.Admin
	session.Way, session.ConfirmedAt = access.BySession, s.Now
	if _, _, err := s.Accounts.IssueToken(t.Context(), session, live.ID, s.Now.Add(time.Hour)); err != nil {
		t.Errorf("at the console: %v", err)
	}
	session.ConfirmedAt = s.Now.Add(-time.Hour)
	_, _, err := s.Accounts.IssueToken(t.Context(), session, live.ID, s.Now.Add(time.Hour))
	if code := fault.Code(err); code != "confirm_needed" {
		t.Errorf("at the console, without confirming: %q", code)
	}

	// A token that was made before the account is given live is shown to the second person, and one that is made
	// while the request waits voids it.
	var made wire.ServiceAccountChange
	in := object{
		"name":        "sleeper",
		"owner":       "data team",
		"description": "for a test",
		"purposes":    []string{"transport"},
		"bindings":    []object{{"application_id": r.ApplicationID, "environment": "sandbox"}},
	}
	admin.call("POST", "/v1/service-accounts", in).want(http.StatusCreated, &made)
	path = "/v1/service-accounts/" + made.Account.ID
	var planted struct{ Hint string }
	admin.call("POST", path+"/tokens", until).want(http.StatusCreated, &planted)
	in["bindings"] = []object{{"application_id": r.ApplicationID, "environment": "live"}}
	admin.call("PUT", path, in).want(http.StatusOK, &made)
	s.as(t, "Ada", access.Compliance)
	asked, err := s.Approvals.Get(t.Context(), stack.Officer, made.ApprovalID)
	check(t, err)
	if len(asked.Changes) != 2 || !strings.Contains(asked.Changes[1].After, planted.Hint+", Root") {
		t.Errorf("the second person is shown %+v", asked.Changes)
	}
	admin.call("POST", path+"/tokens", until).want(http.StatusCreated, nil)
	if err := s.approve(t, "Ada", made.ApprovalID); err == nil {
		t.Error("approved with a token that the second person was not shown")
	}
}

// Where one person decides on live, that person is at the console.
func TestBearerTokensWidenNothingOnLive(t *testing.T) {
	s := serve(t)
	r := s.ActivateAt(stack.Institution)
	check(t, s.Policy.BreakGlass(t.Context(), access.SystemCaller("test"), "four_eyes.live", "false", "one person"))
	admin := s.as(t, "Root", access.Admin)
	in := object{
		"name":        "reports",
		"owner":       "data team",
		"description": "nightly reports",
		"purposes":    []string{"transport"},
		"bindings":    []object{{"application_id": r.ApplicationID, "environment": "live"}},
	}
	admin.call("POST", "/v1/service-accounts", in).refused(http.StatusForbidden, "session_needed")
	in["bindings"] = []object{{"application_id": r.ApplicationID, "environment": "sandbox"}}
	var made wire.ServiceAccountChange
	admin.call("POST", "/v1/service-accounts", in).want(http.StatusCreated, &made)
	in["bindings"] = []object{{"application_id": r.ApplicationID, "environment": "live"}}
	path := "/v1/service-accounts/" + made.Account.ID
	admin.call("PUT", path, in).refused(http.StatusForbidden, "session_needed")
	var now wire.ServiceAccount
	admin.call("GET", path, nil).want(http.StatusOK, &now)
	if now.Bindings[0].Environment != "sandbox" {
		t.Errorf("widened all the same: %+v", now.Bindings)
	}
}
