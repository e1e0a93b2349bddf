package app

import (
	"github.com/sealkeeper/sealkeeper/internal/throttle"
	"github.com/sealkeeper/sealkeeper/web/api"
)

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
