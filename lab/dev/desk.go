package dev

import (
	"bytes"
	_ "embed"
	"errors"
	"html/template"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/loopback"
	"github.com/sealkeeper/sealkeeper/lab/bank"
	"github.com/sealkeeper/sealkeeper/lab/bank/pages"
)

//go:embed desk.html
var deskHTML string

var deskPage = template.Must(template.New("desk").Parse(deskHTML))

// person is somebody who can sign in here, at an address of their own: a browser keeps
// one session for each name of a host, and this machine has two.
type person struct{ Name, URL string }

// people are the administrator and a second person. Where the console is not on
// loopback, there is one name only, and the second person needs another browser.
func (e *Environment) people() []person {
	second := strings.Replace(e.Info.URL, "//localhost:", "//127.0.0.1:", 1)
	return []person{{User, e.Info.URL}, {Colleague, second}}
}

// openDesk serves the page from which an evaluation begins. It signs anybody in who
// reaches it, so it is on loopback, and takes forms of its own alone.
func (e *Environment) openDesk(before string) error {
	listener, err := net.Listen("tcp", againOr(before))
	if err != nil {
		listener, err = net.Listen("tcp", "127.0.0.1:0")
	}
	if err != nil {
		return err
	}
	e.Info.DeskURL = "http://" + listener.Addr().String()
	own := http.NewCrossOriginProtection()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) { e.desk(w, http.StatusOK, "") })
	mux.HandleFunc("GET /style.css", pages.Asset("style.css", "text/css; charset=utf-8"))
	mux.HandleFunc("POST /sign-in", e.signIn)
	mux.HandleFunc("POST /demo", e.demo)
	server := &http.Server{
		Handler:           pages.Headers(local(own.Handler(mux))),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       15 * time.Second,
		MaxHeaderBytes:    32 << 10,
	}
	e.closers = append(e.closers, func() { _ = server.Close() })
	go func() { _ = server.Serve(listener) }()
	return nil
}

func (e *Environment) desk(w http.ResponseWriter, status int, done string) {
	samples, err := filepath.Abs(filepath.Join(e.cfg.Dir, "samples"))
	if err != nil {
		samples = e.cfg.Dir
	}
	var body bytes.Buffer
	if err := deskPage.Execute(&body, map[string]any{
		"Done":     done,
		"People":   e.people(),
		"Portal":   e.Info.Bank.BrowserURL + bank.PortalPath,
		"Samples":  samples,
		"Callback": e.callback(),
	}); err != nil {
		http.Error(w, "The page cannot be shown.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(body.Bytes()) // the browser has gone if this fails
}

// signIn makes a link for a person and sends the browser along it.
func (e *Environment) signIn(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 1<<10)
	wanted := r.PostFormValue("person")
	for _, p := range e.people() {
		if p.Name != wanted {
			continue
		}
		link, err := e.Services.Identity.NewEvaluationLink(r.Context(), p.Name)
		if err != nil {
			e.desk(w, http.StatusInternalServerError, "No sign-in link could be made: "+err.Error())
			return
		}
		address := p.URL + "/sign-in?" + url.Values{"token": {link.Reveal()}}.Encode()
		http.Redirect(w, r, address, http.StatusSeeOther)
		return
	}
	e.desk(w, http.StatusNotFound, "There is no such person.")
}

func (e *Environment) demo(w http.ResponseWriter, r *http.Request) {
	switch loaded, err := e.LoadDemo(r.Context()); {
	case errors.Is(err, errLoaded):
		e.desk(w, http.StatusOK, "Today's demo has been loaded already.")
	case err != nil:
		e.desk(w, http.StatusInternalServerError, "The demo was not loaded: "+err.Error())
	default:
		e.desk(w, http.StatusOK, "Loaded: "+strings.Join(loaded, ", ")+". They are on the console's home page.")
	}
}

// local keeps out web pages that reach this machine by a name of theirs.
func local(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := r.Host
		if name, _, err := net.SplitHostPort(host); err == nil {
			host = name
		}
		if !loopback.Host(host) {
			http.Error(w, "This page answers on this machine only.", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}
