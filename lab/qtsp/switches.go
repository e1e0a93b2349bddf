package qtsp

import (
	"math/big"
	"net/http"
	"slices"
	"strconv"
)

// Switches is the handler with which a Service is told what to do, for loopback alone: POST /revoke with the form
// values serial (hex) and reason (a number of RFC 5280 section 5.3.1), POST /release with serial, POST /status with
// what the trusted list says of its service from now on (granted or withdrawn), and POST /mishap with the name of one.
func (s *Service) Switches() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /revoke", func(w http.ResponseWriter, r *http.Request) {
		serial, known := new(big.Int).SetString(r.FormValue("serial"), 16)
		reason, err := strconv.Atoi(r.FormValue("reason"))
		if r.FormValue("reason") == "" {
			reason, err = 0, nil
		}
		if !known || err != nil || reason < 0 || reason > 10 {
			http.Error(w, "serial is a number in hex, reason one from 0 to 10", http.StatusBadRequest)
			return
		}
		s.Revoke(serial, reason)
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("POST /release", func(w http.ResponseWriter, r *http.Request) {
		serial, known := new(big.Int).SetString(r.FormValue("serial"), 16)
		if !known {
			http.Error(w, "serial is a number in hex", http.StatusBadRequest)
			return
		}
		s.Release(serial)
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("POST /status", func(w http.ResponseWriter, r *http.Request) {
		status := r.FormValue("status")
		if status != "granted" && status != "withdrawn" {
			http.Error(w, "status is granted or withdrawn", http.StatusBadRequest)
			return
		}
		s.SetStatus(status)
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("POST /mishap", func(w http.ResponseWriter, r *http.Request) {
		m := Mishap(r.FormValue("name"))
		if m != None && !slices.Contains(Mishaps, m) {
			http.Error(w, "there is no such mishap", http.StatusBadRequest)
			return
		}
		s.Have(m)
		w.WriteHeader(http.StatusNoContent)
	})
	return mux
}
