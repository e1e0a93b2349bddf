package bank

import (
	"bytes"
	"crypto/subtle"
	"embed"
	"html/template"
	"net/http"
	"strings"

	"github.com/sealkeeper/sealkeeper/lab/bank/ledger"
)

//go:embed pages
var pages embed.FS

var templates = template.Must(template.ParseFS(pages, "pages/*.html"))

// page is what the templates show. Title and Message are keys of texts.
type page struct {
	Title    string
	Message  string
	Session  string
	Client   string
	Segment  string
	Scope    string
	Accounts []ledger.Account
	Payment  *paymentView
	Language string
}

// T is a text in the page's language.
func (p page) T(key string) string { return texts[key][p.Language] }

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

func (s *Sim) show(w http.ResponseWriter, r *http.Request, status int, name string, shown page) {
	shown.Language = language(r)
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

// language is French for those whose browser prefers it, else English.
func language(r *http.Request) string {
	accept := strings.ToLower(r.Header.Get("Accept-Language"))
	fr, en := strings.Index(accept, "fr"), strings.Index(accept, "en")
	if fr >= 0 && (en < 0 || fr < en) {
		return "fr"
	}
	return "en"
}

func asset(name, kind string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		content, _ := pages.ReadFile("pages/" + name) // embedded, so it is there
		w.Header().Set("Content-Type", kind)
		_, _ = w.Write(content)
	}
}

// pageHeaders sets no form-action: browsers apply it to redirects after a
// form too, and this form's whole purpose is to redirect.
func pageHeaders(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("Content-Security-Policy",
			"default-src 'none'; style-src 'self'; script-src 'self'; base-uri 'none'; frame-ancestors 'none'")
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Referrer-Policy", "no-referrer")
		header.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}
