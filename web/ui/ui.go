// Package ui is the console: pages rendered on the server that work without
// script. Handlers read a form, call one service, and redirect or render.
package ui

import (
	"embed"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/consent"
	"github.com/sealkeeper/sealkeeper/internal/identity"
	"github.com/sealkeeper/sealkeeper/internal/issuer"
	"github.com/sealkeeper/sealkeeper/internal/payment"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/vault"
)

//go:embed templates static
var embedded embed.FS

// Config is what the console is made of. Evaluation and PublicURL may be empty, the rest is required.
type Config struct {
	Vault         *vault.Vault
	Approvals     *approval.Service
	Registrations *registration.Service
	Issuer        *issuer.Issuer
	Consents      *consent.Service
	Payments      *payment.Service
	Identity      *identity.Service
	Audit         *audit.Log
	Sessions      *scs.SessionManager // cookie HttpOnly and SameSite=Lax: the bank sends people back by a link
	Now           func() time.Time
	Evaluation    string // where there is nothing real, the custody's mode: every page says so
	PublicURL     string // under which browsers reach the console; empty: as their request was addressed
}

// UI is the console. It is safe for concurrent use.
type UI struct {
	cfg         Config
	assets      *assets
	views       views
	crossOrigin *http.CrossOriginProtection
}

// New parses every template and catalogue. A template that is broken or not
// declared is an error here, and not when somebody opens the page.
func New(cfg Config) (*UI, error) {
	u := &UI{cfg: cfg, crossOrigin: http.NewCrossOriginProtection()}
	var err error
	if u.assets, err = loadAssets(); err != nil {
		return nil, err
	}
	u.views, err = loadViews(cfg.Now, u.assets)
	return u, err
}

// Register adds the console's routes.
func (u *UI) Register(e *echo.Echo) {
	e.GET("/assets/:sum/:name", u.assets.serve)
	g := e.Group("", u.session)

	g.GET("/sign-in", u.signInForm)
	g.POST("/sign-in", u.signIn)
	g.POST("/sign-out", u.signOut)
	g.POST("/language", u.language)

	g.GET("/", u.signedIn(u.home))
	g.GET("/certificates", u.signedIn(u.certificates))
	g.GET("/certificates/upload", u.signedIn(u.uploadForm))
	g.POST("/certificates/upload", u.signedIn(u.upload))
	g.POST("/certificates/check", u.signedIn(u.check))
	g.GET("/certificates/request", u.signedIn(u.requestForm))
	g.POST("/certificates/request", u.signedIn(u.request))
	g.GET("/certificates/requests/:id", u.signedIn(u.ordered))
	g.GET("/certificates/requests/:id/csr", u.signedIn(u.csr))
	g.GET("/certificates/:id", u.signedIn(u.certificate))
	g.POST("/certificates/:id/retire", u.signedIn(u.retireCertificate))
	g.POST("/certificates/:id/destroy", u.signedIn(u.destroyCertificate))
	g.POST("/certificates/:id/allow-on-live", u.signedIn(u.allowOnLive))
	g.GET("/certificates/:id/compare", u.signedIn(u.compare))
	g.GET("/certificates/:id/pem", u.signedIn(u.certificatePEM))

	g.GET("/institutions", u.signedIn(u.institutions))
	g.GET("/institutions/:id", u.signedIn(u.institution))
	g.GET("/firm", u.signedIn(u.firm))
	g.POST("/organizations", u.signedIn(u.addOrganization))
	g.POST("/applications", u.signedIn(u.addApplication))
	g.GET("/organizations/:id", u.signedIn(u.organization))
	g.POST("/organizations/:id", u.signedIn(u.editOrganization))
	g.GET("/applications/:id", u.signedIn(u.application))
	g.POST("/applications/:id", u.signedIn(u.editApplication))
	g.GET("/enrolments/:id", u.signedIn(u.enrolment))
	g.POST("/enrolments/:id", u.signedIn(u.editEnrolment))
	g.GET("/evidence/:id", u.signedIn(u.evidence))

	g.GET("/registrations", u.signedIn(u.registrations))
	g.POST("/registrations", u.signedIn(u.register))
	g.GET("/registrations/:id", u.signedIn(u.registration))
	for _, kind := range []string{"registrations", "enrolments"} {
		u.registerChecklist(g.Group("/" + kind + "/:id/steps/:step"))
	}
	g.POST("/registrations/:id/bundle", u.signedIn(u.saveBundle))
	g.POST("/registrations/:id/test", u.signedIn(u.testConnection))
	g.POST("/registrations/:id/activate", u.signedIn(u.activate))
	g.POST("/registrations/:id/retire", u.signedIn(u.retire))
	g.GET("/registrations/:id/accounts", u.signedIn(u.tryAccounts))
	g.GET("/registrations/:id/authorize", u.signedIn(u.authorize))
	g.GET("/callback", u.signedIn(u.callback))
	g.GET("/try", u.signedIn(u.try))
	g.GET("/consents/:id", u.signedIn(u.consent))
	g.POST("/consents/:id/revoke", u.signedIn(u.revokeConsent))
	g.GET("/consents/:id/accounts/:account", u.signedIn(u.transactions))
	g.GET("/registrations/:id/payment", u.signedIn(u.newPayment))
	g.POST("/registrations/:id/payment", u.signedIn(u.createPayment))
	g.GET("/payments/:id", u.signedIn(u.payment))
	g.POST("/payments/:id/cancel", u.signedIn(u.cancelPayment))

	g.GET("/approvals", u.signedIn(u.approvals))
	g.GET("/approvals/:id", u.signedIn(u.approval))
	g.POST("/approvals/:id/approve", u.signedIn(u.approve))
	g.POST("/approvals/:id/reject", u.signedIn(u.reject))
	g.POST("/approvals/:id/withdraw", u.signedIn(u.withdraw))

	g.GET("/audit", u.signedIn(u.audit))
}

// registerChecklist adds what is done with a step, of a registration or of an enrolment.
func (u *UI) registerChecklist(g *echo.Group) {
	g.POST("", u.signedIn(u.setStep))
	g.POST("/evidence", u.signedIn(u.addEvidence))
	g.GET("/email", u.signedIn(u.email))
	g.GET("/email.eml", u.signedIn(u.emailFile))
	g.GET("/email/attachments/:n", u.signedIn(u.attachment))
	g.POST("/sent", u.signedIn(u.emailSent))
	g.POST("/answer", u.signedIn(u.emailAnswered))
}
