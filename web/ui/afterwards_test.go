package ui_test

import (
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/stack"
)

// Whoever renames an application that is in use on live is told that its bank knows it by another name.
func TestRenamedApplicationInUse(t *testing.T) {
	s, f := newConsole(t), newFrench(t)
	r := s.Renewal()
	eve := s.signedIn(t, "Eve", access.Engineer)
	if home := eve.get("/"); strings.Contains(home.body, "what the bank was told") {
		t.Error("nothing has changed, and somebody has to be told")
	}
	v, err := s.Registrations.Registration(t.Context(), stack.Engineer, r.Live)
	check(t, err)
	v.Application.Name = "Exemple Comptes"
	_, _, err = s.Registrations.UpdateApplication(t.Context(), stack.Engineer, v.Application)
	check(t, err)
	home := eve.get("/")
	home.want(t, http.StatusOK, "what the bank was told about what is in use has changed", "/registrations/"+r.Live)
	f.want(t, "home", readFrench(eve, "/"))
	eve.get("/registrations?task=bank_to_tell").want(t, http.StatusOK, r.Live)
}

// Registrations at a bank whose catalogue file can no longer be read are on the pages all the same.
func TestPagesOfABankThatIsGone(t *testing.T) {
	s, f := newConsole(t), newFrench(t)
	text, err := os.ReadFile("../../registration/catalogue/testdata/banque-fictive.yaml")
	check(t, err)
	check(t, s.Catalogue.Take([][]byte{text}, nil))
	r := s.Register("fictive-sandbox")
	qwac := s.Import(qtsp.Request{})
	s.Fill(r.ID, qwac, s.Import(qtsp.Request{Kind: certs.QSealC}))
	check(t, s.Catalogue.Take(nil, nil))
	eve := s.signedIn(t, "Eve", access.Engineer, access.Compliance)
	for _, path := range []string{"/registrations", "/registrations/" + r.ID, "/", "/certificates/" + qwac} {
		eve.get(path).want(t, http.StatusOK, "fictive-sandbox")
		f.want(t, path, readFrench(eve, path))
	}
	eve.get("/registrations/"+r.ID).want(t, http.StatusOK, "The catalogue no longer describes fictive-sandbox",
		"/catalogue-files")
	eve.get("/institutions").want(t, http.StatusOK)
	eve.get("/firm").want(t, http.StatusOK)
}

// A certificate from which no organization can be recorded leads to its own page, which says what is wrong with it.
func TestUploadWithoutAnAgreementNumber(t *testing.T) {
	s := newConsole(t)
	b := s.signedIn(t, "Ada", access.Compliance)
	issued := s.QTSP.MustIssue(t, qtsp.Request{OrganizationIdentifier: "VATFR-12345678901"})
	page := b.upload("/certificates/upload", "",
		certs.File{Name: "qwac.pem", Data: issued.CertificatePEM()},
		certs.File{Name: "qwac.key", Data: issued.KeyPEM()})
	page.want(t, http.StatusOK, "Stored")
	if !strings.HasPrefix(page.path, "/certificates/") {
		t.Errorf("storing ends at %s", page.path)
	}
}
