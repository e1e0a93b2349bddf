package bank

import (
	"crypto/subtle"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/sealkeeper/sealkeeper/lab/bank/grants"
	"github.com/sealkeeper/sealkeeper/lab/bank/mishap"
	"github.com/sealkeeper/sealkeeper/lab/bank/pages"
	"github.com/sealkeeper/sealkeeper/lab/bank/segments"
)

// authorize is RFC 6749 section 4.1.1. An unknown client or redirect URL
// gets a page, never a redirect: the address cannot be trusted.
func (s *Sim) authorize(segment segments.Segment) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		query := r.URL.Query()
		client, ok := s.Find(query.Get("client_id"))
		if !ok || client.Environment != segment.Environment || !slices.Contains(client.RedirectURIs,
			query.Get("redirect_uri")) {
			s.show(w, r, http.StatusBadRequest, "refused.html", pages.Page{Title: "refused", Message: "unregistered"})
			return
		}
		opened := pages.Session{
			ClientID:    client.ID,
			RedirectURI: query.Get("redirect_uri"),
			State:       query.Get("state"),
			Scope:       query.Get("scope"),
			Segment:     segment,
			Challenge:   query.Get("code_challenge"),
		}
		switch {
		case query.Get("response_type") != "code":
			s.goBack(w, r, opened, "error", "unsupported_response_type")
		case !slices.Contains([]string{"aisp", "aisp extended_transaction_history", "pisp"}, opened.Scope):
			s.goBack(w, r, opened, "error", "invalid_scope")
		case s.cfg.RequirePKCE && opened.Challenge == "",
			opened.Challenge != "" && query.Get("code_challenge_method") != "S256":
			s.goBack(w, r, opened, "error", "invalid_request")
		default:
			s.showLogin(w, r, http.StatusOK, s.sessions.Open(opened), opened, "")
		}
	}
}

func (s *Sim) showLogin(
	w http.ResponseWriter, r *http.Request, status int, id string, current pages.Session, message string,
) {
	s.show(w, r, status, "login.html", pages.Page{
		Title:   "sign_in",
		Message: message,
		Session: id,
		Segment: current.Segment.Name,
		Scope:   current.Scope,
	})
}

// login is the strong customer authentication, one factor of it.
func (s *Sim) login(w http.ResponseWriter, r *http.Request) {
	id := formValue(w, r, "session")
	good := false
	current, ok := s.sessions.Step(id, func(c *pages.Session) bool {
		c.Tries++
		good = isCustomer(r.PostForm.Get("user"), r.PostForm.Get("password"), c.Scope)
		c.LoggedIn = good
		return !good && c.Tries >= pages.MaxTries
	})
	switch {
	case !ok:
		s.sessionGone(w, r)
	case good && current.Payment != "":
		s.showPaymentPage(w, r, http.StatusOK, id, current, "")
	case good:
		s.showConsent(w, r, http.StatusOK, id, current, "")
	case current.Tries < pages.MaxTries:
		s.showLogin(w, r, http.StatusForbidden, id, current, "wrong_password")
	case current.Payment != "":
		s.leavePayment(w, r, current, "refuse")
	default:
		s.goBack(w, r, current, "error", "access_denied")
	}
}

func (s *Sim) showConsent(
	w http.ResponseWriter, r *http.Request, status int, id string, current pages.Session, message string,
) {
	shown := pages.Page{
		Title:   "consent",
		Message: message,
		Session: id,
		Client:  current.ClientID,
		Segment: current.Segment.Name,
		Scope:   current.Scope,
	}
	if strings.HasPrefix(current.Scope, "aisp") {
		shown.Accounts = s.ledger(current.Segment).Choices()
	}
	s.show(w, r, status, "consent.html", shown)
}

// consent takes the customer's decision and sends the browser back. Of the
// accounts on the page at least one must be chosen.
func (s *Sim) consent(w http.ResponseWriter, r *http.Request) {
	id := formValue(w, r, "session")
	allowed := r.PostForm.Get("decision") == "allow"
	accounts := r.PostForm["account"]
	loggedIn, none := false, false
	current, ok := s.sessions.Step(id, func(c *pages.Session) bool {
		loggedIn = c.LoggedIn && c.Payment == ""
		none = loggedIn && allowed && len(accounts) == 0 && strings.HasPrefix(c.Scope, "aisp")
		return !none
	})
	switch {
	case !ok || !loggedIn:
		s.sessionGone(w, r)
	case none:
		s.showConsent(w, r, http.StatusBadRequest, id, current, "choose_account")
	case !allowed:
		s.goBack(w, r, current, "error", "access_denied")
	default:
		given := &grants.Consent{
			ClientID:    current.ClientID,
			Environment: current.Segment.Environment,
			Segment:     current.Segment,
			Scope:       current.Scope,
			Accounts:    accounts,
		}
		if s.brokenReturn(w, r, current) {
			return
		}
		s.goBack(w, r, current, "code", s.grants.Code(given, current.RedirectURI, current.Challenge))
	}
}

func (s *Sim) show(w http.ResponseWriter, r *http.Request, status int, name string, shown pages.Page) {
	pages.Show(w, r, s.cfg.Log, status, name, shown)
}

func formValue(w http.ResponseWriter, r *http.Request, name string) string {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	return r.PostFormValue(name)
}

func (s *Sim) sessionGone(w http.ResponseWriter, r *http.Request) {
	s.show(w, r, http.StatusBadRequest, "refused.html", pages.Page{Title: "session_ended", Message: "start_again"})
}

// brokenReturn is the failure of the way back.
func (s *Sim) brokenReturn(w http.ResponseWriter, r *http.Request, current pages.Session) bool {
	call := mishap.Call{
		Environment: current.Segment.Environment,
		Segment:     current.Segment.Name,
		Product:     "authorize",
		Operation:   mishap.Authorize,
	}
	armed, ok := s.mishaps.Take(call, "broken_return")
	switch {
	case !ok:
		return false
	case armed.Detail == "nothing":
		http.Redirect(w, r, s.cfg.Detour(current.RedirectURI), http.StatusSeeOther)
	default:
		s.goBack(w, r, current, "error", "access_denied")
	}
	return true
}

// goBack redirects to the application with one parameter and the state.
func (s *Sim) goBack(w http.ResponseWriter, r *http.Request, current pages.Session, name, value string) {
	target, err := url.Parse(current.RedirectURI)
	if err != nil {
		http.Error(w, "The registered redirect URL is not a URL.", http.StatusBadRequest)
		return
	}
	query := target.Query()
	query.Set(name, value)
	query.Set("state", current.State)
	target.RawQuery = query.Encode()
	http.Redirect(w, r, s.cfg.Detour(target.String()), http.StatusSeeOther)
}

// psu is a customer of the sandbox, as the bank publishes them.
type psu struct{ user, password, scope string }

var customers = []psu{
	{"55000002", "111111", "aisp"},
	{"55000001", "111111", "pisp"},
}

func isCustomer(user, password, scope string) bool {
	for _, c := range customers {
		if c.user == user && strings.HasPrefix(scope, c.scope) {
			return subtle.ConstantTimeCompare([]byte(c.password), []byte(password)) == 1
		}
	}
	return false
}
