package app

import (
	"context"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

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
