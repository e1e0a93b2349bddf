package api_test

import (
	"bytes"
	"net/http"
	"strings"
	"testing"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/stack"
)

type checklist struct {
	Steps []struct {
		ID, State, Owner string
		Checked          bool
		Evidence         []struct{ ID, Type string }
	}
	Emails []struct{ Confirmed bool }
}

func (c checklist) state(id string) string {
	for _, s := range c.Steps {
		if s.ID == id {
			return s.State
		}
	}
	return "there is no such step"
}

func TestOnboardingByTheAPI(t *testing.T) {
	s := serve(t)
	c := s.as(t, "Grace", access.Engineer, access.Compliance)
	c.store(qtsp.Request{})
	c.store(qtsp.Request{Kind: certs.QSealC})
	registration := c.register(stack.LiveAtSim)
	path := strings.Replace(registration, "registrations", "checklists", 1)
	var enrolments []struct {
		ID            string
		Registrations []string
	}
	c.call("GET", "/v1/enrolments", nil).items(&enrolments)
	enrolment := "/v1/enrolments/" + enrolments[0].ID
	var changed struct{ Consequences []any }
	c.call("PUT", enrolment, object{
		"portal_account":   "psd2@exemple.example",
		"customer_name":    "Exemple",
		"agreement_number": "",
	}).want(http.StatusOK, &changed)
	c.call("GET", enrolment, nil).want(http.StatusOK, nil)
	c.call("PUT", enrolment, object{"portal_account": "nobody"}).refused(422, "portal_account_invalid")
	c.call("GET", "/v1/enrolments/x", nil).refused(404, "enrolment_unknown")

	var list checklist
	for _, step := range []string{"portal_account", "account_activated"} {
		c.call("PUT", path+"/steps/"+step, object{"state": "done", "owner": "Grace"}).want(http.StatusOK, &list)
	}
	c.call("PUT", path+"/steps/customer_organization", object{"state": "done"}).refused(409, "step_checked")
	var draft struct {
		Subject string
		EML     []byte
	}
	c.call("POST", path+"/steps/customer_organization/email", object{"language": "fr"}).want(http.StatusOK, &draft)
	if !bytes.Contains(draft.EML, []byte("X-Unsent: 1")) {
		t.Errorf("the e-mail is %s", draft.EML)
	}
	c.call("POST", path+"/steps/application/email", object{"language": "fr"}).refused(422, "step_without_email")
	c.call("POST", path+"/steps/customer_organization/answer", object{
		"from":      "support",
		"confirmed": true,
	}).refused(409, "no_open_email")
	c.call("POST", path+"/steps/customer_organization/sent", object{}).want(http.StatusOK, &list)
	if list.state("customer_organization") != "waiting" {
		t.Errorf("after it was sent: %s", list.state("customer_organization"))
	}
	c.upload(path+"/steps/customer_organization/evidence", part{
		field: "file",
		file:  "answer.txt",
		data:  []byte(stack.BanksAnswer),
	}).want(http.StatusCreated, nil)
	c.call("POST", path+"/steps/customer_organization/answer", object{
		"from":      "support",
		"confirmed": true,
	}).want(http.StatusOK, &list)
	if list.state("customer_organization") != "done" || len(list.Emails) != 1 || !list.Emails[0].Confirmed {
		t.Errorf("after the answer: %+v", list)
	}
	c.call("GET", path+"/history", nil).want(http.StatusOK, nil)
	c.call("GET", "/v1/today", nil).want(http.StatusOK, nil)
}

func TestEvidenceByTheAPI(t *testing.T) {
	s := serve(t)
	c, auditor := s.as(t, "Grace", access.Engineer), s.as(t, "Bob", access.Auditor)
	path := strings.Replace(c.register(stack.Institution), "registrations", "checklists", 1)
	var kept struct{ ID, Type string }
	c.upload(path+"/steps/portal_account/evidence", part{
		field: "file",
		file:  "page.html",
		data:  []byte("<html><script>alert(1)</script>"),
	}).want(http.StatusCreated, &kept)
	c.upload(path+"/steps/portal_account/evidence", part{
		field: "file",
		file:  "x.pdf",
		data:  []byte("\x7fELF\x00"),
	}).refused(422, "evidence_type")
	c.upload(path+"/steps/portal_account/evidence", part{field: "other", data: []byte("x")}).refused(422,
		"file_missing")
	c.upload(path+"/steps/portal_account/evidence", part{
		field: "file",
		file:  "big.txt",
		data:  bytes.Repeat([]byte("x"), 6<<20),
	}).refused(413, "evidence_too_large")
	auditor.upload(path+"/steps/portal_account/evidence", part{
		field: "file",
		file:  "x.txt",
		data:  []byte("x"),
	}).refused(403, "not_permitted")
	a := auditor.call("GET", "/v1/evidence/"+kept.ID, nil)
	a.want(http.StatusOK, nil)
	if string(a.body) != "<html><script>alert(1)</script>" ||
		a.header.Get("Content-Disposition") != `attachment; filename="page.html"` ||
		a.header.Get("Content-Type") != "application/octet-stream" ||
		a.header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("got %q with %v", a.body, a.header)
	}
	s.service(t, "machine", access.Purposes...).call("GET", "/v1/evidence/"+kept.ID, nil).refused(403, "not_permitted")
	auditor.call("GET", "/v1/evidence/nothing", nil).refused(404, "not_found")
}

func TestChangesByTheAPI(t *testing.T) {
	s := serve(t)
	c := s.as(t, "Grace", access.Engineer)
	registration := c.register(stack.Institution)
	c.doSteps(registration)
	var v struct {
		ApplicationID string `json:"application_id"`
	}
	c.call("GET", registration, nil).want(http.StatusOK, &v)
	var changed struct{ Consequences []struct{ Code, Step string } }
	c.call("PUT", "/v1/applications/"+v.ApplicationID, object{
		"name":          "Exemple Budget",
		"redirect_uris": []string{"https://new.example/cb"},
	}).want(http.StatusOK, &changed)
	if len(changed.Consequences) != 1 || changed.Consequences[0].Code != "step_reopened" {
		t.Errorf("got %+v", changed)
	}
	organization := object{
		"legal_name":              "Exemple SA",
		"country":                 "FR",
		"organization_identifier": stack.Organization,
		"contact_email":           "a@b.example",
		"contacts": []object{{
			"name":  "Ada",
			"role":  "compliance",
			"email": "ada@b.example",
			"phone": "",
		}},
	}
	var organizations []made
	c.call("GET", "/v1/organizations", nil).items(&organizations)
	c.call("PUT", "/v1/organizations/"+organizations[0].ID, organization).want(http.StatusOK, &changed)
	if len(changed.Consequences) != 2 || changed.Consequences[0].Step != "customer_organization" ||
		changed.Consequences[1].Code != "bank_to_be_told" {
		t.Errorf("the bank knows another name: %+v", changed)
	}
	organization["country"] = "BE"
	c.call("PUT", "/v1/organizations/"+organizations[0].ID, organization).refused(422, "country_differs")
	c.call("PUT", "/v1/organizations/x", organization).refused(422, "country_differs")
}
