package sds

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// meter is the server's metrics.
type meter struct {
	registry      *prometheus.Registry
	sent, refused prometheus.Counter
}

func newMeter(s *Server) *meter {
	m := &meter{
		registry: prometheus.NewRegistry(),
		sent: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "sealkeeper_sds_sent_total",
			Help: "Secrets sent to proxies.",
		}),
		refused: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "sealkeeper_sds_refused_total",
			Help: "Secrets that proxies have refused.",
		}),
	}
	m.registry.MustRegister(m.sent, m.refused, figures{s})
	return m
}

var labels = []string{"registration", "institution"}

func gauge(name, help string, labels []string) *prometheus.Desc {
	return prometheus.NewDesc("sealkeeper_sds_"+name, help, labels, nil)
}

var (
	streamsDesc = gauge("streams", "Streams of proxies that are open.", nil)
	healthyDesc = gauge("healthy", "1 if everything that proxies ask for can be handed out.", nil)
	changesDesc = gauge("changes_known_timestamp_seconds", "When all changes were last known; 0: not yet.", nil)

	perRegistration = []struct {
		desc  *prometheus.Desc
		value func(Registered) float64
	}{
		{gauge("version", "Bundle version that is handed out; 0: none.", labels),
			func(r Registered) float64 { return float64(r.Version) }},
		{gauge("not_after_timestamp_seconds", "When the first certificate handed out ends; 0: none is.", labels),
			func(r Registered) float64 { return seconds(r.NotAfter) }},
		{gauge("confirmed_timestamp_seconds", "When Sealkeeper last said which version is right; 0: not yet.", labels),
			func(r Registered) float64 { return seconds(r.ConfirmedAt) }},
		{gauge("asked_streams", "Streams that ask for the certificate.", labels),
			func(r Registered) float64 { return float64(r.Streams) }},
	}
)

// figures implements prometheus.Collector.
type figures struct{ server *Server }

// Describe implements prometheus.Collector.
func (figures) Describe(out chan<- *prometheus.Desc) {
	out <- streamsDesc
	out <- healthyDesc
	out <- changesDesc
	for _, d := range perRegistration {
		out <- d.desc
	}
}

// Collect implements prometheus.Collector.
func (f figures) Collect(out chan<- prometheus.Metric) {
	now := f.server.Status()
	healthy := 0.0
	if now.Healthy {
		healthy = 1
	}
	out <- prometheus.MustNewConstMetric(streamsDesc, prometheus.GaugeValue, float64(now.Streams))
	out <- prometheus.MustNewConstMetric(healthyDesc, prometheus.GaugeValue, healthy)
	out <- prometheus.MustNewConstMetric(changesDesc, prometheus.GaugeValue, seconds(now.ChangesKnown))
	for _, r := range now.Registrations {
		for _, d := range perRegistration {
			out <- prometheus.MustNewConstMetric(d.desc, prometheus.GaugeValue, d.value(r), r.RegistrationID,
				r.Institution)
		}
	}
}

func seconds(t *time.Time) float64 {
	if t == nil {
		return 0
	}
	return float64(t.Unix())
}

// Pages are /status, /healthz and /metrics, for an address of their own.
func (s *Server) Pages() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /status", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(s.Status())
	})
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		if now := s.Status(); !now.Healthy {
			http.Error(w, now.Error, http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ok")
	})
	mux.Handle("GET /metrics", promhttp.HandlerFor(s.meter.registry, promhttp.HandlerOpts{}))
	return mux
}
