// Package api is the JSON interface under /v1: what the console does, for programs.
package api

import (
	"bytes"
	_ "embed"
	"log/slog"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/alerts"
	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/bankfiles"
	"github.com/sealkeeper/sealkeeper/internal/bankservers"
	"github.com/sealkeeper/sealkeeper/internal/banktoken"
	"github.com/sealkeeper/sealkeeper/internal/campaign"
	"github.com/sealkeeper/sealkeeper/internal/cases"
	"github.com/sealkeeper/sealkeeper/internal/changefeed"
	"github.com/sealkeeper/sealkeeper/internal/consent"
	"github.com/sealkeeper/sealkeeper/internal/dora"
	"github.com/sealkeeper/sealkeeper/internal/idempotency"
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
	"github.com/sealkeeper/sealkeeper/internal/service"
	"github.com/sealkeeper/sealkeeper/internal/throttle"
	"github.com/sealkeeper/sealkeeper/internal/tlsconfig"
	"github.com/sealkeeper/sealkeeper/internal/trust"
	"github.com/sealkeeper/sealkeeper/internal/usage"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/registration/existing"
	"github.com/sealkeeper/sealkeeper/vault"
)

// API serves /v1. Every exported field is required.
type API struct {
	Vault         *vault.Vault
	Approvals     *approval.Service
	Policy        *policy.Service
	Registrations *registration.Service
	Issuer        *issuer.Issuer
	Consents      *consent.Service
	Payments      *payment.Service
	BankTokens    *banktoken.Service
	Accounts      *service.Accounts
	Feed          *changefeed.Feed
	Usage         *usage.Meter
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
	TLS           *tlsconfig.Service
	Campaigns     *campaign.Service
	Imports       *existing.Service
	Cases         *cases.Service
	Alerts        *alerts.Service
	Identity      *identity.Service
	Passkeys      *passkey.Service
	Audit         *audit.Log
	Heads         *audit.Heads
	Requests      *idempotency.Service
	Calls         *throttle.Throttle
	Logger        *slog.Logger
	Now           func() time.Time

	waiting waiting
}

//go:embed openapi.yaml
var description []byte

// Description is the OpenAPI description of /v1, as YAML.
func Description() []byte { return bytes.Clone(description) }

// Register adds the routes. Every one of them needs a bearer token, but those that give some.
func (a *API) Register(e *echo.Echo) {
	e.POST("/v1/token", a.exchangeToken)
	e.POST("/v1/tokens", a.fetchToken)
	g := e.Group("/v1", a.authenticate, legible, a.once)

	g.GET("/openapi.yaml", describe)
	a.certificateRoutes(g)
	a.keyCopyRoutes(g)
	a.incidentRoutes(g)
	a.reviewRoutes(g)
	a.catalogueFileRoutes(g)
	a.onboardingRoutes(g)
	a.customerRoutes(g)
	a.serviceRoutes(g)
	a.campaignRoutes(g)
	a.importRoutes(g)
	a.caseRoutes(g)

	g.GET("/approvals", list(approval.Listed, a.approvals))
	g.GET("/approvals/:id", serve(a.approval))
	g.POST("/approvals/:id/review", serve(a.reviewApproval))
	g.POST("/approvals/:id/withdraw", decide(a.withdraw)) // approving and rejecting are for people at the console

	g.GET("/people", list(identity.PeopleListed, a.people))
	g.POST("/people", create(a.invitePerson))
	g.GET("/people/:id", serve(a.person))
	g.POST("/people/:id/disable", serve(a.disablePerson))
	g.DELETE("/people/:id/sessions/:session", serve(a.endPersonSession))
	g.DELETE("/people/:id/grants/:grant", serve(a.revokeGrant)) // granting is for people at the console
	g.DELETE("/people/:id/tokens/:token", serve(a.revokeToken))
	g.GET("/tokens", serve(a.ownTokens))
	g.DELETE("/tokens/:id", serve(a.revokeOwnToken)) // making one is for people at the console
	g.GET("/invitations", serve(a.invitations))
	g.DELETE("/invitations/:id", serve(a.withdrawInvitation))

	g.GET("/policy", serve(a.policy))
	g.PUT("/policy/:name", serve(a.changePolicy))
	g.GET("/audit", list(audit.Listed, a.audit))
	g.GET("/audit/export", a.exportAudit)
	g.GET("/dora-register", a.doraRegister)
	g.POST("/audit/heads", create(a.signAuditHead))
	g.GET("/custody", serve(a.custody))
	g.GET("/installation", serve(a.installation))
	g.POST("/installation/look", serve(a.lookAtInstallation))
}

// certificateRoutes are about what is in custody.
func (a *API) certificateRoutes(g *echo.Group) {
	g.GET("/certificates", list(vault.Certificates, a.certificates))
	g.POST("/certificates", a.importCertificates)
	g.POST("/certificates/inspect", a.inspectCertificates)
	g.GET("/certificates/:id", serve(a.certificate))
	g.GET("/certificates/:id/line", serve(a.certificateLine))
	g.PUT("/certificates/:id/line", serve(a.linkCertificate))
	g.GET("/certificates/:id/predecessors", serve(a.predecessors))
	g.POST("/certificates/:id/export", serve(a.exportKey))
	g.PUT("/certificates/:id/chain", a.setCertificateChain)
	g.POST("/certificates/:id/chain/completion", serve(a.completeCertificateChain))
	g.GET("/certificates/:id/revocation", serve(a.certificateRevocation))
	g.POST("/certificates/:id/revocation", serve(a.askCertificateRevocation))
	g.GET("/certificates/:id/trust", serve(a.certificateTrust))
	g.GET("/trusted-lists", serve(a.trustedLists))
	g.GET("/certificates/:id/authorisation", serve(a.certificateAuthorisation))
	g.GET("/organizations/:id/authorisation", serve(a.organizationAuthorisation))
	g.GET("/registers", serve(a.registers))
	g.POST("/registers/:id/file", a.importRegister)
	g.POST("/certificates/:id/retire", serve(a.retireCertificate))
	g.POST("/certificates/:id/destroy", serve(a.destroyCertificate))
	g.POST("/certificates/:id/allow-export", serve(a.allowExport))

	g.GET("/csrs", list(vault.CSRsListed, a.csrs))
	g.POST("/csrs", create(a.createCSR))
}

// onboardingRoutes are about the way to a registration that can be used.
func (a *API) onboardingRoutes(g *echo.Group) {
	g.GET("/institutions", serve(a.institutions))
	g.GET("/institutions/:id", serve(a.institution))
	g.GET("/institutions/:id/servers", serve(a.bankServers))
	g.GET("/institutions/:id/hosts", serve(a.bankHosts))
	g.PUT("/institutions/:id/hosts/:host/issuer", serve(a.confirmBankIssuer))
	g.GET("/institutions/:id/facts", serve(a.bankFacts))
	g.POST("/institutions/:id/facts", create(a.recordBankFact))
	g.DELETE("/institutions/:id/facts/:fact", serve(a.withdrawBankFact))

	g.GET("/organizations", list(registration.Organizations, a.organizations))
	g.POST("/organizations", create(a.addOrganization))
	g.GET("/applications", list(registration.Applications, a.applications))
	g.POST("/applications", create(a.addApplication))
	g.PUT("/organizations/:id", serve(a.updateOrganization))
	g.PUT("/organizations/:id/archived", serve(a.archiveOrganization))
	g.PUT("/applications/:id", serve(a.updateApplication))
	g.PUT("/applications/:id/archived", serve(a.archiveApplication))
	g.GET("/enrolments", list(registration.Enrolled, a.enrolments))
	g.GET("/enrolments/:id", serve(a.enrolment))
	g.PUT("/enrolments/:id", serve(a.updateEnrolment))

	g.GET("/checklists/:id", serve(a.checklist))
	g.GET("/checklists/:id/history", serve(a.history))
	g.PUT("/checklists/:id/steps/:step", serve(a.editStep))
	g.POST("/checklists/:id/steps/:step/evidence", a.addEvidence)
	g.POST("/checklists/:id/steps/:step/email", serve(a.prepareEmail))
	g.POST("/checklists/:id/steps/:step/sent", serve(a.recordSent))
	g.POST("/checklists/:id/steps/:step/answer", serve(a.recordAnswer))
	g.GET("/evidence/:id", a.evidence)
	g.GET("/today", serve(a.today))
	g.GET("/search", serve(a.search))

	g.GET("/registrations", list(registration.Listed, a.registrations))
	g.POST("/registrations", create(a.addRegistration))
	g.GET("/registrations/:id", serve(a.registration))
	g.PUT("/registrations/:id/archived", serve(a.archiveRegistration))
	g.PUT("/registrations/:id/steps/:step", serve(a.setStep))
	g.PUT("/registrations/:id/bundle", serve(a.saveBundle))
	g.POST("/registrations/:id/test", serve(a.test))
	g.POST("/registrations/:id/bundles/:version/activate", decide(a.activate))
	g.POST("/registrations/:id/bundles/:version/retire", decide(a.retire))
}

// customerRoutes are about what is done at a bank on a customer's behalf.
func (a *API) customerRoutes(g *echo.Group) {
	g.GET("/consents", list(consent.Listed, a.consents))
	g.POST("/consents", create(a.startConsent))
	g.POST("/consents/callback", serve(a.completeConsent))
	g.GET("/consents/:id", serve(a.consent))
	g.DELETE("/consents/:id", serve(a.revokeConsent))
	g.GET("/consents/:id/accounts", serve(a.accounts))
	g.GET("/consents/:id/accounts/:account/balances", serve(a.balances))
	g.GET("/consents/:id/accounts/:account/transactions", serve(a.transactions),
		taking("from", "to", "after", "limit", "cursor"))
	g.GET("/consents/:id/identity", serve(a.customer))
	g.GET("/consents/:id/beneficiaries", serve(a.beneficiaries))

	g.GET("/payments", list(payment.Listed, a.payments))
	g.POST("/payments", create(a.createPayment))
	g.POST("/payments/returns", serve(a.completePayment))
	g.GET("/payments/:id", serve(a.payment))
	g.POST("/payments/:id/confirm", serve(a.confirmPayment))
	g.POST("/payments/:id/cancel", serve(a.cancelPayment))
	g.POST("/payments/:id/resolve", serve(a.resolvePayment))
}

// describe answers with the description of the API, which is kept by hand and by the tests.
func describe(c echo.Context) error {
	return c.Blob(http.StatusOK, "application/yaml", description) // RFC 9512
}

// request is what a handler works with.
type request[T any] struct {
	echo   echo.Context
	caller access.Caller
	body   T
}
