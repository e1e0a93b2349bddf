package ui_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/app"
	"github.com/sealkeeper/sealkeeper/internal/registers"
	"github.com/sealkeeper/sealkeeper/lab/authority"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	"github.com/sealkeeper/sealkeeper/registration"
)

// importing has a browser send a register that was downloaded.
func (b *browser) importing(id string, content []byte) reply {
	b.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("file", "register.json")
	check(b.t, err)
	_, err = part.Write(content)
	check(b.t, err)
	check(b.t, form.Close())
	return b.do(http.MethodPost, "/registers/"+id+"/file", form.FormDataContentType(), &body)
}

// The pages of a certificate, of an organization and of the registers say what is listed, how old that is, and what is
// not known, in both languages; a file is imported, or refused with what to do.
func TestPagesOfRegisters(t *testing.T) {
	wired, _ := stack.Asking(t,
		stack.Options{Registers: app.Registers{Sources: []registers.Source{{ID: registers.EBA}}}})
	s, f := newConsoleOn(t, wired), newFrench(t)
	s.ActivateAt(stack.Institution)
	path := "/certificates/" + s.Import(qtsp.Request{KeyType: qtsp.P256})
	all, err := s.Registrations.OrganizationPage(t.Context(), stack.Officer, registration.Organizations.Query())
	check(t, err)
	organization := "/organizations/" + all.Items[0].ID
	published := authority.New(func() time.Time { return s.Now })
	firm := authority.Firm{
		Authority: "FR_ACPR",
		Number:    "12345",
		Services:  map[string][]string{"FR": {"PS_080", "PS_05A"}, "DE": {"PS_080"}},
		Changes:   []string{"2019-01-01"},
	}
	published.List(firm)
	ada := s.signedIn(t, "Ada", access.Compliance)
	both := func(english, french string) {
		t.Helper()
		ada.lang = "en"
		ada.get(path).want(t, http.StatusOK, english)
		ada.lang = "fr"
		for _, p := range []string{path, organization, "/registers"} {
			f.want(t, p, ada.get(p))
		}
		ada.get(path).want(t, http.StatusOK, french)
		ada.lang = "en"
	}
	both("nobody has imported its file", "personne n&#39;en a importé le fichier")
	ada.importing("eba", []byte("<html>")).want(t, http.StatusUnprocessableEntity, "web page and no register")
	ada.importing("eba", published.Register()).want(t, http.StatusOK, "The register was imported")
	both("The register entry does not list: PSP_PI (FR).", "inscription au registre ne mentionne pas")
	ada.get(organization).want(t, http.StatusOK, "PS_080", "Example Payments")
	ada.get("/registers").want(t, http.StatusOK, "Register of the EBA", "A person imported the file")
	firm.Changes = append(firm.Changes, s.Now.Format(time.DateOnly))
	published.List(firm)
	ada.importing("eba", published.Register()).want(t, http.StatusOK, "The register was imported")
	both("No longer in force", "N&#39;est plus en vigueur")
	s.Now = s.Now.AddDate(0, 0, 30)
	ada = s.signedIn(t, "Bea", access.Compliance)
	both("more than a week old", "plus d&#39;une semaine")
	emma := s.signedIn(t, "Emma", access.Auditor)
	emma.get("/registers").want(t, http.StatusOK, "Importing a register is for compliance officers")
	emma.importing("eba", published.Register()).want(t, http.StatusForbidden, "")
}
