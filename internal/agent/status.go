package agent

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/sealkeeper/sealkeeper/fault"
)

// Status is how an agent is, as JSON.
type Status struct {
	Healthy        bool       `json:"healthy"` // there are files, and their certificates have not ended
	RegistrationID string     `json:"registration_id"`
	Version        int        `json:"version"` // of the files; 0: there are none
	SHA256         string     `json:"sha256"`  // of the QWAC
	NotAfter       *time.Time `json:"not_after"`
	ChangedAt      *time.Time `json:"changed_at"` // when the files were written
	// when Sealkeeper last answered; null: not since the start
	ContactAt *time.Time `json:"contact_at"`
	Told      bool       `json:"told"`              // the program has been told of these files
	FailedAt  *time.Time `json:"failed_at"`         // when something last went wrong; null: not since the start
	Failures  int64      `json:"failures"`          // since the start
	Problem   string     `json:"problem,omitempty"` // why the files are not newer, or the program is not told
	Error     string     `json:"error,omitempty"`   // why it is not healthy
}

// state is what the agent's goroutine says of itself to others.
type state struct {
	mu       sync.Mutex
	in       About
	changed  time.Time
	contact  time.Time
	failed   time.Time
	failures int64
	problem  error
	untold   bool
}

// set changes the state.
func (s *state) set(change func(*state)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(s)
}

// Status returns how the agent is. It is for any goroutine.
func (a *Agent) Status() Status {
	s, now := &a.state, a.cfg.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	out := Status{
		RegistrationID: s.in.RegistrationID,
		Version:        s.in.Version,
		SHA256:         s.in.SHA256,
		NotAfter:       moment(s.in.NotAfter),
		ChangedAt:      moment(s.changed),
		ContactAt:      moment(s.contact),
		Told:           s.in.Version > 0 && !s.untold,
		FailedAt:       moment(s.failed),
		Failures:       s.failures,
	}
	if s.problem != nil {
		out.Problem = fault.Sentence(s.problem)
	}
	switch {
	case s.in.Version == 0:
		out.Error = "There are no files yet."
	case !now.Before(s.in.NotAfter):
		out.Error = fmt.Sprintf("A certificate of version %d ended on %s.", s.in.Version,
			s.in.NotAfter.UTC().Format(time.RFC3339))
	}
	out.Healthy = out.Error == ""
	return out
}

func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC().Truncate(time.Second)
	return &t
}

// figures are the metrics, each read from a Status.
var figures = []struct {
	desc  *prometheus.Desc
	kind  prometheus.ValueType
	value func(Status) float64
}{
	{gauge("healthy", "1 if there are files whose certificates have not ended."), prometheus.GaugeValue,
		func(s Status) float64 { return one(s.Healthy) }},
	{gauge("version", "Bundle version of the files; 0: there are none."), prometheus.GaugeValue,
		func(s Status) float64 { return float64(s.Version) }},
	{gauge("not_after_timestamp_seconds", "When the first certificate in the files ends; 0: there are none."),
		prometheus.GaugeValue, func(s Status) float64 { return seconds(s.NotAfter) }},
	{gauge("changed_timestamp_seconds", "When the files were written; 0: there are none."), prometheus.GaugeValue,
		func(s Status) float64 { return seconds(s.ChangedAt) }},
	{gauge("told", "1 if the program has been told of the files."), prometheus.GaugeValue,
		func(s Status) float64 { return one(s.Told) }},
	{gauge("contact_timestamp_seconds", "When Sealkeeper last answered; 0: not since the start."),
		prometheus.GaugeValue, func(s Status) float64 { return seconds(s.ContactAt) }},
	{gauge("failed_timestamp_seconds", "When something last went wrong; 0: not since the start."),
		prometheus.GaugeValue, func(s Status) float64 { return seconds(s.FailedAt) }},
	{gauge("failures_total", "What has gone wrong since the start."), prometheus.CounterValue,
		func(s Status) float64 { return float64(s.Failures) }},
}

func gauge(name, help string) *prometheus.Desc {
	return prometheus.NewDesc("sealkeeper_agent_"+name, help, []string{"registration"}, nil)
}

func one(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}

func seconds(t *time.Time) float64 {
	if t == nil {
		return 0
	}
	return float64(t.Unix())
}

// collector implements prometheus.Collector.
type collector struct{ agent *Agent }

// Describe implements prometheus.Collector.
func (collector) Describe(out chan<- *prometheus.Desc) {
	for _, f := range figures {
		out <- f.desc
	}
}

// Collect implements prometheus.Collector.
func (c collector) Collect(out chan<- prometheus.Metric) {
	now := c.agent.Status()
	for _, f := range figures {
		out <- prometheus.MustNewConstMetric(f.desc, f.kind, f.value(now), now.RegistrationID)
	}
}

// Pages are /status, /healthz and /metrics, for an address of their own.
func (a *Agent) Pages() http.Handler {
	registry := prometheus.NewRegistry()
	registry.MustRegister(collector{a})
	mux := http.NewServeMux()
	mux.HandleFunc("GET /status", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(a.Status())
	})
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		if now := a.Status(); !now.Healthy {
			http.Error(w, now.Error, http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ok")
	})
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	return mux
}
