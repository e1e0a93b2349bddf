package main

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/client/clienttest"
	"github.com/sealkeeper/sealkeeper/client/source"
	"github.com/sealkeeper/sealkeeper/internal/egress"
	"github.com/sealkeeper/sealkeeper/internal/local"
)

var shop = source.Registration{Application: "Shop", Institution: "bank-sandbox"}

// throughEgress compares a GET through the proxy with one by mutual TLS from Go. Bank, proxy and program share the
// processors.
func throughEgress(b *testing.B) []figure {
	server := clienttest.New(loud{b})
	url := server.StartBank(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "4096")
		_, _ = w.Write(make([]byte, 4096))
	}))
	server.Add(shop.Application, shop.Institution).Activate()
	set, err := source.OpenAll(b.Context(), source.Config{Client: server.Config()})
	if err != nil {
		loud{b}.Fatal(err)
	}
	b.Cleanup(func() { _ = set.Close() })
	config, err := set.Sources()[0].TLSConfig()
	if err != nil {
		loud{b}.Fatal(err)
	}
	socket := filepath.Join(b.TempDir(), "s")
	listener, err := local.Unix(socket)
	if err != nil {
		loud{b}.Fatal(err)
	}
	proxy := &http.Server{
		Handler:           egress.New(egress.Config{Sources: set, Logger: slog.New(slog.DiscardHandler)}),
		ReadHeaderTimeout: time.Minute,
	}
	go func() { _ = proxy.Serve(listener) }()
	b.Cleanup(func() { _ = proxy.Close() })
	through := &http.Client{Transport: &http.Transport{
		MaxIdleConnsPerHost: 64,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", socket)
		},
	}}
	direct := &http.Client{Transport: &http.Transport{TLSClientConfig: config, MaxIdleConnsPerHost: 64}}
	ours, theirs := getter(b, through, "http://"+url[len("https://"):]), getter(b, direct, url)
	figures := []figure{atLeast("egress_get_vs_direct_mtls_c8", throughput(loud{b}, 21, 8, 100, ours, theirs), 0.5)}
	more := at(latencies(loud{b}, 1, 1000, ours), 50) - at(latencies(loud{b}, 1, 1000, theirs), 50)
	return append(figures, below("egress_get_more_at_p50_c1", float64(more.Nanoseconds())/1000, "us", 200))
}

// starts are how long a program waits for its first configuration, and what a warm call allocates beside net/http.
func starts(b *testing.B) []figure {
	server := clienttest.New(loud{b})
	url := server.StartBank(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	server.Add(shop.Application, shop.Institution).Activate()
	cfg := source.Config{Client: server.Config()}
	open := func() *source.Source {
		src, err := source.Open(b.Context(), cfg, shop)
		if err != nil {
			loud{b}.Fatal(err)
		}
		return src
	}
	start := func() float64 {
		each := latencies(loud{b}, 1, 21, func() error { return open().Close() })
		return float64(at(each, 50).Microseconds()) / 1000
	}
	figures := []figure{below("client_cold_start", start(), "ms", 50)}
	src := open()
	defer func() { _ = src.Close() }()
	config, err := src.TLSConfig()
	if err != nil {
		loud{b}.Fatal(err)
	}
	bounded := &http.Client{
		Transport: &http.Transport{TLSClientConfig: config, ForceAttemptHTTP2: true},
		Timeout:   time.Minute,
	}
	allocated := func(c *http.Client) float64 {
		get := getter(b, c, url)
		return testing.AllocsPerRun(500, func() { _ = get() })
	}
	more := allocated(src.HTTPClient()) - allocated(bounded)
	figures = append(figures, below("client_warm_call_allocations_beside_net_http", more, "allocs", 1))
	cfg.CacheFile = filepath.Join(b.TempDir(), "tls.json")
	_ = open().Close()
	server.Cut()
	return append(figures, below("client_start_from_cache", start(), "ms", 10))
}
