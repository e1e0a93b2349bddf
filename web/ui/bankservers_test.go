package ui_test

import (
	"crypto/x509"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/bankservers"
	"github.com/sealkeeper/sealkeeper/internal/cases"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	"github.com/sealkeeper/sealkeeper/registration"
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
	s.BankServers.Saw(r.InstitutionID, bankservers.Handshake{
		Host:    known[0].Host,
		Chain:   chain,
		Issuing: s.QTSP.Root(),
		Reason:  "unknown_issuer",
	})
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

// The page says in words why connections fail; a person prepares the version that trusts another issuer, which its
// activation takes into use, and confirms that the bank has changed its issuer.
func TestAnotherIssuerOfABank(t *testing.T) {
	wired := stack.New(t)
	s, f := newConsoleOn(t, wired), newFrench(t)
	r := s.ActivateWith(s.QTSP.MustIssue(t, qtsp.Request{}), s.QTSP.MustIssue(t, qtsp.Request{Kind: certs.QSealC}))
	path := "/institutions/" + r.InstitutionID
	settle := func() { check(t, s.BankServers.Settle(t.Context())) }
	settle()
	known, err := s.BankServers.OfInstitution(t.Context(), stack.Engineer, r.InstitutionID)
	check(t, err)
	host := known[0].Host
	stranger, err := qtsp.New(s.Now)
	check(t, err)
	server, err := stranger.ServerCertificate(host)
	check(t, err)
	other := *server.Leaf
	other.Issuer.Organization = []string{"Another CA"}
	saw := bankservers.Handshake{Host: host, Chain: []*x509.Certificate{&other}, Issuing: stranger.Root()}
	s.Now = s.Now.Add(time.Minute)
	s.BankServers.Saw(r.InstitutionID, bankservers.Handshake{Host: host, Reason: "alert", Alert: "unknown_ca"})
	settle()
	ada, emil := s.signedIn(t, "Ada", access.Compliance), s.signedIn(t, "Emil", access.Engineer)
	emil.get(path).want(t, http.StatusOK, "refused the connection by a TLS alert", "unknown_ca")
	saw.Reason = "unknown_issuer"
	s.BankServers.Saw(r.InstitutionID, saw)
	settle()
	if _, err := s.Cases.Evaluate(t.Context()); err != nil {
		t.Fatal(err)
	}
	ada.get("/").want(t, http.StatusOK, host, "is not trusted")
	emil.get(path).want(t, http.StatusOK, "not among those that are trusted", "Trust another issuer")
	all, err := s.BankServers.OfInstitution(t.Context(), stack.Engineer, r.InstitutionID)
	check(t, err)
	ask := url.Values{"sha256": {all[0].SHA256}, "registration": {r.ID}}
	ada.post(path+"/trust", ask).want(t, http.StatusForbidden)
	emil.post(path+"/trust", ask).want(t, http.StatusOK, "The draft trusts the issuer")
	versions, err := s.Registrations.Versions(t.Context(), stack.Engineer, r.ID)
	check(t, err)
	if draft := versions[0]; draft.State != registration.Draft || len(draft.TrustAnchors) != 1 ||
		draft.TrustAnchors[0] != all[0].Issuing || len(versions[1].TrustAnchors) != 0 {
		t.Errorf("%+v", versions)
	}
	saw.Reason = ""
	s.Now = s.Now.Add(time.Minute)
	s.BankServers.Saw(r.InstitutionID, saw)
	settle()
	if _, err := s.Cases.Evaluate(t.Context()); err != nil {
		t.Fatal(err)
	}
	ada.get("/").want(t, http.StatusOK, host, "issued by “Another CA”")
	ada.get(path).want(t, http.StatusOK, "The bank has changed its issuer")
	emil.post(path+"/trust", ask).want(t, http.StatusConflict)
	confirm := url.Values{"host": {host}, "authority": {"Another CA"}}
	emil.post(path+"/issuer", confirm).want(t, http.StatusForbidden)
	ada.post(path+"/issuer", confirm).want(t, http.StatusOK, "Nothing changes in whom programs trust")
	ada.post(path+"/issuer", url.Values{"host": {host}, "authority": {"x"}}).want(t, http.StatusConflict)
	ada.lang = "fr"
	f.want(t, "the institution", ada.get(path))
	ada.get(path).want(t, http.StatusOK, "nouvel émetteur confirmé par", "Ada", "alerte TLS")
	if _, err := s.Cases.Evaluate(t.Context()); err != nil {
		t.Fatal(err)
	}
	open, err := s.Cases.Page(t.Context(), stack.Engineer, cases.Listed.Query())
	check(t, err)
	for _, c := range open.Items {
		if c.Watched.Kind == cases.BankHost {
			t.Errorf("still open: %+v", c)
		}
	}
}
