// Package pages answers one question: what does the simulated bank's customer see? It has
// the pages, their words, and the sessions of those who are on the way through them.
package pages

import (
	"bytes"
	"embed"
	"html/template"
	"log/slog"
	"net/http"
	"strings"

	"github.com/sealkeeper/sealkeeper/lab/bank/ledger"
	"github.com/sealkeeper/sealkeeper/lab/bank/portal"
)

//go:embed *.html *.css *.js
var files embed.FS

var templates = template.Must(template.ParseFS(files, "*.html"))

// Page is what the templates show. Title and Message are keys of texts.
type Page struct {
	Title    string
	Message  string
	Session  string
	Client   string
	Segment  string
	Scope    string
	Accounts []ledger.Account
	Payment  *Payment
	Portal   *Portal
	Language string
}

// Support is the address from which the bank's people answer.
const Support = "support-api-groupe-sg.fr@socgen.com"

// Support is the address from which the answer comes.
func (p Page) Support() string { return Support }

// Portal is what the developer portal shows, and what its forms are filled in with.
type Portal struct {
	Applications []portal.State
	Applicant    portal.Applicant
	Created      *Created // nil but on the page that answers the form
	Answered     string   // the organization whose e-mail was just answered
}

// Created is an application that was just made. Its secret is on no other page.
type Created struct{ Environment, ClientID, ClientSecret string }

// Payment is what the customer is asked to approve.
type Payment struct {
	Transfers []Transfer
	Total     string
	Debtor    string           // "" when the customer chooses
	Choices   []ledger.Account // accounts to choose from
	Cancel    bool             // it is the cancellation that is to be approved
	Instant   bool
}

// Transfer is one transfer of a Payment.
type Transfer struct{ Creditor, IBAN, Amount, Text, Date string }

// T is a text in the page's language.
func (p Page) T(key string) string { return texts[key][p.Language] }

// Show answers with a page in the language of the browser.
func Show(w http.ResponseWriter, r *http.Request, log *slog.Logger, status int, name string, shown Page) {
	shown.Language = language(r)
	var body bytes.Buffer
	if err := templates.ExecuteTemplate(&body, name, shown); err != nil {
		log.Error("rendering a page", "page", name, "error", err)
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

// Asset answers with an embedded file.
func Asset(name, kind string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		content, _ := files.ReadFile(name) // embedded, so it is there
		w.Header().Set("Content-Type", kind)
		_, _ = w.Write(content)
	}
}

// Headers sets no form-action: browsers apply it to redirects after a
// form too, and this form's whole purpose is to redirect.
func Headers(next http.Handler) http.Handler {
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
