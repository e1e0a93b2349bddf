package ui_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	"github.com/sealkeeper/sealkeeper/vault"
)

func TestCertificateEndsOnItsPage(t *testing.T) {
	s := newConsole(t)
	id := s.Import(qtsp.Request{})
	r, err := s.Vault.Get(t.Context(), stack.Auditor, id)
	check(t, err)
	ada, emma := s.signedIn(t, "Ada", access.Compliance), s.signedIn(t, "Emma", access.Engineer)
	path := "/certificates/" + id
	emma.get(path).want(t, http.StatusOK, "Retiring and destroying certificates is for compliance officers.")
	ada.get(path).want(t, http.StatusOK, "this cannot be undone")
	ada.post(path+"/retire", url.Values{"reason": {" "}}).want(t, http.StatusUnprocessableEntity, "Give a reason")
	emma.post(path+"/retire", url.Values{"reason": {"mine"}}).want(t, http.StatusForbidden, "Your role does not allow")
	ada.post(path+"/retire", url.Values{"reason": {"reissued <b>"}}).want(t, http.StatusOK, "not used any more",
		"reissued &lt;b&gt;",
		"Type "+r.Confirmation(), "destroyed for good")
	ada.get("/certificates").want(t, http.StatusOK, "Out of use")
	ada.get("/certificates?ended=true").want(t, http.StatusOK, "reissued &lt;b&gt;", path)
	ada.post(path+"/destroy", url.Values{"confirmation": {"yes"}}).want(t, http.StatusUnprocessableEntity,
		"first eight characters")
	ada.post(path+"/destroy", url.Values{"confirmation": {strings.ToUpper(r.Confirmation())}}).want(t, http.StatusOK,
		"What was recorded stays", "Destroyed")
	ada.get("/audit").want(t, http.StatusOK, "Retire a certificate", "Destroy a certificate")
}

func asFiles(issued *qtsp.Issued) []certs.File {
	return []certs.File{{Name: "cert.pem", Data: issued.CertificatePEM()}, {Name: "cert.key", Data: issued.KeyPEM()}}
}

func TestExportableKeyIsShownAsSuch(t *testing.T) {
	s := newConsole(t)
	ada := s.signedIn(t, "Ada", access.Compliance)
	issued := s.QTSP.MustIssue(t, qtsp.Request{})
	files := vault.Files{Files: asFiles(issued), KeyMode: vault.KeyExportable, ExportReason: "the card processor"}
	stored, err := s.Vault.Import(t.Context(), stack.Officer, files)
	check(t, err)
	path := "/certificates/" + stored[0].ID
	ada.get("/certificates").want(t, http.StatusOK, "Exportable private key")
	ada.get(path).want(t, http.StatusOK, "Exportable private key", "the card processor",
		"a second person has to approve it",
		"Allow export and use on live")
	ada.post(path+"/allow-export", nil).want(t, http.StatusOK, "A second person", "/approvals/")
	next := s.QTSP.MustIssue(t, qtsp.Request{})
	upload := vault.Files{Files: asFiles(next), Replaces: []string{stored[0].ID}}
	_, err = s.Vault.Import(t.Context(), stack.Officer, upload)
	check(t, err)
	ada.get(path).want(t, http.StatusOK, "Versions", "Version 2", "a new key")
	ada.get("/certificates/upload").want(t, http.StatusOK, "Takes the place of", "The private key is needed as a file")
}

// A certificate has one date wherever it is shown, that of UTC, though it is the next day by then where the banks are.
func TestACertificateHasOneDate(t *testing.T) {
	s := newConsole(t)
	s.Now = s.Now.Truncate(24 * time.Hour).Add(36 * time.Hour)
	ends := s.Now.Truncate(24*time.Hour).AddDate(0, 0, 20).Add(23*time.Hour + 30*time.Minute)
	id := s.Import(qtsp.Request{NotBefore: s.Now.AddDate(0, 0, -200), NotAfter: ends})
	on, next := ends.Format("2 January 2006"), ends.AddDate(0, 0, 1).Format("2 January 2006")
	b := s.signedIn(t, "Ada", access.Compliance)
	for path, says := range map[string][]string{
		"/certificates/" + id: {"it expires on " + on, "in 20 days"},
		"/certificates":       {on, "in 20 days"},
		"/":                   {on, "in 20 days"},
	} {
		page := b.get(path)
		page.want(t, http.StatusOK, says...)
		if strings.Contains(page.body, next) {
			t.Errorf("%s has the banks' date too", path)
		}
	}
}
