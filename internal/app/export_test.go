package app

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/sealkeeper/sealkeeper/connector/mtls"
	"github.com/sealkeeper/sealkeeper/internal/internet"
)

// DrainUntil has a service that is told to stop go on until done is closed, whatever the configuration says.
func (s *Services) DrainUntil(done <-chan struct{}) {
	s.pause = func(context.Context, time.Duration) bool {
		<-done
		return true
	}
}

// VaultAnswered are the metrics of a Vault that has answered once.
func VaultAnswered(engine, method string, status int, took time.Duration) prometheus.Collector {
	m := newVaultMetrics()
	m.watch(engine, method, status, took)
	return m
}

// Completes reports whether a chain is trusted with what its own addresses lead to.
func Completes(ctx context.Context, asks *internet.Client, s mtls.Settings, h mtls.Handshake) bool {
	return completes(ctx, issuers{asks}, s, h)
}
