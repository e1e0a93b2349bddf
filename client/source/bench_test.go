package source_test

import (
	"io"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/client/clienttest"
	"github.com/sealkeeper/sealkeeper/client/source"
)

// BenchmarkWarmCall is a call on an open connection, by net/http alone, by net/http with a time-out, and by a Source,
// which always has one.
func BenchmarkWarmCall(b *testing.B) {
	server := clienttest.New(b)
	url := server.StartBank(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	server.Add(shop.Application, shop.Institution).Activate()
	src, err := source.Open(b.Context(), source.Config{Client: server.Config()}, shop)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = src.Close() })
	config, err := src.TLSConfig()
	if err != nil {
		b.Fatal(err)
	}
	for name, c := range map[string]*http.Client{
		"direct":  {Transport: &http.Transport{TLSClientConfig: config, ForceAttemptHTTP2: true}},
		"bounded": {Transport: &http.Transport{TLSClientConfig: config, ForceAttemptHTTP2: true}, Timeout: time.Minute},
		"source":  src.HTTPClient(),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				response, err := c.Get(url)
				if err != nil {
					b.Fatal(err)
				}
				_, _ = io.Copy(io.Discard, response.Body)
				_ = response.Body.Close()
			}
		})
	}
}

// A warm call allocates no more than one by net/http with the same promise, that it ends in time.
func TestWarmCallAllocates(t *testing.T) {
	server := clienttest.New(t)
	url := server.StartBank(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	server.Add(shop.Application, shop.Institution).Activate()
	src, err := source.Open(t.Context(), source.Config{Client: server.Config()}, shop)
	check(t, err)
	t.Cleanup(func() { _ = src.Close() })
	config, err := src.TLSConfig()
	check(t, err)
	counted := func(c *http.Client) float64 {
		return testing.AllocsPerRun(200, func() {
			response, err := c.Get(url)
			check(t, err)
			_, _ = io.Copy(io.Discard, response.Body)
			_ = response.Body.Close()
		})
	}
	theirs := &http.Transport{TLSClientConfig: config, ForceAttemptHTTP2: true}
	bounded := counted(&http.Client{Transport: theirs, Timeout: time.Minute})
	theirs.CloseIdleConnections()
	if ours := counted(src.HTTPClient()); ours > bounded+1 { // the server is in this process, too
		t.Errorf("a warm call allocates %.0f times, by net/http %.0f", ours, bounded)
	}
}

// BenchmarkStart is a start with a service that answers, and one from the cache without it.
func BenchmarkStart(b *testing.B) {
	server := clienttest.New(b)
	server.Add(shop.Application, shop.Institution).Activate()
	cfg := source.Config{Client: server.Config(), CacheFile: filepath.Join(b.TempDir(), "tls.json")}
	start := func(b *testing.B, cfg source.Config) {
		for b.Loop() {
			src, err := source.Open(b.Context(), cfg, shop)
			if err != nil {
				b.Fatal(err)
			}
			b.StopTimer()
			_ = src.Close()
			b.StartTimer()
		}
	}
	b.Run("cold", func(b *testing.B) {
		cold := cfg
		cold.CacheFile = ""
		start(b, cold)
	})
	src, err := source.Open(b.Context(), cfg, shop)
	if err != nil {
		b.Fatal(err)
	}
	_ = src.Close()
	server.Cut()
	b.Run("cache", func(b *testing.B) { start(b, cfg) })
}
