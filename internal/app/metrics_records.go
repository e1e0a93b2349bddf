package app

import (
	"context"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/sealkeeper/sealkeeper/internal/jobs"
	"github.com/sealkeeper/sealkeeper/internal/store"
)

const (
	recordsPatience = 2 * time.Second // that whoever reads the metrics waits for the database
	recordsFresh    = time.Minute     // for so long an answer is given again
	maxWaiting      = 10_000          // copies that are counted
)

// endingDays are for how many days ahead certificates that end are counted.
var endingDays = []int{0, 7, 30, 90}

// recordMetrics are what the records say, asked of the database once a minute at most.
type recordMetrics struct {
	db  *store.DB
	now func() time.Time

	ending, earliest, waiting *prometheus.Desc

	mu    sync.Mutex
	asked time.Time
	last  []prometheus.Metric
}

func newRecordMetrics(db *store.DB, now func() time.Time) *recordMetrics {
	return &recordMetrics{
		db:  db,
		now: now,
		ending: prometheus.NewDesc("sealkeeper_certificates_ending",
			"Certificates of active bundles that end within so many days; 0: that have ended.", []string{"days"}, nil),
		earliest: prometheus.NewDesc("sealkeeper_certificate_earliest_end_timestamp_seconds",
			"When the first certificate of an active bundle ends; absent if none does within 90 days.", nil, nil),
		waiting: prometheus.NewDesc("sealkeeper_custody_copies_waiting",
			"Changes of records that custody has no copy of yet, up to 10000.", nil, nil),
	}
}

// Describe implements prometheus.Collector.
func (m *recordMetrics) Describe(to chan<- *prometheus.Desc) {
	to <- m.ending
	to <- m.earliest
	to <- m.waiting
}

// Collect implements prometheus.Collector. What the database does not say in time is left out.
func (m *recordMetrics) Collect(to chan<- prometheus.Metric) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if time.Since(m.asked) > recordsFresh {
		m.last, m.asked = m.read(), time.Now()
	}
	for _, metric := range m.last {
		to <- metric
	}
}

func (m *recordMetrics) read() (metrics []prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), recordsPatience)
	defer cancel()
	gauge := func(desc *prometheus.Desc, value float64, labels ...string) {
		metrics = append(metrics, prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, value, labels...))
	}
	if found, err := m.db.EndingInUse(ctx, m.now(), endingDays...); err == nil {
		for i, days := range endingDays {
			gauge(m.ending, float64(found.Within[i]), strconv.Itoa(days))
		}
		if !found.Earliest.IsZero() {
			gauge(m.earliest, float64(found.Earliest.Unix()))
		}
	}
	if n, err := m.db.Waiting(ctx, maxWaiting); err == nil {
		gauge(m.waiting, float64(n))
	}
	return metrics
}

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
