package bank

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/sealkeeper/sealkeeper/lab/bank/grants"
	"github.com/sealkeeper/sealkeeper/lab/bank/mishap"
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
			s.show(w, r, http.StatusBadRequest, "refused.html", page{Title: "refused", Message: "unregistered"})
			return
		}
		opened := session{
			clientID:    client.ID,
			redirectURI: query.Get("redirect_uri"),
			state:       query.Get("state"),
			scope:       query.Get("scope"),
			segment:     segment,
			challenge:   query.Get("code_challenge"),
		}
		switch {
		case query.Get("response_type") != "code":
			goBack(w, r, opened, "error", "unsupported_response_type")
		case !slices.Contains([]string{"aisp", "aisp extended_transaction_history", "pisp"}, opened.scope):
			goBack(w, r, opened, "error", "invalid_scope")
		case s.cfg.RequirePKCE && opened.challenge == "",
			opened.challenge != "" && query.Get("code_challenge_method") != "S256":
			goBack(w, r, opened, "error", "invalid_request")
		default:
			s.showLogin(w, r, http.StatusOK, s.sessions.open(opened), opened, "")
		}
	}
}

func (s *Sim) showLogin(
	w http.ResponseWriter, r *http.Request, status int, id string, current session, message string,
) {
	s.show(w, r, status, "login.html", page{
		Title:   "sign_in",
		Message: message,
		Session: id,
		Segment: current.segment.Name,
		Scope:   current.scope,
	})
}

// login is the strong customer authentication, one factor of it.
func (s *Sim) login(w http.ResponseWriter, r *http.Request) {
	id := formValue(w, r, "session")
	good := false
	current, ok := s.sessions.step(id, func(c *session) bool {
		c.tries++
		good = isCustomer(r.PostForm.Get("user"), r.PostForm.Get("password"), c.scope)
		c.loggedIn = good
		return !good && c.tries >= maxTries
	})
	switch {
	case !ok:
		s.sessionGone(w, r)
	case good && current.payment != "":
		s.showPaymentPage(w, r, http.StatusOK, id, current, "")
	case good:
		s.showConsent(w, r, http.StatusOK, id, current, "")
	case current.tries < maxTries:
		s.showLogin(w, r, http.StatusForbidden, id, current, "wrong_password")
	case current.payment != "":
		s.leavePayment(w, r, current, "refuse")
	default:
		goBack(w, r, current, "error", "access_denied")
	}
}

func (s *Sim) showConsent(
	w http.ResponseWriter, r *http.Request, status int, id string, current session, message string,
) {
	shown := page{
		Title:   "consent",
		Message: message,
		Session: id,
		Client:  current.clientID,
		Segment: current.segment.Name,
		Scope:   current.scope,
	}
	if strings.HasPrefix(current.scope, "aisp") {
		shown.Accounts = s.ledger(current.segment).Choices()
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
	current, ok := s.sessions.step(id, func(c *session) bool {
		loggedIn = c.loggedIn && c.payment == ""
		none = loggedIn && allowed && len(accounts) == 0 && strings.HasPrefix(c.scope, "aisp")
		return !none
	})
	switch {
	case !ok || !loggedIn:
		s.sessionGone(w, r)
	case none:
		s.showConsent(w, r, http.StatusBadRequest, id, current, "choose_account")
	case !allowed:
		goBack(w, r, current, "error", "access_denied")
	default:
		given := &grants.Consent{
			ClientID:    current.clientID,
			Environment: current.segment.Environment,
			Segment:     current.segment,
			Scope:       current.scope,
			Accounts:    accounts,
		}
		if s.brokenReturn(w, r, current) {
			return
		}
		goBack(w, r, current, "code", s.grants.Code(given, current.redirectURI, current.challenge))
	}
}

func formValue(w http.ResponseWriter, r *http.Request, name string) string {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	return r.PostFormValue(name)
}

func (s *Sim) sessionGone(w http.ResponseWriter, r *http.Request) {
	s.show(w, r, http.StatusBadRequest, "refused.html", page{Title: "session_ended", Message: "start_again"})
}

// brokenReturn is the failure of the way back.
func (s *Sim) brokenReturn(w http.ResponseWriter, r *http.Request, current session) bool {
	call := mishap.Call{
		Environment: current.segment.Environment,
		Segment:     current.segment.Name,
		Product:     "authorize",
		Operation:   mishap.Authorize,
	}
	armed, ok := s.mishaps.Take(call, "broken_return")
	switch {
	case !ok:
		return false
	case armed.Detail == "nothing":
		http.Redirect(w, r, current.redirectURI, http.StatusSeeOther)
	default:
		goBack(w, r, current, "error", "access_denied")
	}
	return true
}

// goBack redirects to the application with one parameter and the state.
func goBack(w http.ResponseWriter, r *http.Request, current session, name, value string) {
	target, err := url.Parse(current.redirectURI)
	if err != nil {
		http.Error(w, "The registered redirect URL is not a URL.", http.StatusBadRequest)
		return
	}
	query := target.Query()
	query.Set(name, value)
	query.Set("state", current.state)
	target.RawQuery = query.Encode()
	http.Redirect(w, r, target.String(), http.StatusSeeOther)
}
