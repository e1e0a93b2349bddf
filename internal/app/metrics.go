package app

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
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
		s.cfg.Outgoing.Metrics(),
		caseMetrics{s},
	)
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
