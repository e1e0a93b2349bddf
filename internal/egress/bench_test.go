package egress_test

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"testing"

	"github.com/sealkeeper/sealkeeper/client/clienttest"
	"github.com/sealkeeper/sealkeeper/client/source"
	"github.com/sealkeeper/sealkeeper/internal/egress"
	"github.com/sealkeeper/sealkeeper/internal/local"
)

// BenchmarkGet is a GET on warm connections, by mutual TLS from Go and through the proxy.
func BenchmarkGet(b *testing.B) {
	server := clienttest.New(b)
	url := server.StartBank(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write(make([]byte, 4096))
	}))
	server.Add("Shop", "bank-sandbox").Activate()
	set, err := source.OpenAll(b.Context(), source.Config{Client: server.Config()})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = set.Close() })
	config, err := set.Sources()[0].TLSConfig()
	if err != nil {
		b.Fatal(err)
	}
	proxy := egress.New(egress.Config{Sources: set, Logger: slog.New(slog.DiscardHandler)})
	socket := filepath.Join(b.TempDir(), "s")
	listener, err := local.Unix(socket)
	if err != nil {
		b.Fatal(err)
	}
	web := &http.Server{Handler: proxy}
	go func() { _ = web.Serve(listener) }()
	b.Cleanup(func() { _ = web.Close() })
	through := &http.Transport{
		MaxIdleConnsPerHost: 64,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", socket)
		},
	}
	direct := &http.Transport{TLSClientConfig: config, MaxIdleConnsPerHost: 64}
	for _, way := range []struct {
		name, url string
		transport *http.Transport
	}{{"direct", url, direct}, {"egress", "http://" + url[len("https://"):], through}} {
		get := func(b *testing.B) {
			response, err := way.transport.RoundTrip(must(http.NewRequest(http.MethodGet, way.url, nil)))
			if err != nil {
				b.Error(err)
				return
			}
			_, _ = io.Copy(io.Discard, response.Body)
			_ = response.Body.Close()
		}
		b.Run(way.name+"/1", func(b *testing.B) {
			for b.Loop() {
				get(b)
			}
		})
		b.Run(way.name+"/8", func(b *testing.B) {
			b.SetParallelism(4) // of two processors
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					get(b)
				}
			})
		})
	}
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}
