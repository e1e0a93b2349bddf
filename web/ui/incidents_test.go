package ui_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/incident"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/stack"
)

// A certificate is declared compromised on its page; the incident's page has the way out, with
// letters in both languages.
func TestPagesOfAnIncident(t *testing.T) {
	wired := stack.New(t)
	s, f := newConsoleOn(t, wired), newFrench(t)
	r := s.ActivateWith(s.QTSP.MustIssue(t, qtsp.Request{}), s.QTSP.MustIssue(t, qtsp.Request{Kind: certs.QSealC}))
	v, err := s.Registrations.Registration(t.Context(), stack.Engineer, r.ID)
	check(t, err)
	id := v.Active().QWACID
	ada, emma := s.signedIn(t, "Ada", access.Compliance), s.signedIn(t, "Emma", access.Auditor)
	ada.get("/incidents").want(t, http.StatusOK, "No certificate was declared compromised")
	ada.get("/certificates/"+id).want(t, http.StatusOK, "Declare this certificate compromised")
	typed := url.Values{
		"certificate": {id},
		"reason":      {"keyCompromise"},
		"what":        {"Intrusion <b> chez le prestataire."},
		"on":          {s.Now.Format("2006-01-02")},
	}
	emma.post("/incidents", typed).want(t, http.StatusForbidden, "Your role does not allow")
	ada.post("/incidents", typed).want(t, http.StatusOK, "Intrusion &lt;b&gt;",
		"Every certificate of this key is frozen",
		"1 registration still uses it", "1 registration whose bank was not told")
	found, err := s.Incidents.Page(t.Context(), stack.Auditor, incident.Listed.Query())
	check(t, err)
	path := "/incidents/" + found.Items[0].ID
	ada.get("/certificates/"+id).want(t, http.StatusOK, path, "is frozen: see what is to be done")
	ada.get(path+"/letters/qtsp?in=fr").want(t, http.StatusOK, "révoquer immédiatement", "contract with the QTSP")
	ada.get(path+"/letters/"+r.ID+"/file.eml?in=en").want(t, http.StatusOK, "URGENT", "X-Unsent: 1")
	ada.get(path+"/letters/"+r.ID+"?in=xx").want(t, http.StatusUnprocessableEntity, "English (en) or French (fr)")
	ada.post(path+"/told", url.Values{"to": {r.ID}}).want(t, http.StatusOK, "It was noted.")
	ada.post(path+"/withdraw", url.Values{"why": {" "}}).want(t, http.StatusUnprocessableEntity, "Give a reason")
	ada.post(path+"/withdraw", url.Values{"why": {"Un autre certificat."}}).
		want(t, http.StatusOK, "A second person decides")
	ada.lang = "fr"
	f.want(t, "the incident", ada.get(path))
	f.want(t, "incidents", ada.get("/incidents"))
	f.want(t, "the certificate", ada.get("/certificates/"+id))
	f.want(t, "the letter", ada.get(path+"/letters/qtsp?in=fr"))
	f.want(t, "the audit log", ada.get("/audit"))
	f.want(t, "the approvals", ada.get("/approvals"))
}

// TestIncidentInABrowser: the pages about a compromised key fit, in French.
func TestIncidentInABrowser(t *testing.T) {
	wired := stack.New(t)
	s := newConsoleOn(t, wired)
	r := s.ActivateWith(s.QTSP.MustIssue(t, qtsp.Request{}), s.QTSP.MustIssue(t, qtsp.Request{Kind: certs.QSealC}))
	v, err := s.Registrations.Registration(t.Context(), stack.Engineer, r.ID)
	check(t, err)
	i, err := s.Incidents.Declare(t.Context(), stack.Officer, incident.Declaration{
		CertificateID: v.Active().QWACID,
		Reason:        incident.KeyCompromise,
		What:          "Intrusion chez le prestataire.",
		HappenedAt:    s.Now,
	})
	check(t, err)
	b := inFrench(t, s, "Camille Durand", access.Compliance)
	for path, picture := range map[string]string{
		"/incidents/" + i.ID: "fr-incident",
		"/incidents":         "fr-incidents",
		"/incidents/" + i.ID + "/letters/qtsp?in=fr": "fr-incident-letter",
		"/certificates/" + v.Active().QWACID:         "fr-certificate-frozen",
		"/key-copies":                                "fr-key-copies",
		"/registers":                                 "fr-registers",
		"/imports":                                   "fr-imports",
	} {
		b.open(path)
		b.look(picture)
	}
}
