package ui

import "github.com/sealkeeper/sealkeeper/web/ui/named"

// namesOf is what knows what entries of the audit log are about.
func namesOf(cfg Config) named.Names {
	return named.Names{
		Certificates:  cfg.Vault,
		Registrations: cfg.Registrations,
		Approvals:     cfg.Approvals,
		Consents:      cfg.Consents,
		Payments:      cfg.Payments,
		Campaigns:     cfg.Campaigns,
		Services:      cfg.Accounts,
		People:        cfg.Identity,
	}
}
