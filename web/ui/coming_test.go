package ui_test

import (
	"crypto/x509"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/vault"
)

// The home page and the forecast say which rules are coming, for which certificates, and where those are used.
func TestHomeAndForecastSayWhichRulesAreComing(t *testing.T) {
	s := newConsole(t)
	s.Now = time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)
	issued := s.Now.AddDate(0, -1, 0)
	s.ActivateWith(s.QTSP.MustIssue(t, qtsp.Request{KeyType: qtsp.RSA2048, NotBefore: issued}),
		s.QTSP.MustIssue(t, qtsp.Request{Kind: certs.QSealC, NotBefore: issued}))
	b := s.signedIn(t, "Ada", access.Compliance)
	b.get("/").want(t, http.StatusOK, "Coming rules", "from 1 January 2027 on", "The RSA key has 2048 bits",
		"1 November 2027", "Societe Generale Personal (sandbox)")
	b.get("/campaigns/forecast").want(t, http.StatusOK, "Coming rules", "The RSA key has 2048 bits",
		"Societe Generale Personal (sandbox)")
	b.lang = "fr"
	for _, page := range []string{"/", "/campaigns/forecast"} {
		b.get(page).want(t, http.StatusOK, "Règles à venir", "La clé RSA a 2048 bits", "1er novembre 2027")
	}
}

// However many certificates end later, those that a coming rule touches are all counted, and the first are named.
func TestComingRulesAmongManyCertificates(t *testing.T) {
	s := newConsole(t)
	s.Now = time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)
	issued := s.Now.AddDate(0, -1, 0)
	for i := range 12 {
		s.Import(qtsp.Request{KeyType: qtsp.RSA2048, NotBefore: issued, NotAfter: s.Now.AddDate(0, 0, 100+i)})
	}
	for range 108 {
		s.Import(qtsp.Request{KeyType: qtsp.P256, NotBefore: issued, NotAfter: s.Now.AddDate(1, 0, 0)})
	}
	b := s.signedIn(t, "Ada", access.Compliance)
	page := b.get("/")
	page.want(t, http.StatusOK, "Coming rules", "before this one ends on 11 March 2027", "and 2 more")
	if n := strings.Count(page.body, "The RSA key has 2048 bits"); n != 10 {
		t.Errorf("%d certificates are named", n)
	}
}

// The page of a CSR warns of a short RSA key, and of a QWAC without clientAuth the activation asks why.
func TestPagesAskAndWarnByDate(t *testing.T) {
	s := newConsole(t)
	s.Now = time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)
	ctx := t.Context()
	made, err := s.Vault.CreateCSR(ctx, stack.Officer, vault.NewCSR{
		Template: certs.CSRTemplate{
			Kind:                   certs.QSealC,
			Organization:           "Exemple Paiement SAS",
			OrganizationIdentifier: "PSDFR-ACPR-12345",
			Country:                "FR",
			Roles:                  []string{"PSP_AI"},
			NCAID:                  "FR-ACPR",
		},
		Algorithm: "rsa-2048",
	})
	check(t, err)
	b := s.signedIn(t, "Grace", access.Engineer)
	b.get("/certificates/csrs/"+made.ID).want(t, http.StatusOK, "RSA keys of 2048 bits serve for certificates")

	r := s.Register(stack.Institution)
	s.DoSteps(r.ID)
	draft := s.SaveBundle(r.ID, s.Import(qtsp.Request{
		NotBefore: s.Now.AddDate(0, -1, 0),
		Change: func(c *x509.Certificate) {
			c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
		},
	}), s.Import(qtsp.Request{Kind: certs.QSealC, NotBefore: s.Now.AddDate(0, -1, 0)}))
	check(t, s.Registrations.RecordTest(ctx, stack.Engineer, draft, registration.TestResult{At: s.Now, Passed: true}))
	page := b.get("/registrations/" + r.ID)
	page.want(t, http.StatusOK, "The QWAC is not made for TLS clients",
		"Reason why this QWAC will do without clientAuth",
		`name="reason" autocomplete="off" maxlength="500" required`)
	b.lang = "fr"
	b.get("/registrations/"+r.ID).want(t, http.StatusOK, "Le QWAC n&#39;est pas fait pour des clients TLS",
		"Pourquoi ce QWAC convient sans clientAuth")
}
