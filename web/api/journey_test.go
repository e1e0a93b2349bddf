package api_test

import (
	"net/http"
	"net/url"
	"path"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/lab/bank/customer"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	"github.com/sealkeeper/sealkeeper/types/api"
)

type object = map[string]any

// made is the part of an answer that says what was made.
type made struct{ ID string }

// view is the part of a registration that the tests read.
type view struct {
	ID       string
	Ready    bool
	Blockers []struct{ Code, Object string }
	Steps    []struct {
		ID, State string
		Checked   bool
		HasEmail  bool `json:"has_email"`
	}
	Revision string `json:"revision"`
	Bundles  []struct {
		Version         int
		State           string
		QWACID          string `json:"qwac_id"`
		ClientID        string `json:"client_id"`
		HasClientSecret bool   `json:"has_client_secret"`
		TestPassed      bool   `json:"test_passed"`
		RequestedBy     string `json:"requested_by"`
	}
}

type activated struct {
	Activated    bool
	ApprovalID   string `json:"approval_id"`
	Registration view
}

func (v view) blockers() []string {
	var codes []string
	for _, b := range v.Blockers {
		codes = append(codes, b.Code)
	}
	return codes
}

// store uploads a new certificate with its key and returns its id.
func (c *client) store(r qtsp.Request) string {
	c.t.Helper()
	var stored []made
	c.upload("/v1/certificates", pemFiles(c.s.QTSP.MustIssue(c.t, r))...).want(http.StatusCreated, &stored)
	if len(stored) != 1 {
		c.t.Fatalf("%d certificates were stored", len(stored))
	}
	return stored[0].ID
}

// register records organization and application, registers it, and returns the registration's path.
func (c *client) register(institution string) string {
	c.t.Helper()
	var organization, application, registration made
	c.call("POST", "/v1/organizations", object{
		"legal_name":              "Exemple Paiement SAS",
		"country":                 "FR",
		"organization_identifier": stack.Organization,
		"contact_email":           "psd2@exemple-paiement.example",
	}).want(http.StatusCreated, &organization)
	c.call("POST", "/v1/applications", object{
		"organization_id": organization.ID,
		"name":            "Exemple Budget",
		"redirect_uris":   []string{stack.RedirectURI},
		"client_uri":      "https://exemple.example",
		"terms_uri":       "https://exemple.example/terms",
	}).want(http.StatusCreated, &application)
	c.call("POST", "/v1/registrations", object{
		"application_id": application.ID,
		"institution_id": institution,
	}).want(http.StatusCreated, &registration)
	return "/v1/registrations/" + registration.ID
}

func (c *client) doSteps(registration string) {
	c.t.Helper()
	var v view
	c.call("GET", registration, nil).want(http.StatusOK, &v)
	for _, step := range v.Steps {
		if step.HasEmail {
			c.s.Confirm(strings.TrimPrefix(registration, "/v1/registrations/"), step.ID)
		}
		if step.Checked {
			continue
		}
		c.call("PUT", registration+"/steps/"+step.ID, object{"state": "done"}).want(http.StatusOK, &v)
	}
}

func (c *client) saveBundle(registration, qwac, qsealc string) view {
	c.t.Helper()
	var v view
	c.call("PUT", registration+"/bundle", object{
		"qwac_id":       qwac,
		"qsealc_id":     qsealc,
		"client_id":     stack.ClientID,
		"client_secret": stack.ClientSecret,
	}).want(http.StatusOK, &v)
	return v
}

// testPasses tests the draft and wants the bank to accept it.
func (c *client) testPasses(registration string) {
	c.t.Helper()
	var report struct {
		Passed bool
		Detail string
		Probes []struct{ Presented string }
	}
	c.call("POST", registration+"/test", nil).want(http.StatusOK, &report)
	if !report.Passed || len(report.Probes) == 0 || report.Probes[0].Presented == "" {
		c.t.Fatalf("the test went %+v", report)
	}
}

// prepare does everything up to a tested draft and returns the registration's path.
func (c *client) prepare(institution string) string {
	c.t.Helper()
	registration := c.register(institution)
	c.doSteps(registration)
	c.saveBundle(registration, c.store(qtsp.Request{}), c.store(qtsp.Request{Kind: certs.QSealC}))
	c.testPasses(registration)
	return registration
}

// TestMainJob goes the whole way, from files on a disk to a customer's accounts.
func TestMainJob(t *testing.T) {
	s := serve(t)
	officer, engineer := s.as(t, "Ada", access.Compliance), s.as(t, "Grace", access.Engineer)

	qwac, qsealc := officer.store(qtsp.Request{}), officer.store(qtsp.Request{Kind: certs.QSealC})
	registration := engineer.register(stack.Institution)
	engineer.doSteps(registration)
	v := engineer.saveBundle(registration, qwac, qsealc)
	if diff := cmp.Diff([]string{"not_tested"}, v.blockers()); diff != "" || v.Ready {
		t.Errorf("blockers of a draft that was not tested:\n%s", diff)
	}
	if b := v.Bundles[0]; b.Version != 1 || b.State != "draft" || b.QWACID != qwac || b.ClientID != stack.ClientID ||
		!b.HasClientSecret {
		t.Errorf("saved %+v", b)
	}
	contains(t,
		engineer.call("POST", registration+"/bundles/1/activate", nil).refused(http.StatusConflict,
			"not_ready"), "has not been tested")
	engineer.testPasses(registration)
	var done activated
	engineer.call("POST", registration+"/bundles/1/activate", nil).want(http.StatusOK, &done)
	if !done.Activated || !done.Registration.Ready || done.Registration.Bundles[0].State != "active" {
		t.Errorf("activation: %+v", done)
	}
	engineer.call("POST", registration+"/bundles/1/activate", nil).refused(http.StatusConflict, "already_active")
	readAccounts(t, engineer, registration)
	lists(t, officer, engineer)
}

// consented has a customer consent, and returns the path of the consent.
func consented(t *testing.T, c *client, registration string) string {
	t.Helper()
	body := object{"registration_id": path.Base(registration), "customer": "c-1"}
	c.call("POST", "/v1/consents", object{
		"registration_id": path.Base(registration),
		"redirect_uri":    stack.RedirectURI + "/",
	}).refused(http.StatusUnprocessableEntity, "redirect_uri_unknown")
	var started struct {
		Consent      made
		AuthorizeURL string `json:"authorize_url"`
		State        string
	}
	c.call("POST", "/v1/consents", body).want(http.StatusCreated, &started)
	consent := "/v1/consents/" + started.Consent.ID
	c.call("GET", consent+"/accounts", nil).refused(http.StatusConflict, "consent_pending")
	back, err := customer.Approve(t.Context(), started.AuthorizeURL, "55000002", "111111")
	check(t, err)
	if got := back.Query().Get("state"); got != started.State || !strings.HasPrefix(back.String(), stack.RedirectURI) {
		t.Fatalf("the bank sent %s", back)
	}
	answer := object{"state": started.State, "code": back.Query().Get("code")}
	var given struct{ State string }
	c.call("POST", "/v1/consents/callback", answer).want(http.StatusOK, &given)
	if given.State != "active" {
		t.Errorf("the consent is %s", given.State)
	}
	c.call("POST", "/v1/consents/callback", answer).refused(http.StatusConflict, "state_used")
	return consent
}

// readAccounts has a customer consent, reads everything, and gives the consent up.
func readAccounts(t *testing.T, c *client, registration string) {
	t.Helper()
	consent := consented(t, c, registration)
	var read struct {
		Accounts []struct{ ResourceID string }
	}
	c.call("GET", consent+"/accounts", nil).want(http.StatusOK, &read)
	if len(read.Accounts) == 0 {
		t.Fatal("no accounts")
	}
	account := consent + "/accounts/" + url.PathEscape(read.Accounts[0].ResourceID)
	c.call("GET", consent+"/accounts/x/balances", nil).refused(http.StatusNotFound, "account_unknown")
	for _, what := range []string{
		account + "/balances",
		account + "/transactions?from=2026-01-01&limit=2",
		consent + "/identity",
		consent + "/beneficiaries",
		"/v1/consents?expiring_days=365",
	} {
		c.call("GET", what, nil).want(http.StatusOK, nil)
	}
	var all api.Page[made]
	c.call("GET", "/v1/consents?customer=c-1", nil).want(http.StatusOK, &all)
	if len(all.Items) != 1 || all.Count != 1 {
		t.Errorf("the consents of the customer: %+v", all)
	}
	for query, code := range map[string]string{
		"limit=0":   "limit_invalid",
		"from=soon": "date_invalid",
		"cursor=x":  "cursor_invalid",
	} {
		c.call("GET", account+"/transactions?"+query, nil).refused(http.StatusUnprocessableEntity, code)
	}
	c.call("GET", "/v1/consents?expiring_days=x", nil).refused(http.StatusUnprocessableEntity, "filter_invalid")
	c.call("DELETE", consent, nil).want(http.StatusOK, nil)
	c.call("GET", account+"/balances", nil).refused(http.StatusConflict, "consent_revoked")
}

// lists reads everything that can be listed after the main job.
func lists(t *testing.T, officer, engineer *client) {
	t.Helper()
	for path, want := range map[string]int{
		"/v1/certificates":  2,
		"/v1/organizations": 1,
		"/v1/applications":  1,
		"/v1/registrations": 1,
		"/v1/institutions":  6,
	} {
		var all []made
		if answer := engineer.call("GET", path, nil); path != "/v1/institutions" {
			answer.items(&all)
		} else {
			answer.want(http.StatusOK, &all)
		}
		if len(all) != want {
			t.Errorf("%s lists %d, want %d", path, len(all), want)
		}
		if path == "/v1/certificates" || path == "/v1/institutions" {
			engineer.call("GET", path+"/"+all[0].ID, nil).want(http.StatusOK, nil)
		}
	}
	var entries struct {
		Items []struct{ Action, Outcome, Caller string }
	}
	officer.call("GET", "/v1/audit?limit=200", nil).want(http.StatusOK, &entries)
	seen := map[string]bool{}
	for _, e := range entries.Items {
		seen[e.Action+" "+e.Outcome+" by "+e.Caller] = true
	}
	for _, want := range []string{
		"cert.import done by Ada", "bundle.activate failed by Grace", "bundle.activate done by Grace",
		"accounts.read done by Grace",
	} {
		if !seen[want] {
			t.Errorf("the audit log has no %q", want)
		}
	}
}

func TestLiveTakesTwoPeople(t *testing.T) {
	s := serve(t)
	grace, linus := s.as(t, "Grace", access.Engineer, access.Compliance), s.as(t, "Linus", access.Engineer)
	registration := grace.prepare(stack.LiveAtSim)
	path := registration + "/bundles/1/activate"
	var asked activated
	var now view
	grace.call("POST", path, object{"content": "of another page"}).refused(http.StatusConflict, "changed_meanwhile")
	grace.call("POST", path, nil).want(http.StatusOK, &asked)
	if asked.Activated || asked.Registration.Bundles[0].State != "draft" ||
		asked.Registration.Bundles[0].RequestedBy == "" {
		t.Errorf("one person got %+v", asked)
	}
	grace.call("POST", path, nil).refused(http.StatusForbidden, "second_person_needed")
	linus.call("POST", path, nil).refused(http.StatusConflict, "approval_open")
	s.approves(t, "Linus", asked.ApprovalID)
	grace.call("GET", registration, nil).want(http.StatusOK, &now)
	if now.Bundles[0].State != "active" {
		t.Errorf("two people got %+v", now)
	}
}

// TestChangeOver saves a new certificate beside the one in use and goes back again.
func TestChangeOver(t *testing.T) {
	s := serve(t)
	c := s.as(t, "Grace", access.Engineer, access.Compliance)
	registration := c.prepare(stack.Institution)
	c.call("POST", registration+"/bundles/1/activate", nil).want(http.StatusOK, nil)
	var v view
	c.call("PUT", registration+"/bundle", object{
		"qwac_id":  c.store(qtsp.Request{}),
		"revision": "of another day",
	}).refused(http.StatusConflict, "draft_changed")
	c.call("GET", registration, nil).want(http.StatusOK, &v)
	c.call("PUT", registration+"/bundle", object{
		"qwac_id":  c.store(qtsp.Request{}),
		"revision": v.Revision,
	}).want(http.StatusOK, &v)
	if b := v.Bundles; len(b) != 2 || b[0].State != "draft" || b[1].State != "active" || !b[0].HasClientSecret ||
		b[0].TestPassed {
		t.Errorf("after saving: %+v", b)
	}
	c.testPasses(registration)
	var done activated
	c.call("POST", registration+"/bundles/2/activate", nil).want(http.StatusOK, &done)
	c.call("POST", registration+"/bundles/1/activate", nil).want(http.StatusOK, &done)
	if b := done.Registration.Bundles; b[0].State != "superseded" || b[1].State != "active" ||
		!done.Registration.Ready {
		t.Errorf("after the rollback: %+v", b)
	}
}
