package ui_test

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
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

// On live, whom programs trust is changed by two people, who are shown the issuer's fingerprint: until then nothing has
// changed, and whoever asked does not decide.
func TestAnotherIssuerOfALiveBankTakesTwoPeople(t *testing.T) {
	s := newConsole(t)
	ctx := t.Context()
	r := s.Register(stack.LiveAtSim)
	s.DoSteps(r.ID)
	b := s.SaveBundle(r.ID, s.Import(qtsp.Request{}), s.Import(qtsp.Request{Kind: certs.QSealC}))
	s.TestConnection(r.ID)
	asked, _, err := s.Registrations.RequestChange(ctx, stack.Engineer, r.ID,
		registration.ChangeRequest{Version: b.Version})
	check(t, err)
	_, err = s.Approvals.Approve(ctx, stack.Officer, asked.ID, "")
	check(t, err)
	check(t, s.BankServers.Settle(ctx))
	known, err := s.BankServers.OfInstitution(ctx, stack.Engineer, r.InstitutionID)
	check(t, err)
	stranger, err := qtsp.New(s.Now)
	check(t, err)
	server, err := stranger.ServerCertificate(known[0].Host)
	check(t, err)
	s.Now = s.Now.Add(time.Minute)
	s.BankServers.Saw(r.InstitutionID, bankservers.Handshake{
		Host:    known[0].Host,
		Chain:   []*x509.Certificate{server.Leaf},
		Issuing: stranger.Root(),
		Reason:  "unknown_issuer",
	})
	check(t, s.BankServers.Settle(ctx))
	all, err := s.BankServers.OfInstitution(ctx, stack.Engineer, r.InstitutionID)
	check(t, err)
	i := slices.IndexFunc(all, func(p bankservers.Presented) bool { return p.Reason == "unknown_issuer" })

	trusts := func() []string {
		v, err := s.Registrations.Registration(ctx, stack.Engineer, r.ID)
		check(t, err)
		return v.Active().TrustAnchors
	}
	emil, ada := s.signedIn(t, "Emil", access.Engineer), s.signedIn(t, "Ada", access.Compliance)
	path := "/registrations/" + r.ID
	emil.post("/institutions/"+r.InstitutionID+"/trust", url.Values{
		"sha256":       {all[i].SHA256},
		"registration": {r.ID},
	}).want(t, http.StatusOK, "The draft trusts the issuer")
	s.TestConnection(r.ID)
	emil.post(path+"/activate", url.Values{"version": {"2"}, "reason": {"The bank has moved to another issuer."}}).
		want(t, http.StatusOK, "A second person has to confirm")
	request := regexp.MustCompile(`href="(/approvals/[^"]+)"`).FindStringSubmatch(emil.get(path).body)[1]
	emil.post(request+"/approve", nil).want(t, http.StatusForbidden)
	if got := trusts(); len(got) != 0 {
		t.Errorf("one person is enough: %q", got)
	}
	sum := sha256.Sum256(stranger.Root().Raw)
	page := ada.get(request)
	if !strings.Contains(strings.ReplaceAll(page.body, " ", ""), hex.EncodeToString(sum[:])) {
		t.Error("who approves is not shown the issuer's fingerprint")
	}
	ada.post(request+"/approve", nil).want(t, http.StatusOK, "Approved and carried out.")
	if got := trusts(); len(got) != 1 || got[0] != all[i].Issuing {
		t.Errorf("after two people: %q", got)
	}
}

// Whatever fails in a call to a bank is on the institution's page in words, in both languages.
func TestReasonsOfFailedCallsAreInWords(t *testing.T) {
	wired := stack.New(t)
	s, f := newConsoleOn(t, wired), newFrench(t)
	r := s.ActivateWith(s.QTSP.MustIssue(t, qtsp.Request{}), s.QTSP.MustIssue(t, qtsp.Request{Kind: certs.QSealC}))
	path := "/institutions/" + r.InstitutionID
	emil := s.signedIn(t, "Emil", access.Engineer)
	ended := s.QTSP.MustIssue(t, qtsp.Request{NotAfter: s.Now.Add(-time.Minute)}).Certificate.X509
	for i, tt := range []struct {
		saw             bankservers.Handshake
		english, french string
	}{
		{bankservers.Handshake{Reason: "proxy"}, "Our own proxy refused the way", "proxy"},
		{bankservers.Handshake{Reason: "dns"}, "name leads nowhere", "nom"},
		{bankservers.Handshake{Reason: "unreachable"}, "Nobody answered", "Personne"},
		{bankservers.Handshake{Reason: "timed_out"}, "took too long", "trop"},
		{bankservers.Handshake{Reason: "broken_off"}, "ended the handshake without a word", "sans rien dire"},
		{bankservers.Handshake{Reason: "alert", Alert: "bad_certificate"}, "by a TLS alert", "alerte TLS"},
		{bankservers.Handshake{Reason: "revoked", Alert: "certificate_revoked"},
			"our certificate is revoked", "révoqué"},
		{bankservers.Handshake{Reason: "ended", Chain: []*x509.Certificate{ended}}, "certificate has ended", "expiré"},
		{bankservers.Handshake{Reason: "chain_incomplete", Chain: []*x509.Certificate{ended}},
			"does not send every certificate", "tous les certificats"},
	} {
		tt.saw.Host = fmt.Sprintf("host%d.bank.example", i)
		s.BankServers.Saw(r.InstitutionID, tt.saw)
		check(t, s.BankServers.Settle(t.Context()))
		emil.lang = "en"
		emil.get(path).want(t, http.StatusOK, tt.saw.Host, tt.english, tt.saw.Alert)
		emil.lang = "fr"
		emil.get(path).want(t, http.StatusOK, tt.french)
	}
	f.want(t, "the institution", emil.get(path))
}
