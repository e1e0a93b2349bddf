package app

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/sealkeeper/sealkeeper/internal/jobs"
)

// jobMetrics say when each job last succeeded here. What one replica does for all is in that one's metrics.
type jobMetrics struct {
	every, succeeded, took *prometheus.GaugeVec
	failed                 *prometheus.CounterVec
}

func newJobMetrics() *jobMetrics {
	label := []string{"name"} // Prometheus has a label "job" of its own
	gauge := func(name, help string) *prometheus.GaugeVec {
		return prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "sealkeeper_job_" + name, Help: help}, label)
	}
	return &jobMetrics{
		every:     gauge("interval_seconds", "Time from the end of one run of a periodic job to the next."),
		succeeded: gauge("last_success_timestamp_seconds", "When a periodic job last succeeded in this replica."),
		took:      gauge("last_duration_seconds", "How long its last run took."),
		failed: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "sealkeeper_job_failures_total",
			Help: "Runs of a periodic job that failed; the log says why.",
		}, label),
	}
}

// watched is the job with its runs noted.
func (m *jobMetrics) watched(job jobs.Job) jobs.Job {
	run := job.Run
	m.every.WithLabelValues(job.Name).Set(job.Every.Seconds())
	m.failed.WithLabelValues(job.Name) // 0 is a value too
	job.Run = func(ctx context.Context) error {
		begun := time.Now()
		err := run(ctx)
		m.took.WithLabelValues(job.Name).Set(time.Since(begun).Seconds())
		switch {
		case err == nil:
			m.succeeded.WithLabelValues(job.Name).SetToCurrentTime()
		case ctx.Err() == nil:
			m.failed.WithLabelValues(job.Name).Inc()
		}
		return err
	}
	return job
}

// Describe implements prometheus.Collector.
func (m *jobMetrics) Describe(to chan<- *prometheus.Desc) {
	for _, c := range m.all() {
		c.Describe(to)
	}
}

// Collect implements prometheus.Collector.
func (m *jobMetrics) Collect(to chan<- prometheus.Metric) {
	for _, c := range m.all() {
		c.Collect(to)
	}
}

func (m *jobMetrics) all() []prometheus.Collector {
	return []prometheus.Collector{m.every, m.succeeded, m.took, m.failed}
}
