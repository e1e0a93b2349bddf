// Package ui is the console: pages rendered on the server that work without
// script. Handlers read a form, call one service, and redirect or render. Each
// family of pages is a package; what they share is below them.
package ui

import (
	"github.com/sealkeeper/sealkeeper/internal/alerts"
	"github.com/sealkeeper/sealkeeper/internal/bankfiles"
	"github.com/sealkeeper/sealkeeper/internal/bankservers"
	"github.com/sealkeeper/sealkeeper/internal/cases"
	"github.com/sealkeeper/sealkeeper/registration/existing"
	alertspage "github.com/sealkeeper/sealkeeper/web/ui/alerts"
	"github.com/sealkeeper/sealkeeper/web/ui/registrations/imports"

	"embed"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/campaign"
	"github.com/sealkeeper/sealkeeper/internal/consent"
	"github.com/sealkeeper/sealkeeper/internal/dora"
	"github.com/sealkeeper/sealkeeper/internal/exportlink"
	"github.com/sealkeeper/sealkeeper/internal/federation"
	"github.com/sealkeeper/sealkeeper/internal/identity"
	"github.com/sealkeeper/sealkeeper/internal/incident"
	"github.com/sealkeeper/sealkeeper/internal/installation"
	"github.com/sealkeeper/sealkeeper/internal/issuer"
	"github.com/sealkeeper/sealkeeper/internal/keycopies"
	"github.com/sealkeeper/sealkeeper/internal/passkey"
	"github.com/sealkeeper/sealkeeper/internal/payment"
	"github.com/sealkeeper/sealkeeper/internal/policy"
	"github.com/sealkeeper/sealkeeper/internal/registers"
	"github.com/sealkeeper/sealkeeper/internal/review"
	"github.com/sealkeeper/sealkeeper/internal/revocation"
	"github.com/sealkeeper/sealkeeper/internal/search"
	"github.com/sealkeeper/sealkeeper/internal/service"
	"github.com/sealkeeper/sealkeeper/internal/throttle"
	"github.com/sealkeeper/sealkeeper/internal/trust"
	"github.com/sealkeeper/sealkeeper/internal/usage"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/vault"
	"github.com/sealkeeper/sealkeeper/web/ui/account"
	"github.com/sealkeeper/sealkeeper/web/ui/ahead"
	"github.com/sealkeeper/sealkeeper/web/ui/approvals"
	"github.com/sealkeeper/sealkeeper/web/ui/auditlog"
	"github.com/sealkeeper/sealkeeper/web/ui/campaigns"
	"github.com/sealkeeper/sealkeeper/web/ui/certificates"
	"github.com/sealkeeper/sealkeeper/web/ui/ending"
	"github.com/sealkeeper/sealkeeper/web/ui/firm"
	"github.com/sealkeeper/sealkeeper/web/ui/help"
	"github.com/sealkeeper/sealkeeper/web/ui/home"
	"github.com/sealkeeper/sealkeeper/web/ui/incidents"
	installationpage "github.com/sealkeeper/sealkeeper/web/ui/installation"
	"github.com/sealkeeper/sealkeeper/web/ui/institutions"
	"github.com/sealkeeper/sealkeeper/web/ui/page"
	"github.com/sealkeeper/sealkeeper/web/ui/people"
	policypage "github.com/sealkeeper/sealkeeper/web/ui/policy"
	"github.com/sealkeeper/sealkeeper/web/ui/registrations"
	"github.com/sealkeeper/sealkeeper/web/ui/reviews"
	searchpage "github.com/sealkeeper/sealkeeper/web/ui/search"
	"github.com/sealkeeper/sealkeeper/web/ui/services"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
	"github.com/sealkeeper/sealkeeper/web/ui/signin"
	"github.com/sealkeeper/sealkeeper/web/ui/steps"
	"github.com/sealkeeper/sealkeeper/web/ui/trial"
	"github.com/sealkeeper/sealkeeper/web/ui/wording"
)

//go:embed templates static
var files embed.FS

// Config is what the console is made of. Evaluation and PublicURL may be empty, the rest is required.
type Config struct {
	Vault         *vault.Vault
	Approvals     *approval.Service
	Policy        *policy.Service
	Registrations *registration.Service
	Issuer        *issuer.Issuer
	Consents      *consent.Service
	Payments      *payment.Service
	Accounts      *service.Accounts
	Usage         *usage.Meter
	Campaigns     *campaign.Service
	Imports       *existing.Service
	WriteReport   campaigns.WriteReport
	Revocation    *revocation.Service
	Trust         *trust.Service
	Registers     *registers.Service
	BankServers   *bankservers.Service
	BankFiles     *bankfiles.Service
	Dora          *dora.Service
	KeyCopies     *keycopies.Service
	Incidents     *incident.Service
	Reviews       *review.Service
	Installation  *installation.Service
	Cases         *cases.Service
	Alerts        *alerts.Service
	Calendars     *alerts.Calendars
	ExportLinks   *exportlink.Service
	Identity      *identity.Service
	Passkeys      *passkey.Service
	Providers     *federation.Service
	Throttle      *throttle.Throttle
	Audit         *audit.Log
	Heads         *audit.Heads
	Sessions      *scs.SessionManager // cookie HttpOnly and SameSite=Lax: the bank sends people back by a link
	Now           func() time.Time
	Evaluation    string       // where there is nothing real, the custody's mode: every page says so
	Support       page.Support // whom people ask who get stuck; may be empty
	Desk          string       // page that helps to evaluate; empty: there is none
	Callback      string       // redirect URI that applications are offered; empty: the one below PublicURL
	PublicURL     string       // under which browsers reach the console; empty: as their request was addressed
}

// UI is the console. It is safe for concurrent use.
type UI struct {
	pages    *page.Responder
	sessions *session.Manager
	passkeys passkeys
	throttle tries

	signin            *signin.Handler
	account           *account.Handler
	people            *people.Handler
	reviews           *reviews.Handler
	installation      *installationpage.Handler
	help              *help.Handler
	home              *home.Handler
	certificates      *certificates.Handler
	institutions      *institutions.Handler
	firm              *firm.Handler
	registrations     *registrations.Handler
	registrationSteps *steps.Handler
	enrolmentSteps    *steps.Handler
	trial             *trial.Handler
	approvals         *approvals.Handler
	auditlog          *auditlog.Handler
	alerts            *alertspage.Handler
	policy            *policypage.Handler
	search            *searchpage.Handler
	campaigns         *campaigns.Handler
	imports           *imports.Handler
	services          *services.Handler
	incidents         *incidents.Handler
}

func (cfg Config) callback() string {
	if cfg.Callback == "" && cfg.PublicURL != "" {
		return strings.TrimSuffix(cfg.PublicURL, "/") + "/callback"
	}
	return cfg.Callback
}

// New parses every template and catalogue. A broken one is an error here, and not when somebody opens the page.
func New(cfg Config) (*UI, error) {
	sessions := session.New(cfg.Sessions, cfg.Identity, cfg.Audit, cfg.Now)
	pages, err := page.New(page.Config{
		Files:      files,
		Sessions:   sessions,
		Inbox:      cfg.Approvals,
		Policy:     cfg.Approvals,
		Passkeys:   cfg.Passkeys,
		Accounts:   cfg.Identity,
		Now:        cfg.Now,
		Evaluation: cfg.Evaluation,
		Desk:       cfg.Desk,
		Support:    cfg.Support,
	})
	if err != nil {
		return nil, err
	}
	u := &UI{
		pages:    pages,
		sessions: sessions,
		passkeys: cfg.Passkeys,
		throttle: cfg.Throttle,
		people: people.New(people.Needs{
			Pages:     pages,
			Identity:  cfg.Identity,
			Passkeys:  cfg.Passkeys,
			Parts:     cfg.Registrations,
			Now:       cfg.Now,
			PublicURL: cfg.PublicURL,
		}),
		firm: firm.New(firm.Needs{
			Pages:     pages,
			Service:   cfg.Registrations,
			Registers: cfg.Registers,
			Callback:  cfg.callback(),

			Certificates: cfg.Vault,
		}),
		approvals: approvals.New(approvals.Needs{
			Pages:     pages,
			Approvals: cfg.Approvals,

			Institutions: cfg.Registrations,
		}),
		auditlog: auditlog.New(auditlog.Needs{
			Pages: pages,
			Log:   cfg.Audit,
			Heads: cfg.Heads,
			Dora:  cfg.Dora,
			Names: namesOf(cfg),
		}),
		imports:   imports.New(imports.Needs{Pages: pages, Service: cfg.Imports}),
		campaigns: campaignsOf(cfg, pages),
		search:    searchpage.New(searchpage.Needs{Pages: pages, Find: search.New(cfg.Vault, cfg.Registrations)}),
		policy:    policypage.New(policypage.Needs{Pages: pages, Policy: cfg.Policy}),
	}
	u.wire(cfg)
	return u, nil
}

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
