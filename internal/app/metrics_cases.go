package app

import (
	"context"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// caseMetrics are what ends and has broken, read from the database at each scrape and bounded.
type caseMetrics struct{ s *Services }

var (
	notAfter = prometheus.NewDesc("sealkeeper_certificate_not_after_timestamp_seconds",
		"When certificates in use end, by certificate and registration: those to be looked at first, 500 at most.",
		[]string{"certificate", "kind", "registration", "institution"}, nil)
	openCases = prometheus.NewDesc("sealkeeper_cases_open", "Open cases, by kind and whether they are urgent.",
		[]string{"kind", "urgent"}, nil)
	lastDelivery = prometheus.NewDesc("sealkeeper_alerts_last_delivery_timestamp_seconds",
		"When a message of the channel last arrived; 0: never.", []string{"channel"}, nil)
	failingSince = prometheus.NewDesc("sealkeeper_alerts_failing_since_timestamp_seconds",
		"Since when messages of the channel do not arrive; 0: they do.", []string{"channel"}, nil)
)

// Describe implements prometheus.Collector.
func (m caseMetrics) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{notAfter, openCases, lastDelivery, failingSince} {
		to <- d
	}
}

const (
	scrapePatience = 2 * time.Second
	maxEndings     = 500
)

// Collect implements prometheus.Collector. What the database does not say in time is left out.
func (m caseMetrics) Collect(to chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), scrapePatience)
	defer cancel()
	gauge := func(d *prometheus.Desc, value float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	endings, err := m.s.DB.EndingFirst(ctx, maxEndings)
	if err != nil {
		return
	}
	seen := map[string]bool{}
	for _, e := range endings {
		if key := e.Certificate + e.Registration; !seen[key] {
			seen[key] = true
			gauge(notAfter, float64(e.NotAfter.Unix()), e.Certificate, e.Kind, e.Registration, e.Institution)
		}
	}
	counts, err := m.s.Cases.Counts(ctx)
	if err != nil {
		return
	}
	for _, c := range counts {
		gauge(openCases, float64(c.N), string(c.Kind), strconv.FormatBool(c.Urgent))
	}
	standings, err := m.s.Alerts.Standing(ctx)
	if err != nil {
		return
	}
	for _, one := range standings {
		gauge(lastDelivery, seconds(one.SentAt), one.Channel.Name)
		gauge(failingSince, seconds(one.FailingSince), one.Channel.Name)
	}
}

func seconds(at time.Time) float64 {
	if at.IsZero() {
		return 0
	}
	return float64(at.Unix())
}
