package app

import (
	"context"
	"net/http"
	"strings"
	"sync"

	"github.com/alexedwards/scs/v2"

	"github.com/sealkeeper/sealkeeper/internal/throttle"
	"github.com/sealkeeper/sealkeeper/web"
	"github.com/sealkeeper/sealkeeper/web/api"
	"github.com/sealkeeper/sealkeeper/web/reference"
	"github.com/sealkeeper/sealkeeper/web/ui"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
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

// API is what serves /v1.
func (s *Services) API() *api.API {
	return &api.API{
		Logger:        s.cfg.Logger,
		Vault:         s.Vault,
		Approvals:     s.Approvals,
		Policy:        s.Policy,
		Registrations: s.Registrations,
		Issuer:        s.Issuer,
		Payments:      s.Payments,
		Consents:      s.Consents,
		BankTokens:    s.BankTokens,
		Accounts:      s.Accounts,
		Feed:          s.Feed,
		Usage:         s.Usage,
		TLS:           s.TLS,
		Campaigns:     s.Campaigns,
		Imports:       s.Imports,
		Revocation:    s.Revocation,
		Trust:         s.Trust,
		Registers:     s.Registers,
		BankServers:   s.BankServers,
		BankFiles:     s.BankFiles,
		Dora:          s.Dora,
		KeyCopies:     s.KeyCopies,
		Incidents:     s.Incidents,
		Reviews:       s.Reviews,
		Installation:  s.Installation,
		Cases:         s.Cases,
		Alerts:        s.Alerts,
		Identity:      s.Identity,
		Passkeys:      s.Passkeys,
		Audit:         s.Audit,
		Heads:         s.Heads,
		Requests:      s.Requests,
		Calls:         throttle.New(s.cfg.Now, throttle.Calls),
		Now:           s.cfg.Now,
	}
}

// Sessions keeps the console's sessions in the database.
func (s *Services) Sessions() *scs.SessionManager {
	return session.Kept(s.DB.Sessions(), strings.HasPrefix(s.cfg.PublicURL, "https://"))
}

// Console is what the console is made of.
func (s *Services) Console() ui.Config {
	return ui.Config{
		Vault:         s.Vault,
		Approvals:     s.Approvals,
		Policy:        s.Policy,
		Registrations: s.Registrations,
		Issuer:        s.Issuer,
		Consents:      s.Consents,
		Payments:      s.Payments,
		Accounts:      s.Accounts,
		Usage:         s.Usage,
		Campaigns:     s.Campaigns,
		Imports:       s.Imports,
		WriteReport:   api.WriteReport,
		Revocation:    s.Revocation,
		Trust:         s.Trust,
		Registers:     s.Registers,
		BankServers:   s.BankServers,
		BankFiles:     s.BankFiles,
		Dora:          s.Dora,
		KeyCopies:     s.KeyCopies,
		Incidents:     s.Incidents,
		Reviews:       s.Reviews,
		Installation:  s.Installation,
		Cases:         s.Cases,
		Alerts:        s.Alerts,
		Calendars:     s.Calendars,
		ExportLinks:   s.ExportLinks,
		Identity:      s.Identity,
		Passkeys:      s.Passkeys,
		Providers:     s.Providers,
		Throttle:      s.throttle,
		Audit:         s.Audit,
		Heads:         s.Heads,
		Sessions:      s.Sessions(),
		Now:           s.cfg.Now,
		Evaluation:    s.cfg.Evaluation,
		Support:       s.cfg.Support,
		Desk:          s.cfg.Desk,
		Callback:      s.cfg.Callback,
		PublicURL:     s.cfg.PublicURL,
	}
}
