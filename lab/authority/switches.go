package authority

import (
	"net/http"
	"slices"
	"strings"
)

// Switches is the handler with which an Authority is told what to do about a firm, for loopback alone: POST /services
// with the form value services (codes such as "PS_070 PS_080") and countries (FR where there is none), POST /end,
// POST /restore, and POST /mishap with the name of one.
func (a *Authority) Switches(f Firm) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /services", func(w http.ResponseWriter, r *http.Request) {
		changed := f
		changed.Services = map[string][]string{}
		countries := strings.Fields(r.FormValue("countries"))
		if len(countries) == 0 {
			countries = []string{f.Authority[:2]}
		}
		for _, country := range countries {
			changed.Services[country] = strings.Fields(r.FormValue("services"))
		}
		a.List(changed)
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("POST /end", func(w http.ResponseWriter, _ *http.Request) {
		changed := f
		changed.Changes = append(slices.Clone(f.Changes), a.now().UTC().Format("2006-01-02"))
		a.List(changed)
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("POST /restore", func(w http.ResponseWriter, _ *http.Request) {
		a.List(f)
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("POST /mishap", func(w http.ResponseWriter, r *http.Request) {
		m := Mishap(r.FormValue("name"))
		if m != None && !slices.Contains(Mishaps, m) {
			http.Error(w, "there is no such mishap", http.StatusBadRequest)
			return
		}
		a.Have(m)
		w.WriteHeader(http.StatusNoContent)
	})
	return mux
}
