package app

import (
	"context"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/sealkeeper/sealkeeper/internal/version"
)

func (s *Services) metrics() *prometheus.Registry {
	registry := prometheus.NewRegistry()
	registry.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "sealkeeper_custody_orphans",
			Help: "Keys and documents without a record, and records without them; `sealkeeper custody check` " +
				"names them.",
		}, s.orphans),
		prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "sealkeeper_audit_refused_total",
			Help: "Audit entries that could not be written, each an act that was refused for it.",
		}, func() float64 { return float64(s.Audit.Refused()) }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "sealkeeper_vault_login_ends_timestamp_seconds",
			Help: "When the secret id ends with which the service logs in to Vault; 0 where none does or it is not " +
				"known. `sealkeeper vault secret-id` writes another.",
		}, s.loginEnds),
		prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "sealkeeper_access_denied_total",
			Help: "Requests refused to people and programs: without a good credential, or for what they may not do.",
		}, func() float64 { return float64(s.Audit.Denied()) }),
		s.cfg.Outgoing.Metrics(),
		s.cfg.Traces.Metrics(),
		s.jobMetrics,
		newRecordMetrics(s.DB, s.cfg.Now),
		caseMetrics{s},
		buildInfo(),
	)
	if s.cfg.Snapshot.File != "" {
		registry.MustRegister(s.cfg.Snapshot.metrics()...)
	}
	if s.cfg.VaultMetrics != nil {
		registry.MustRegister(s.cfg.VaultMetrics)
	}
	return registry
}

// loginEnder is a custody whose login may come to an end that only a person can put off.
type loginEnder interface {
	LoginEnds() time.Time
	Warning() error
}

func (s *Services) loginEnds() float64 {
	if custody, ok := s.cfg.Custody.(loginEnder); ok && !custody.LoginEnds().IsZero() {
		return float64(custody.LoginEnds().Unix())
	}
	return 0
}

func (s *Services) loginWarning() error {
	if custody, ok := s.cfg.Custody.(loginEnder); ok {
		return custody.Warning()
	}
	return nil
}

// orphansPatience is how long whoever reads the metrics waits for the database.
const orphansPatience = 2 * time.Second

func (s *Services) orphans() float64 {
	ctx, cancel := context.WithTimeout(context.Background(), orphansPatience)
	defer cancel()
	if last, err := s.Vault.LastCheck(ctx); err == nil && last != nil {
		return float64(len(last.Orphans) + last.Omitted)
	}
	return 0
}

// buildInfo says which program this is: joined to other series, it shows what an upgrade has changed.
func buildInfo() prometheus.Collector {
	build := version.Of()
	gauge := prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "sealkeeper_build_info",
		Help: "1, with the version, the commit and Go's version as labels.",
	}, []string{"version", "commit", "go"})
	gauge.WithLabelValues(build.Version, build.Commit, build.Go).Set(1)
	return gauge
}

// vaultMetrics times requests to Vault by what they are, never by path: those name keys.
type vaultMetrics struct{ *prometheus.HistogramVec }

func newVaultMetrics() vaultMetrics {
	return vaultMetrics{prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name:    "sealkeeper_vault_request_duration_seconds",
		Help:    "Time that Vault took to answer, by engine (kv, transit, auth, sys), method and status; 0: no answer.",
		Buckets: prometheus.DefBuckets,
	}, []string{"engine", "method", "status"})}
}

func (m vaultMetrics) watch(engine, method string, status int, took time.Duration) {
	m.WithLabelValues(engine, method, strconv.Itoa(status)).Observe(took.Seconds())
}
