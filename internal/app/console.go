package app

import (
	"strings"

	"github.com/alexedwards/scs/v2"

	"github.com/sealkeeper/sealkeeper/web/api"
	"github.com/sealkeeper/sealkeeper/web/ui"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
)

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
