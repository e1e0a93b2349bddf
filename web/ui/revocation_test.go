package ui_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/stack"
)

// The page of a certificate says of it and its chain what their issuers say, from where, and how old that is; home says
// which of those in use was revoked.
func TestPagesOfARevokedCertificate(t *testing.T) {
	wired, service := stack.Asking(t, stack.Options{})
	s, f := newConsoleOn(t, wired), newFrench(t)
	qwac := s.QTSP.MustIssue(t, qtsp.Request{})
	r := s.ActivateWith(qwac, s.QTSP.MustIssue(t, qtsp.Request{Kind: certs.QSealC}))
	v, err := s.Registrations.Registration(t.Context(), stack.Engineer, r.ID)
	check(t, err)
	path := "/certificates/" + v.Active().QWACID
	ada, emma := s.signedIn(t, "Ada", access.Compliance), s.signedIn(t, "Emma", access.Auditor)
	ada.get(path).want(t, http.StatusOK, "Not revoked", "(OCSP)", s.QTSP.Base()+"/ocsp", "Counts until", "Ask now")
	emma.get(path).want(t, http.StatusOK, "Not revoked", "Asking is for compliance officers and engineers")
	ada.post(path+"/revocation", nil).want(t, http.StatusConflict, "less than a minute ago")

	service.Revoke(qwac.Certificate.X509.SerialNumber, 9)
	s.Now = s.Now.Add(2 * time.Minute)
	ada.post(path+"/revocation", nil).want(t, http.StatusOK, "Revoked on", "the licence or a role", "Banks refuse it")
	ada.get("/").want(t, http.StatusOK, "Its issuer revoked the QWAC used at Societe Generale Personal (sandbox)",
		path+"#revocation")
	ada.get("/registrations/"+r.ID).want(t, http.StatusOK, "it was revoked on")
	service.Have(qtsp.Silent)
	s.Now = s.Now.Add(2 * time.Minute)
	ada.post(path+"/revocation", nil).want(t, http.StatusOK, "Last question", "there was no answer", "Revoked on")
	ada.lang = "fr"
	f.want(t, "the certificate", ada.get(path))
	ada.get(path).want(t, http.StatusOK, "Révoqué le", "un droit qu&#39;il porte a été retiré")
	f.want(t, "home", ada.get("/"))
	ada.get("/").want(t, http.StatusOK, "a été révoqué le")
	f.want(t, "the registration", ada.get("/registrations/"+r.ID))
	f.want(t, "the audit log", ada.get("/audit"))
	f.want(t, "the policy", ada.get("/policy"))
}

// Where nobody is asked, the page says NOT CHECKED.
func TestNotChecked(t *testing.T) {
	s := newConsole(t)
	path := "/certificates/" + s.Import(qtsp.Request{})
	ada := s.signedIn(t, "Ada", access.Compliance)
	ada.get(path).want(t, http.StatusOK, "NOT CHECKED", "this installation asks nobody")
	ada.lang = "fr"
	ada.get(path).want(t, http.StatusOK, "NON CONTRÔLÉ", "n&#39;interroge personne")
}
