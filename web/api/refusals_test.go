package api_test

import (
	"net/http"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/stack"
)

// secretText stands for whatever an answer must not repeat.
const secretText = "hunter2-do-not-repeat"

func TestTokens(t *testing.T) {
	s := serve(t)
	valid := s.as(t, "Bob", access.Auditor)
	for _, test := range []struct{ name, header, code string }{
		{"none", "", "token_missing"},
		{"another scheme", "Basic " + valid.token, "token_missing"},
		{"bare", valid.token, "token_missing"},
		{"empty", "Bearer ", "token_invalid"},
		{"unknown", "Bearer " + strings.Repeat("A", 43), "token_invalid"},
		{"with more", "Bearer " + valid.token + " x", "token_invalid"},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, path := range []string{"/v1/certificates", "/v1/nothing-here"} {
				a := withHeader(t, s, path, test.header)
				a.refused(http.StatusUnauthorized, test.code)
				if got := a.header.Get("WWW-Authenticate"); got != `Bearer realm="sealkeeper"` {
					t.Errorf("%s: WWW-Authenticate is %q", path, got)
				}
			}
		})
	}
	withHeader(t, s, "/v1/certificates", "bearer "+valid.token).want(http.StatusOK, nil)
	s.Now = s.Now.Add(2 * time.Hour)
	withHeader(t, s, "/v1/certificates", "Bearer "+valid.token).refused(http.StatusUnauthorized, "token_invalid")
}

func withHeader(t *testing.T, s *server, path, authorization string) answer {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+path, nil)
	check(t, err)
	r.Header.Set("Authorization", authorization)
	return (&client{t: t, s: s}).do(r, nil)
}

// TestRoles has every role try what it may not do.
func TestRoles(t *testing.T) {
	s := serve(t)
	as := map[string]*client{
		"auditor":   s.as(t, "Bob", access.Auditor),
		"officer":   s.as(t, "Ada", access.Compliance),
		"engineer":  s.as(t, "Grace", access.Engineer),
		"connector": s.service(t, "accounts service", access.Purposes...),
	}
	certificate := as["officer"].store(qtsp.Request{})
	registration := as["engineer"].register(stack.Institution)
	files := pemFiles(s.QTSP.MustIssue(t, qtsp.Request{}))
	for _, test := range []struct {
		role, method, path string
		body               any
	}{
		{"auditor", "POST", "/v1/certificates", files},
		{"auditor", "POST", "/v1/certificates/inspect", files},
		{"auditor", "POST", "/v1/organizations", object{"legal_name": "x"}},
		{"auditor", "POST", "/v1/applications", object{"name": "x"}},
		{"auditor", "POST", "/v1/registrations", object{"application_id": "x", "institution_id": stack.Institution}},
		{"auditor", "PUT", registration + "/steps/portal_account", object{"state": "done"}},
		{"auditor", "PUT", registration + "/bundle", object{"client_id": "x", "client_secret": secretText}},
		{"auditor", "POST", registration + "/test", nil},
		{"auditor", "POST", registration + "/bundles/1/activate", nil},
		{"auditor", "POST", "/v1/consents", object{"registration_id": "x"}},
		{"auditor", "GET", "/v1/consents/x/accounts", nil},
		{"auditor", "DELETE", "/v1/consents/x", nil},
		// What is asked about is looked up, and read, after the role is checked.
		{"auditor", "POST", "/v1/consents/callback", object{"state": "x", "code": "y"}},
		{"officer", "POST", "/v1/consents/callback", object{"state": "x", "code": "y"}},
		{"auditor", "POST", "/v1/payments/returns", object{"state": "x", "code": "y"}},
		{"officer", "POST", "/v1/payments/returns", object{"state": "x", "code": "y"}},
		{"auditor", "POST", "/v1/payments", object{"amount": "nothing"}},
		{"auditor", "GET", "/v1/consents/x/accounts/y/transactions?limit=0", nil},
		{"auditor", "POST", registration + "/bundles/latest/activate", nil},
		{"auditor", "POST", registration + "/bundles/latest/retire", nil},
		{"engineer", "GET", "/v1/people", nil},
		{"auditor", "POST", "/v1/people", object{"name": "x", "roles": []string{"admin"}}},
		{"officer", "GET", "/v1/people/x", nil},
		{"officer", "POST", "/v1/people/x/disable", nil},
		{"connector", "GET", "/v1/invitations", nil},
		{"auditor", "DELETE", "/v1/invitations/x", nil},
		{"connector", "POST", "/v1/approvals/x/withdraw", nil},
		{"engineer", "POST", "/v1/certificates/x/destroy", object{"confirmation": "x"}},
		{"auditor", "POST", "/v1/certificates/x/revocation", nil},
		{"engineer", "POST", "/v1/certificates/x/retire", object{"reason": "x"}},
		{"engineer", "POST", "/v1/certificates/x/allow-export", nil},
		{"officer", "PUT", registration + "/bundle", object{"client_id": "x", "client_secret": secretText}},
		{"officer", "POST", "/v1/consents", object{"registration_id": "x"}},
		{"officer", "GET", "/v1/consents/x/identity", nil},
		{"engineer", "POST", "/v1/certificates", files},
		{"engineer", "GET", "/v1/audit", nil},
		{"connector", "POST", "/v1/certificates/" + certificate + "/export", nil},
		{"connector", "GET", "/v1/certificates", nil},
		{"connector", "GET", "/v1/certificates/" + certificate, nil},
		{"connector", "GET", "/v1/registrations", nil},
		{"connector", "GET", "/v1/audit", nil},
	} {
		t.Run(test.role+" "+test.method+" "+test.path, func(t *testing.T) {
			who := as[test.role].in(t)
			if parts, ok := test.body.([]part); ok {
				who.upload(test.path, parts...).refused(http.StatusForbidden, "not_permitted")
				return
			}
			who.call(test.method, test.path, test.body).refused(http.StatusForbidden, "not_permitted")
		})
	}
	entries, err := s.DB.LatestAudit(t.Context(), 200)
	check(t, err)
	for _, refused := range []access.Action{
		access.ConsentStart, access.PaymentConfirm, access.PaymentCreate, access.AccountsRead, access.BundleActivate,
		access.BundleRetire, access.ApprovalDecide, access.CertDestroy, access.KeyAllowExport,
	} {
		if !slices.ContainsFunc(entries, func(e audit.Entry) bool {
			return e.Action == refused && e.Outcome == audit.Denied && e.Code == "not_permitted"
		}) {
			t.Errorf("that %s was refused is not in the log", refused)
		}
	}
}

// A return from a bank that is not the caller's to bring is recorded, of consents and of payments.
func TestForeignStatesAreAudited(t *testing.T) {
	s := serve(t)
	c := s.as(t, "Grace", access.Engineer)
	c.call("POST", "/v1/consents/callback", object{"state": "x", "code": "y"}).refused(422, "state_unknown")
	c.call("POST", "/v1/payments/returns", object{"state": "x", "code": "y"}).refused(422, "state_unknown")
	entries, err := s.DB.LatestAudit(t.Context(), 2)
	check(t, err)
	for i, action := range []access.Action{access.PaymentConfirm, access.ConsentStart} {
		if e := entries[i]; e.Action != action || e.Outcome != audit.Denied || e.Code != "state_unknown" ||
			e.CallerName != "Grace" {
			t.Errorf("got %+v", e)
		}
	}
}

func TestUnknown(t *testing.T) {
	s := serve(t)
	c := s.as(t, "root", access.Admin)
	registration := c.register(stack.Institution)
	for _, test := range []struct {
		method, path string
		body         any
		status       int
		code         string
	}{
		{"GET", "/v1/certificates/x", nil, 404, "not_found"},
		{"GET", "/v1/certificates/%2e%2e%2fusers", nil, 404, "not_found"},
		{"GET", "/v1/certificates/' OR 1=1 --", nil, 404, "not_found"},
		{"GET", "/v1/institutions/x", nil, 404, "institution_unknown"},
		{"GET", "/v1/registrations/x", nil, 404, "registration_unknown"},
		{"PUT", "/v1/registrations/x/steps/application", object{"state": "done"}, 404, "registration_unknown"},
		{"PUT", "/v1/registrations/x/bundle", object{}, 404, "registration_unknown"},
		{"POST", "/v1/registrations/x/test", nil, 404, "registration_unknown"},
		{"POST", "/v1/registrations/x/bundles/1/activate", nil, 404, "registration_unknown"},
		{"POST", "/v1/consents", object{"registration_id": "x"}, 404, "registration_unknown"},
		{"GET", "/v1/consents/x", nil, 404, "consent_unknown"},
		{"GET", "/v1/consents/x/accounts", nil, 404, "consent_unknown"},
		{"DELETE", "/v1/consents/x", nil, 404, "consent_unknown"},
		{"PUT", registration + "/steps/x", object{"state": "done"}, 404, "step_unknown"},
		{"PUT", registration + "/bundle", object{"qwac_id": "x"}, 404, "not_found"},
		{"POST", registration + "/bundles/7/activate", nil, 404, "bundle_unknown"},
		{"POST", registration + "/bundles/latest/activate", nil, 404, "bundle_unknown"},
		{"POST", registration + "/bundles/99999999999999999999/activate", nil, 404, "bundle_unknown"},
		{"POST", "/v1/registrations", object{"application_id": "x", "institution_id": "x"}, 404, "institution_unknown"},
		{"POST", "/v1/registrations", object{
			"application_id": "x",
			"institution_id": stack.Institution,
		}, 422, "application_unknown"},
		{"POST", "/v1/applications", object{
			"organization_id": "x",
			"name":            "x",
			"redirect_uris":   []string{"https://x.example"},
		}, 422, "organization_unknown"},
		{"POST", "/v1/consents/callback", object{"state": "x", "code": secretText}, 422, "state_unknown"},
		{"GET", "/v1/nothing-here", nil, 404, "http_error"},
		{"GET", "/v1/", nil, 404, "http_error"},
		{"GET", "/v1", nil, 404, "http_error"},
	} {
		t.Run(test.method+" "+test.path, func(t *testing.T) {
			a := c.in(t).call(test.method, strings.ReplaceAll(test.path, " ", "%20"), test.body)
			if strings.Contains(a.refused(test.status, test.code), secretText) {
				t.Errorf("%s repeats what was sent", a.what)
			}
		})
	}
}

// TestBodies sends what is not the JSON that is expected. The answer must not
// quote it: it may be a secret in the wrong place.
func TestBodies(t *testing.T) {
	s := serve(t)
	c := s.as(t, "root", access.Admin)
	bundle := c.register(stack.Institution) + "/bundle"
	for _, test := range []struct {
		name, body string
		status     int
		code       string
		says       string
	}{
		{"nothing", "", 422, "json_invalid", "not the JSON object"},
		{"not JSON", secretText, 422, "json_invalid", ""},
		{"cut short", `{"client_secret":"` + secretText, 422, "json_invalid", ""},
		{"a list", `["` + secretText + `"]`, 422, "json_invalid", ""},
		{"an unknown field", `{"` + secretText + `":"x"}`, 422, "json_invalid", "it takes qwac_id"},
		{"a misspelt field", `{"client_secrets":"` + secretText + `"}`, 422, "json_invalid", "client_secret"},
		{"another type", `{"client_secret":{"a":"` + secretText + `"}}`, 422, "json_invalid",
			"The field client_secret"},
		{"a name twice", `{"client_secret":"a","client_secret":"` + secretText + `"}`, 422, "json_invalid",
			"stands twice"},
		{"a name in other case", `{"Client_Secret":"` + secretText + `"}`, 422, "json_invalid", "not in lower case"},
		{"a NUL", `{"client_id":"a\u0000b","client_secret":"` + secretText + `"}`, 422, "json_invalid", ""},
		{"two objects", `{}{"client_secret":"` + secretText + `"}`, 422, "json_invalid", ""},
		{"more after the end", `{} ` + secretText, 422, "json_invalid", ""},
		{"deep", strings.Repeat(`{"client_id":`, 20_000 /* > 64 KB */), 413, "body_too_large", ""},
		{"large", `{"client_secret":"` + strings.Repeat("x", 64<<10) + `"}`, 413, "body_too_large", ""},
		{"a secret alone", `{"client_secret":"` + secretText + `"}`, 422, "credentials_incomplete", ""},
		{"an id alone", `{"client_id":"abc"}`, 422, "credentials_incomplete", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := c.in(t)
			if detail := c.call("PUT", bundle, test.body).refused(test.status, test.code); strings.Contains(detail,
				secretText) || !strings.Contains(detail, test.says) {
				t.Errorf("it quotes the body, or does not say what is wrong: %s", detail)
			}
		})
	}
}

func TestFieldsAreChecked(t *testing.T) {
	s := serve(t)
	c := s.as(t, "root", access.Admin)
	registration := c.register(stack.Institution)
	organization := func(field, value string) object {
		o := object{
			"legal_name":              "Exemple",
			"country":                 "FR",
			"organization_identifier": stack.Organization,
			"contact_email":           "a@b.example",
		}
		o[field] = value
		return o
	}
	application := func(uris ...string) object {
		return object{"organization_id": "x", "name": "App", "redirect_uris": uris}
	}
	for _, test := range []struct {
		method, path string
		body         object
		status       int
		code         string
	}{
		{"POST", "/v1/organizations", organization("legal_name", " "), 422, "legal_name_missing"},
		{"POST", "/v1/organizations", organization("country", "fr"), 422, "country_invalid"},
		{"POST", "/v1/organizations", organization("organization_identifier", "VATFR-12345"), 422,
			"agreement_number_invalid"},
		{"POST", "/v1/organizations", organization("contact_email", "nobody"), 422, "contact_invalid"},
		{"POST", "/v1/applications", application(), 422, "redirect_uri_missing"},
		{"POST", "/v1/applications", application("http://app.example/callback"), 422, "redirect_uri_invalid"},
		{"POST", "/v1/applications", object{"organization_id": "x", "redirect_uris": []string{}}, 422, "name_missing"},
		{"PUT", registration + "/steps/application", object{"state": "done"}, 409, "step_locked"},
		{"PUT", registration + "/steps/portal_account", object{"state": "finished"}, 422, "step_state_unknown"},
		{"PUT", registration + "/steps/portal_account", object{"state": "not_needed", "note": "x"}, 422,
			"step_required"},
		{"PUT", registration + "/steps/subscribe_pisp", object{"state": "not_needed"}, 422, "reason_missing"},
		{"POST", registration + "/test", nil, 409, "not_ready"},
		{"POST", "/v1/consents", object{"registration_id": path.Base(registration)}, 409, "not_ready"},
	} {
		t.Run(test.code, func(t *testing.T) {
			var body any
			if test.body != nil {
				body = test.body
			}
			c.in(t).call(test.method, test.path, body).refused(test.status, test.code)
		})
	}
}

// TestBlocked has a bundle that was fit become one that the bank would refuse.
func TestBlocked(t *testing.T) {
	s := serve(t)
	c := s.as(t, "Grace", access.Engineer, access.Compliance)
	soon := c.store(qtsp.Request{NotAfter: s.Now.Add(30 * time.Minute)})
	qwac, qsealc := c.store(qtsp.Request{}), c.store(qtsp.Request{Kind: certs.QSealC})
	registration := c.prepare(stack.Institution)
	blocked := func(qwac, qsealc, by string) {
		t.Helper()
		if v := c.saveBundle(registration, qwac, qsealc); !slices.Contains(v.blockers(), by) {
			t.Errorf("the blockers are %v, want %s", v.blockers(), by)
		}
		c.call("POST", registration+"/test", nil).refused(http.StatusConflict, "not_ready")
		c.call("POST", registration+"/bundles/1/activate", nil).refused(http.StatusConflict, "not_ready")
	}
	blocked(qsealc, qwac, "qwac_wrong_kind")
	s.Now = s.Now.Add(31 * time.Minute)
	blocked(soon, qsealc, "expired")
	other := c.store(qtsp.Request{OrganizationIdentifier: "PSDFR-ACPR-54321"})
	blocked(other, qsealc, "other_organization")
	c.saveBundle(registration, qwac, qsealc)
	c.testPasses(registration) // nothing above has spoilt the registration
}
