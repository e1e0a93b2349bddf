package bank

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/sealkeeper/sealkeeper/lab/bank/pages"
	"github.com/sealkeeper/sealkeeper/lab/bank/portal"
	"github.com/sealkeeper/sealkeeper/lab/bank/segments"
)

// PortalPath is the developer portal's page on the browser-facing listener.
const PortalPath = "/portal"

// portalPages serves the developer portal. It asks for no password, so what changes
// something is taken from its own pages alone, and by this machine's names.
func (s *Sim) portalPages(mux *http.ServeMux) {
	own := http.NewCrossOriginProtection()
	for pattern, handle := range map[string]http.HandlerFunc{
		"GET " + PortalPath:                    s.portal,
		"POST " + PortalPath + "/applications": s.createApplication,
		"POST " + PortalPath + "/support":      s.answerEmail,
		"GET " + PortalPath + "/answer.eml":    s.answerFile,
	} {
		mux.Handle(pattern, localOnly(own.Handler(handle)))
	}
	mux.Handle("GET /{$}", http.RedirectHandler(PortalPath, http.StatusSeeOther))
}

func (s *Sim) portal(w http.ResponseWriter, r *http.Request) {
	s.showPortal(w, r, http.StatusOK, pages.Portal{}, "")
}

// createApplication shows the new secret on the page that answers, and on no other.
func (s *Sim) createApplication(w http.ResponseWriter, r *http.Request) {
	environment := formValue(w, r, "environment")
	if environment != segments.Live {
		environment = segments.Sandbox
	}
	client, err := s.Create(environment, r.PostForm.Get("organization"), r.PostForm.Get("redirect_uri"))
	if err != nil {
		s.refuseAtPortal(w, r, err)
		return
	}
	s.showPortal(w, r, http.StatusOK, pages.Portal{Created: &pages.Created{
		Environment:  client.Environment,
		ClientID:     client.ID,
		ClientSecret: client.Secret.Reveal(),
	}}, "")
}

// answerEmail is the support's answer to an e-mail with a QWAC.
func (s *Sim) answerEmail(w http.ResponseWriter, r *http.Request) {
	organization := formValue(w, r, "organization")
	if err := s.Admit(organization); err != nil {
		s.refuseAtPortal(w, r, err)
		return
	}
	s.showPortal(w, r, http.StatusOK, pages.Portal{Answered: organization}, "")
}

// answerFile is the answer as a file, to be kept as evidence.
func (s *Sim) answerFile(w http.ResponseWriter, r *http.Request) {
	organization := r.URL.Query().Get("organization")
	if !s.Admitted(organization) {
		http.Error(w, "Support has not answered this organization.", http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", "message/rfc822")
	w.Header().Set("Content-Disposition", `attachment; filename="answer.eml"`)
	_, _ = fmt.Fprintf(w, "From: API support <%s>\r\nTo: %s\r\nDate: %s\r\nSubject: %s on the live catalogue\r\n"+
		"Content-Type: text/plain; charset=utf-8\r\n\r\nHello,\r\n\r\n%s\r\n\r\n"+
		"This is a simulation; it is not the bank's answer.\r\n", pages.Support, "psd2@exemple-paiement.example",
		s.cfg.Now().UTC().Format(time.RFC1123Z), organization, pages.Page{Language: "en"}.T("answer_text"))
}

func (s *Sim) refuseAtPortal(w http.ResponseWriter, r *http.Request, err error) {
	for known, text := range map[error]string{
		portal.ErrOrganization: "organization_wrong",
		portal.ErrNotAdmitted:  "not_admitted",
		portal.ErrRedirectURI:  "redirect_wrong",
		portal.ErrTooMany:      "portal_full",
	} {
		if errors.Is(err, known) {
			s.showPortal(w, r, http.StatusBadRequest, pages.Portal{}, text)
			return
		}
	}
	s.cfg.Log.Error("the portal's form", "error", err)
	http.Error(w, "This could not be kept.", http.StatusInternalServerError)
}

func (s *Sim) showPortal(w http.ResponseWriter, r *http.Request, status int, shown pages.Portal, message string) {
	shown.Applications, shown.Applicant = s.States(), s.cfg.Applicant
	s.show(w, r, status, "portal.html", pages.Page{Title: "portal", Message: message, Portal: &shown})
}
