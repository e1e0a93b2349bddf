package ui

import (
	alertspage "github.com/sealkeeper/sealkeeper/web/ui/alerts"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/web/ui/account"
	"github.com/sealkeeper/sealkeeper/web/ui/ahead"
	"github.com/sealkeeper/sealkeeper/web/ui/campaigns"
	"github.com/sealkeeper/sealkeeper/web/ui/certificates"
	"github.com/sealkeeper/sealkeeper/web/ui/ending"
	"github.com/sealkeeper/sealkeeper/web/ui/help"
	"github.com/sealkeeper/sealkeeper/web/ui/home"
	"github.com/sealkeeper/sealkeeper/web/ui/incidents"
	installationpage "github.com/sealkeeper/sealkeeper/web/ui/installation"
	"github.com/sealkeeper/sealkeeper/web/ui/institutions"
	"github.com/sealkeeper/sealkeeper/web/ui/page"
	"github.com/sealkeeper/sealkeeper/web/ui/registrations"
	"github.com/sealkeeper/sealkeeper/web/ui/reviews"
	"github.com/sealkeeper/sealkeeper/web/ui/services"
	"github.com/sealkeeper/sealkeeper/web/ui/signin"
	"github.com/sealkeeper/sealkeeper/web/ui/steps"
	"github.com/sealkeeper/sealkeeper/web/ui/trial"
	"github.com/sealkeeper/sealkeeper/web/ui/wording"
)

func campaignsOf(cfg Config, pages *page.Responder) *campaigns.Handler {
	return campaigns.New(campaigns.Needs{
		Pages:        pages,
		Service:      cfg.Campaigns,
		Certificates: cfg.Vault,
		Endings: ending.Reader{
			Certificates: cfg.Vault,
			Institutions: cfg.Registrations,
			Approvals:    cfg.Approvals,
		},
		People:      wording.People{Directory: cfg.Identity},
		WriteReport: cfg.WriteReport,
		Ahead:       rulesAhead(cfg),
		Now:         cfg.Now,
	})
}

// wire makes the families of pages that know the pages and sessions alone.
func (u *UI) wire(cfg Config) {
	u.wireServices(cfg)
	u.wireAccounts(cfg)
	u.wireReviews(cfg)
	u.wireAlerts(cfg)
	names := wording.People{Directory: cfg.Identity}
	u.wireCertificates(cfg, names)
	u.wireIncidents(cfg, names)
	u.wireRegistrations(cfg, names)
}

func rulesAhead(cfg Config) ahead.Reader {
	return ahead.Reader{Certificates: cfg.Vault, Registrations: cfg.Registrations, Now: cfg.Now}
}

func (u *UI) wireServices(cfg Config) {
	u.services = services.New(services.Needs{
		Pages:         u.pages,
		Accounts:      cfg.Accounts,
		Usage:         cfg.Usage,
		Registrations: cfg.Registrations,
		Now:           cfg.Now,
	})
}

// wireAccounts makes the pages on which people sign in and see to how they do.
func (u *UI) wireAccounts(cfg Config) {
	u.signin = signin.New(signin.Needs{
		Pages:     u.pages,
		Sessions:  u.sessions,
		Identity:  cfg.Identity,
		Passkeys:  cfg.Passkeys,
		Providers: cfg.Providers,
		Throttle:  cfg.Throttle,
		Log:       cfg.Audit,
	})
	u.account = account.New(account.Needs{
		Pages:     u.pages,
		Visits:    u.sessions,
		Sessions:  cfg.Identity,
		Passkeys:  cfg.Passkeys,
		Accounts:  cfg.Identity,
		Rights:    cfg.Identity,
		Tokens:    cfg.Identity,
		Providers: cfg.Providers,
		Now:       cfg.Now,
	})
}

// wireReviews makes the pages of the installation, and of reviews of who may do what.
func (u *UI) wireReviews(cfg Config) {
	u.installation = installationpage.New(installationpage.Needs{Pages: u.pages, Service: cfg.Installation})
	u.reviews = reviews.New(reviews.Needs{
		Pages:   u.pages,
		Service: cfg.Reviews,
		Acts:    cfg.Reviews,
		Parts:   cfg.Registrations,
	})
}

func (u *UI) wireAlerts(cfg Config) {
	u.alerts = alertspage.New(alertspage.Needs{
		Pages:     u.pages,
		Cases:     cfg.Cases,
		Changes:   cfg.Cases,
		Channels:  cfg.Alerts,
		Calendars: cfg.Calendars,
		Location:  cfg.Alerts.Location(),
		Now:       cfg.Now,
		PublicURL: cfg.PublicURL,
	})
}

// wireCertificates makes the pages that read the vault.
func (u *UI) wireCertificates(cfg Config, names wording.People) {
	u.help = help.New(u.pages)
	u.home = home.New(home.Needs{
		Pages:         u.pages,
		Vault:         cfg.Vault,
		Registrations: cfg.Registrations,
		Names:         namesOf(cfg),
		Approvals:     cfg.Approvals,
		Consents:      cfg.Consents,
		People:        cfg.Identity,
		Log:           cfg.Audit,
		Cases:         cfg.Cases,
		Campaigns:     cfg.Campaigns,
		Ahead:         rulesAhead(cfg),
		Location:      cfg.Alerts.Location(),
		Now:           cfg.Now,
	})
	u.certificates = certificates.New(certificates.Needs{
		Pages:         u.pages,
		Vault:         cfg.Vault,
		Registrations: cfg.Registrations,
		Approvals:     cfg.Approvals,
		Revocation:    cfg.Revocation,
		Trust:         cfg.Trust,
		Registers:     cfg.Registers,
		Exports:       cfg.ExportLinks,
		Copies:        cfg.KeyCopies,
		Incidents:     cfg.Incidents,
		People:        names,
		PublicURL:     cfg.PublicURL,
		Now:           cfg.Now,
	})
}

// wireIncidents makes the pages of certificates that were declared compromised.
func (u *UI) wireIncidents(cfg Config, names wording.People) {
	u.incidents = incidents.New(incidents.Needs{
		Pages:         u.pages,
		Service:       cfg.Incidents,
		Registrations: cfg.Registrations,
		Services:      cfg.Usage,
		People:        names,
		Now:           cfg.Now,
	})
}

// wireRegistrations makes the pages of a registration. Those that act on one show it when it refuses.
func (u *UI) wireRegistrations(cfg Config, names wording.People) {
	u.institutions = institutions.New(institutions.Needs{
		Servers: cfg.BankServers,
		Files:   cfg.BankFiles,
		Now:     cfg.Now,
		Pages:   u.pages,
		Service: cfg.Registrations,
		People:  names,
	})
	u.registrations = registrations.New(registrations.Needs{
		Pages:        u.pages,
		Service:      cfg.Registrations,
		Certificates: cfg.Vault,
		Approvals:    cfg.Approvals,
		Connections:  cfg.Issuer,
		Services:     cfg.Usage,
		Reports:      cfg.Sessions,
		People:       names,
		Callback:     cfg.callback(),
		Now:          cfg.Now,
	})
	checklists := steps.Needs{
		Pages:        u.pages,
		Service:      cfg.Registrations,
		Certificates: cfg.Vault,
		People:       names,
		Now:          cfg.Now,
	}
	u.registrationSteps = steps.OfRegistrations(checklists, u.registrations.Refuse)
	u.enrolmentSteps = steps.OfEnrolments(checklists, u.institutions.RefuseEnrolment)
	u.trial = trial.New(trial.Needs{
		Pages:              u.pages,
		Registrations:      cfg.Registrations,
		Consents:           cfg.Consents,
		Payments:           cfg.Payments,
		Log:                cfg.Audit,
		People:             names,
		OwnCallback:        cfg.callback(),
		RefuseRegistration: u.registrations.Refuse,
	})
}

// ErrorPage answers with a page that says what went wrong and what to do.
func (u *UI) ErrorPage(c echo.Context, err error) error { return u.pages.Error(c, err) }
