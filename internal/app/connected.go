package app

import (
	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/internal/banktoken"
	"github.com/sealkeeper/sealkeeper/internal/changefeed"
	"github.com/sealkeeper/sealkeeper/internal/exportlink"
	"github.com/sealkeeper/sealkeeper/internal/idempotency"
	"github.com/sealkeeper/sealkeeper/internal/service"
	"github.com/sealkeeper/sealkeeper/internal/tlsconfig"
	"github.com/sealkeeper/sealkeeper/internal/usage"
	"github.com/sealkeeper/sealkeeper/internal/workload"
)

// wireAccounts makes what knows the service accounts, and which version each uses.
func (s *Services) wireAccounts(requests *approval.Requests) {
	db := s.cfg.DB
	s.Feed = changefeed.New(db, s.cfg.Logger)
	s.Accounts = service.New(service.Config{
		Store:         db,
		Tokens:        db,
		Identities:    db,
		Workloads:     workload.New(workload.Config{Issuers: s.cfg.Workloads, Asks: s.cfg.Outgoing, Now: s.cfg.Now}),
		Certificates:  s.clientCertificates(),
		Registrations: db,
		Catalogue:     s.cfg.Catalogue,
		Approvals:     requests,
		Feed:          s.Feed,
		Audit:         s.Audit,
		Now:           s.cfg.Now,
	})
	s.Usage = usage.New(usage.Config{Store: db, Accounts: s.Accounts, Audit: s.Audit, Now: s.cfg.Now})
}

// wireTLS makes what serves them, and whoever fetches a key by link.
func (s *Services) wireTLS() {
	s.Requests = idempotency.New(s.cfg.DB, s.cfg.Now)
	s.ExportLinks = exportlink.New(exportlink.Config{
		Store:  s.cfg.DB,
		Vault:  s.Vault,
		People: s.Identity,
		Audit:  s.Audit,
		Now:    s.cfg.Now,
	})
	s.TLS = tlsconfig.New(tlsconfig.Config{
		Registrations: s.Registrations,
		Selected:      s.cfg.DB,
		Vault:         s.Vault,
		Limits:        s.Accounts,
		Counter:       s.Usage,
		Feed:          s.Feed,
		Audit:         s.Audit,
		PublishURL:    s.cfg.PublicURL + "/.well-known",
		Now:           s.cfg.Now,
	})
	s.BankTokens = banktoken.New(banktoken.Config{
		Consents: s.Consents,
		Clients:  s.Issuer,
		Limits:   s.Accounts,
		Audit:    s.Audit,
	})
	s.Feed.OnChange(func(c changefeed.Change) {
		switch {
		case c.Kind == changefeed.Account:
			s.Accounts.Forget(c.ID)
		case !s.Feed.Known(c.ID): // a new one, which any account may be bound to
			s.Accounts.Forget("")
		default:
			s.TLS.Changed(c.ID)
		}
	})
	s.Registrations.OnChange(func(registrationID string) {
		s.TLS.Changed(registrationID)
		s.Feed.Poke()
	})
}
