package app

import (
	"context"
	"net/http"
	"sync"

	"github.com/sealkeeper/sealkeeper/web"
	"github.com/sealkeeper/sealkeeper/web/api"
	"github.com/sealkeeper/sealkeeper/web/reference"
	"github.com/sealkeeper/sealkeeper/web/ui"
)

// Handlers are what the service answers with.
type Handlers struct {
	Public    http.Handler // console, API and, unless they are apart, what operators ask
	Operators http.Handler // probes and metrics
}

// referencePages are made once a process: they are the same whoever asks.
var referencePages = sync.OnceValues(func() (*reference.Reference, error) { return reference.New(api.Description()) })

// Handler is the HTTP server: console, API and what operators ask.
func (s *Services) Handler() (http.Handler, error) {
	h, err := s.Handlers(false)
	return h.Public, err
}

// Handlers are the HTTP servers. If what operators ask is apart, the public one answers /healthz alone of it.
func (s *Services) Handlers(apart bool) (Handlers, error) {
	pages, err := ui.New(s.Console())
	if err != nil {
		return Handlers{}, err
	}
	pagesOfAPI, err := referencePages()
	if err != nil {
		return Handlers{}, err
	}
	cfg := web.Config{
		API:     s.API(),
		Manual:  pagesOfAPI,
		UI:      pages,
		Vault:   s.Vault,
		Metrics: s.metrics(),
		Logger:  s.cfg.Logger,
		Limits:  web.DefaultLimits,
		Proxies: s.cfg.Proxies,
		Traces:  s.cfg.Traces,
		Apart:   apart,
		Parts: []web.Part{
			{Name: "process", Health: s.going},
			{Name: "database", Health: s.databaseHealth},
			{Name: "audit", Health: s.Audit.Health},
			{Name: "custody", Health: s.Vault.Health, Warning: s.loginWarning},
			{Name: "policy", Health: healthy, Warning: s.Policy.Warning},
			{Name: "catalogue", Health: healthy, Warning: s.BankFiles.Warning},
		},
	}
	return Handlers{Public: web.New(cfg), Operators: web.Operators(cfg)}, nil
}

// databaseHealth reports whether the database answers, and whether a newer program has made it one that this program
// must not work with any more.
func (s *Services) databaseHealth(ctx context.Context) error {
	if err := s.DB.Health(ctx); err != nil {
		return err
	}
	return s.DB.Usable(ctx)
}
