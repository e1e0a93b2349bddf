package egress

import (
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/sealkeeper/sealkeeper/client/source"
)

// meter is the proxy's metrics.
type meter struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
}

var labels = []string{"registration", "institution"}

// described are the figures of each Source, read when they are asked for.
var described = []struct {
	desc  *prometheus.Desc
	kind  prometheus.ValueType
	value func(source.Status) float64
}{
	{gauge("healthy", "1 if requests can be made."), prometheus.GaugeValue, func(s source.Status) float64 {
		if s.Err != nil {
			return 0
		}
		return 1
	}},
	{gauge("version", "Bundle version in use; 0: none."), prometheus.GaugeValue, func(s source.Status) float64 {
		return float64(s.Version)
	}},
	{
		gauge("not_after_timestamp_seconds", "When the first certificate in use ends; 0: none is in use."),
		prometheus.GaugeValue,
		func(s source.Status) float64 { return seconds(s.NotAfter) },
	},
	{
		gauge("confirmed_timestamp_seconds", "When Sealkeeper last said that the version in use is right; 0: not yet."),
		prometheus.GaugeValue,
		func(s source.Status) float64 { return seconds(s.HeardAt) },
	},
	{gauge("in_flight", "Requests under way."), prometheus.GaugeValue, func(s source.Status) float64 {
		return float64(s.InFlight)
	}},
	{gauge("former_in_flight", "Requests under way on connections of former versions."), prometheus.GaugeValue,
		func(s source.Status) float64 { return float64(s.FormerInFlight) }},
	{gauge("changes_total", "Changes of the version in use."), prometheus.CounterValue, func(s source.Status) float64 {
		return float64(s.Changes)
	}},
	{gauge("signatures_total", "Signatures made remotely."), prometheus.CounterValue, func(s source.Status) float64 {
		return float64(s.Signatures)
	}},
	{gauge("signature_errors_total", "Signatures that failed."), prometheus.CounterValue,
		func(s source.Status) float64 { return float64(s.SignatureErrors) }},
	{gauge("read_errors_total", "Failed readings of the configuration."), prometheus.CounterValue,
		func(s source.Status) float64 { return float64(s.ReadErrors) }},
}

func gauge(name, help string) *prometheus.Desc {
	return prometheus.NewDesc("sealkeeper_egress_"+name, help, labels, nil)
}

func seconds(t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return float64(t.Unix())
}

func newMeter(set *source.Set) *meter {
	m := &meter{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "sealkeeper_egress_requests_total",
			Help: "Requests of programs, by the status of the answer.",
		}, []string{"registration", "status"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "sealkeeper_egress_request_seconds",
			Help:    "Duration of requests, answer included.",
			Buckets: []float64{0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30},
		}, []string{"registration"}),
	}
	m.registry.MustRegister(m.requests, m.duration, sourceFigures{set})
	return m
}

// count counts a request. What was for no registration has none.
func (m *meter) count(from *source.Source, status int, took time.Duration) {
	id := ""
	if from != nil {
		id = from.Name().ID
	}
	m.requests.WithLabelValues(id, strconv.Itoa(status)).Inc()
	m.duration.WithLabelValues(id).Observe(took.Seconds())
}

// sourceFigures implements prometheus.Collector.
type sourceFigures struct{ set *source.Set }

// Describe implements prometheus.Collector.
func (sourceFigures) Describe(out chan<- *prometheus.Desc) {
	for _, d := range described {
		out <- d.desc
	}
}

// Collect implements prometheus.Collector.
func (f sourceFigures) Collect(out chan<- prometheus.Metric) {
	for _, s := range f.set.Sources() {
		at := s.Status()
		if at.Registration.ID == "" {
			continue
		}
		for _, d := range described {
			out <- prometheus.MustNewConstMetric(d.desc, d.kind, d.value(at), at.Registration.ID,
				at.Registration.Institution)
		}
	}
}
