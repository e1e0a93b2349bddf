package banksim

import (
	"bytes"
	"crypto/subtle"
	"embed"
	"html/template"
	"net/http"
	"net/url"
	"slices"
)

//go:embed pages
var pages embed.FS

var templates = template.Must(template.ParseFS(pages, "pages/*.html"))

// page is what the templates show.
type page struct {
	Title   string
	Message string
	Session string
	Client  string
	Segment string
	Scope   string
}

// psu is a customer of the sandbox, as the bank publishes them.
type psu struct{ user, password, scope string }

var customers = []psu{
	{"55000002", "111111", "aisp"},
	{"55000001", "111111", "pisp"},
}

// authorize is RFC 6749 section 4.1.1. An unknown client or redirect URL
// gets a page, never a redirect: the address cannot be trusted.
func (s *Sim) authorize(segment Segment) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		query := r.URL.Query()
		client, ok := s.clients.find(query.Get("client_id"))
		if !ok || !slices.Contains(client.RedirectURIs, query.Get("redirect_uri")) {
			s.show(w, http.StatusBadRequest, "refused.html", page{Title: "Request refused",
				Message: "The application or its redirect URL is not registered with the bank."})
			return
		}
		opened := session{
			clientID: client.ID, redirectURI: query.Get("redirect_uri"), state: query.Get("state"),
			scope: query.Get("scope"), segment: segment,
		}
		switch {
		case query.Get("response_type") != "code":
			goBack(w, r, opened, "error", "unsupported_response_type")
		case opened.scope != "aisp" && opened.scope != "pisp":
			goBack(w, r, opened, "error", "invalid_scope")
		default:
			s.show(w, http.StatusOK, "login.html", page{Title: "Sign in",
				Session: s.sessions.open(opened), Segment: segment.Name, Scope: opened.scope})
		}
	}
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
		s.sessionGone(w)
	case good:
		s.show(w, http.StatusOK, "consent.html", page{Title: "Consent",
			Session: id, Client: current.clientID, Segment: current.segment.Name, Scope: current.scope})
	case current.tries >= maxTries:
		goBack(w, r, current, "error", "access_denied")
	default:
		s.show(w, http.StatusForbidden, "login.html", page{Title: "Sign in", Session: id,
			Segment: current.segment.Name, Scope: current.scope, Message: "The user or the password is wrong."})
	}
}

func isCustomer(user, password, scope string) bool {
	for _, c := range customers {
		if c.user == user && c.scope == scope {
			return subtle.ConstantTimeCompare([]byte(c.password), []byte(password)) == 1
		}
	}
	return false
}

// consent takes the customer's decision and sends the browser back.
func (s *Sim) consent(w http.ResponseWriter, r *http.Request) {
	loggedIn := false
	current, ok := s.sessions.step(formValue(w, r, "session"), func(c *session) bool {
		loggedIn = c.loggedIn
		return true
	})
	switch {
	case !ok || !loggedIn:
		s.sessionGone(w)
	case r.PostForm.Get("decision") != "allow":
		goBack(w, r, current, "error", "access_denied")
	default:
		given := &consent{clientID: current.clientID, segment: current.segment, scope: current.scope}
		goBack(w, r, current, "code", s.grants.code(given, current.redirectURI))
	}
}

func formValue(w http.ResponseWriter, r *http.Request, name string) string {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	return r.PostFormValue(name)
}

func (s *Sim) sessionGone(w http.ResponseWriter) {
	s.show(w, http.StatusBadRequest, "refused.html", page{Title: "Session ended",
		Message: "This session has ended. Start again from the application."})
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

func (s *Sim) show(w http.ResponseWriter, status int, name string, shown page) {
	var body bytes.Buffer
	if err := templates.ExecuteTemplate(&body, name, shown); err != nil {
		s.cfg.Log.Error("rendering a page", "page", name, "error", err)
		http.Error(w, "The page cannot be shown.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(body.Bytes()) // the browser has gone if this fails
}

func style(w http.ResponseWriter, _ *http.Request) {
	sheet, _ := pages.ReadFile("pages/style.css") // embedded, so it is there
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	_, _ = w.Write(sheet)
}

// pageHeaders sets no form-action: browsers apply it to redirects after a
// form too, and this form's whole purpose is to redirect.
func pageHeaders(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'")
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Referrer-Policy", "no-referrer")
		header.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}
