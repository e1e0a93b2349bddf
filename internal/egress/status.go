package egress

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/sealkeeper/sealkeeper/client/source"
	"github.com/sealkeeper/sealkeeper/fault"
)

// status is the status page as JSON.
type status struct {
	Healthy       bool              `json:"healthy"`
	ChangesKnown  *time.Time        `json:"changes_known_at"` // null: never yet
	ChangesError  string            `json:"changes_error,omitempty"`
	Registrations []registrationRow `json:"registrations"`
}

// registrationRow is one registration on the status page.
type registrationRow struct {
	RegistrationID string     `json:"registration_id"`
	Application    string     `json:"application"`
	Institution    string     `json:"institution"`
	Healthy        bool       `json:"healthy"`
	Version        int        `json:"version"`
	SHA256         string     `json:"sha256"`
	NotAfter       *time.Time `json:"not_after"`    // null: no version is in use
	ConfirmedAt    *time.Time `json:"confirmed_at"` // null: it is from the cache
	Servers        []string   `json:"servers"`      // base URLs
	InFlight       int        `json:"in_flight"`
	FormerInFlight int        `json:"former_in_flight"` // on connections of former versions
	Error          string     `json:"error,omitempty"`
	Problem        string     `json:"problem,omitempty"` // why nothing newer is in use
}

func (p *Proxy) status() status {
	link := p.cfg.Sources.Link()
	out := status{
		Healthy:       true,
		ChangesKnown:  moment(link.HeardAt),
		ChangesError:  fault.Sentence(link.Err),
		Registrations: []registrationRow{},
	}
	for _, s := range p.cfg.Sources.Sources() {
		at := s.Status()
		out.Healthy = out.Healthy && at.Err == nil
		out.Registrations = append(out.Registrations, registrationRow{
			RegistrationID: at.Registration.ID,
			Application:    at.Registration.Application,
			Institution:    at.Registration.Institution,
			Healthy:        at.Err == nil,
			Version:        at.Version,
			SHA256:         at.SHA256,
			NotAfter:       moment(at.NotAfter),
			ConfirmedAt:    moment(at.HeardAt),
			Servers:        servers(s),
			InFlight:       at.InFlight,
			FormerInFlight: at.FormerInFlight,
			Error:          fault.Sentence(at.Err),
			Problem:        fault.Sentence(at.Problem),
		})
	}
	return out
}

func servers(s *source.Source) []string {
	all := []string{}
	c, err := s.Configuration()
	if err != nil {
		return all
	}
	for _, server := range c.Servers {
		all = append(all, server.BaseURL)
	}
	return all
}

func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC().Truncate(time.Second)
	return &t
}

// ownPages are the pages of the host egress, and of the address for monitoring.
func (p *Proxy) ownPages() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /status", func(w http.ResponseWriter, r *http.Request) {
		now := p.status()
		if strings.Contains(r.Header.Get("Accept"), "json") {
			w.Header().Set("Content-Type", "application/json")
			_ = json.NewEncoder(w).Encode(now)
			return
		}
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		writeText(w, now)
	})
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		if !p.status().Healthy {
			http.Error(w, "a registration cannot be used; /status says why", http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ok")
	})
	mux.Handle("GET /metrics", promhttp.HandlerFor(p.meter.registry, promhttp.HandlerOpts{}))
	return mux
}

// writeText writes the status page for people. What others have named is quoted, so that it cannot control a terminal.
func writeText(w http.ResponseWriter, now status) {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "REGISTRATION\tINSTITUTION\tAPPLICATION\tVERSION\tENDS\tIN FLIGHT\tFORMER\tSTATE")
	for _, r := range now.Registrations {
		ends, state := "-", "ok"
		if r.NotAfter != nil {
			ends = r.NotAfter.Format(time.DateOnly)
		}
		if r.Problem != "" {
			state = "behind: " + r.Problem
		}
		if r.Error != "" {
			state = r.Error
		}
		fmt.Fprintf(table, "%s\t%s\t%q\t%d\t%s\t%d\t%d\t%q\n", r.RegistrationID, r.Institution, r.Application,
			r.Version, ends, r.InFlight, r.FormerInFlight, state)
	}
	_ = table.Flush()
	if now.ChangesError != "" {
		fmt.Fprintln(w, now.ChangesError)
	}
}
