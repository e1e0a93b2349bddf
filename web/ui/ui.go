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
	"github.com/sealkeeper/sealkeeper/web/ui/approvals"
	"github.com/sealkeeper/sealkeeper/web/ui/auditlog"
	"github.com/sealkeeper/sealkeeper/web/ui/campaigns"
	"github.com/sealkeeper/sealkeeper/web/ui/certificates"
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
