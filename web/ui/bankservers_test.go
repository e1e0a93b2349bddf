package ui_test

import (
	"crypto/x509"
	"net/http"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/stack"
)

// The page of an institution says what its hosts presented to a connection test, and that something else came since.
func TestPageOfBankServers(t *testing.T) {
	wired := stack.New(t)
	s, f := newConsoleOn(t, wired), newFrench(t)
	r := s.ActivateWith(s.QTSP.MustIssue(t, qtsp.Request{}), s.QTSP.MustIssue(t, qtsp.Request{Kind: certs.QSealC}))
	path := "/institutions/" + r.InstitutionID
	ada := s.signedIn(t, "Ada", access.Compliance)
	ada.get(path).want(t, http.StatusOK, "Nobody has called this bank yet.")
	check(t, s.BankServers.Settle(t.Context()))
	known, err := s.BankServers.OfInstitution(t.Context(), stack.Engineer, r.InstitutionID)
	check(t, err)
	if len(known) != 1 || !known[0].Trusted || known[0].Sent == 0 || known[0].FirstSeen.IsZero() {
		t.Fatalf("%+v", known)
	}
	s.Now = s.Now.Add(time.Minute)
	other := s.QTSP.MustIssue(t, qtsp.Request{}).Certificate.X509
	chain := []*x509.Certificate{other}
	s.BankServers.Saw(r.InstitutionID, known[0].Host, chain, false)
	check(t, s.BankServers.Settle(t.Context()))
	check(t, s.BankServers.Settle(t.Context())) // nothing is due
	ada.get(path).want(t, http.StatusOK, known[0].Host, "not trusted", "1 certificate sent")
	ada.lang = "fr"
	f.want(t, "the institution", ada.get(path))
	ada.get(path).want(t, http.StatusOK, "Certificats de la banque", "pas de confiance")
	all, err := s.BankServers.OfInstitution(t.Context(), stack.Engineer, r.InstitutionID)
	check(t, err)
	if len(all) != 2 || all[0].Trusted || all[1] != known[0] {
		t.Errorf("%+v", all)
	}
}
