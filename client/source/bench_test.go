package source_test

import (
	"io"
	"net/http"
	"path/filepath"
	"testing"

	"github.com/sealkeeper/sealkeeper/client/clienttest"
	"github.com/sealkeeper/sealkeeper/client/source"
)

// BenchmarkWarmCall is a call on an open connection, by net/http alone and by a Source.
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
		"direct": {Transport: &http.Transport{TLSClientConfig: config, ForceAttemptHTTP2: true}},
		"source": src.HTTPClient(),
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
