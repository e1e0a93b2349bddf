package ui_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/app"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/stack"
)

// The page of a certificate says what trusted lists say of its issuer, by which list, and how old that is.
func TestPagesOfTrust(t *testing.T) {
	wired, service := stack.Asking(t, stack.Options{})
	s, f := newConsoleOn(t, wired), newFrench(t)
	path := "/certificates/" + s.Import(qtsp.Request{})
	read := func() {
		t.Helper()
		s.Now = s.Now.Add(12 * time.Hour)
		_, err := s.Trust.ReadDue(t.Context())
		check(t, err)
	}
	days := 0
	both := func(english, french string) {
		t.Helper()
		days++
		ada := s.signedIn(t, fmt.Sprint("Ada ", days), access.Compliance) // the former session has ended meanwhile
		ada.get(path).want(t, http.StatusOK, english)
		ada.lang = "fr"
		f.want(t, "the certificate", ada.get(path))
		ada.get(path).want(t, http.StatusOK, french)
		f.want(t, "the lists", ada.get("/trusted-lists"))
	}
	both("No list of lists signed by the configured signers", "Aucune liste des listes signée")
	read()
	both("may issue qualified certificates of this kind", "Sealkeeper Test QTSP")
	service.SetStatus("withdrawn")
	read()
	both("may no longer issue qualified certificates", "À l&#39;émission du certificat")
	service.Have(qtsp.Forged)
	s.Now = s.Now.AddDate(0, 0, 30)
	read()
	both("List out of date", "Liste périmée")
	s.signedIn(t, "Emma", access.Auditor).get("/trusted-lists").
		want(t, http.StatusOK, "EU list of lists", "the signature is of something else")
}

// Without signers in the configuration, pages say NOT CHECKED and why.
func TestTrustNotConfigured(t *testing.T) {
	s := newConsole(t)
	path := "/certificates/" + s.Import(qtsp.Request{})
	ada := s.signedIn(t, "Ada", access.Compliance)
	for _, p := range []string{path, "/trusted-lists"} {
		ada.get(p).want(t, http.StatusOK, "NOT CHECKED: no trusted list is read")
	}
}

// With signers in the configuration of an installation that asks nobody, pages say NOT CHECKED and why.
func TestTrustWhereNobodyIsAsked(t *testing.T) {
	issuer := qtsp.Must(t).MustIssue(t, qtsp.Request{}).Certificate
	s := newConsoleOn(t, stack.NewWith(t, stack.Options{TrustedLists: app.TrustedLists{
		URL:     "https://lists.example/lotl.xml",
		Signers: []*certs.Certificate{issuer},
	}}))
	path := "/certificates/" + s.Import(qtsp.Request{})
	ada := s.signedIn(t, "Ada", access.Compliance)
	for _, p := range []string{path, "/trusted-lists"} {
		ada.lang = "en"
		ada.get(p).want(t, http.StatusOK, "NOT CHECKED: this installation asks nobody (outgoing: off)")
		ada.lang = "fr"
		ada.get(p).want(t, http.StatusOK, "cette installation n&#39;interroge personne (outgoing: off)")
	}
}
