package ui

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/identity"
	"github.com/sealkeeper/sealkeeper/secret"
	"github.com/sealkeeper/sealkeeper/web/ui/link"
	"github.com/sealkeeper/sealkeeper/web/ui/page"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
	"github.com/sealkeeper/sealkeeper/web/ui/steps"
)

// Register adds the console's routes.
func (u *UI) Register(e *echo.Echo) {
	e.GET("/assets/:sum/:name", u.pages.Asset)

	e.GET("/calendars/:token", u.alerts.Calendar)
	// From a provider's server, without a browser and its session.
	e.POST("/sign-in/account/:provider/logout", u.signin.BackChannelLogout)

	g := e.Group("", u.sessions.Middleware)
	g.GET("/sign-in", u.signin.Form)
	g.POST("/sign-in", u.signin.SignIn)
	g.POST("/sign-in/passkey", u.signin.PasskeySignIn)
	g.POST("/sign-in/passkey/options", u.signin.PasskeyOptions)
	g.GET("/sign-in/account/:provider", u.signin.AccountSignIn)
	g.GET("/sign-in/account/:provider/callback", u.signin.AccountCallback)
	g.GET("/join", u.signin.JoinForm)
	g.POST("/join", u.signin.Join)
	g.POST("/sign-out", u.signin.SignOut)
	g.POST("/preferences", u.signin.Prefer)
	g.GET("/help", u.help.Show)
	g.GET("/help/:name", u.help.ShowChapter)
	g.GET("/export", u.certificates.FetchForm)
	g.POST("/export", u.certificates.Fetch)

	m := members{group: g, pages: u.pages, sessions: u.sessions, passkeys: u.passkeys, throttle: u.throttle}
	u.registerAccount(m)
	m.joined = true
	u.registerPeople(m)
	u.registerReviews(m)
	m.get("/account/terminal", u.account.Terminal)
	m.post("/account/terminal", u.account.AllowTerminal)
	m.post("/account/tokens", u.account.MakeToken)
	m.post("/account/tokens/:id/revoke", u.account.RevokeToken)
	m.get("/", u.home.Show)
	m.get("/audit", u.auditlog.Show)
	m.post("/audit/verify", u.auditlog.Verify)
	m.post("/audit/head", u.auditlog.Head)
	m.get("/audit/export", u.auditlog.Export)
	m.get("/audit/life", u.auditlog.Life)
	u.registerCases(m)
	m.get("/installation", u.installation.Show)
	m.post("/installation/look", u.installation.Look)
	m.get("/policy", u.policy.Show)
	m.get("/search", u.search.Show)
	m.post("/policy", u.policy.Change)

	u.registerCertificates(m)
	u.registerFirm(m)
	u.registerRegistrations(m)
	u.registerIncidents(m)
	u.registerTrial(m)
	u.registerCampaigns(m)
	u.registerServices(m)
	m.lead(e)
}

// registerCases adds what waits for somebody: requests and alerts.
func (u *UI) registerCases(m members) {
	m.get("/approvals", u.approvals.List)
	m.get("/approvals/:id", u.approvals.Show)
	m.post("/approvals/:id/approve", u.approvals.Approve)
	m.post("/approvals/:id/reject", u.approvals.Reject)
	m.post("/approvals/:id/withdraw", u.approvals.Withdraw)
	m.post("/approvals/:id/review", u.approvals.Review)
	m.get("/alerts", u.alerts.List)
	m.get("/alerts/list.csv", u.alerts.ListFile)
	m.post("/alerts/owner", u.alerts.HandOver)
	m.get("/alerts/:id", u.alerts.Show)
	m.post("/alerts/:id/acknowledge", u.alerts.Acknowledge)
	m.post("/alerts/:id/owner", u.alerts.Assign)
	m.post("/alerts/channels/:name/test", u.alerts.Test)
	m.post("/alerts/calendars", u.alerts.MakeCalendar)
	m.post("/alerts/calendars/:id/revoke", u.alerts.RevokeCalendar)
}

// lead leads whoever opens the address of a form again, or has it in their history, to the page that the form is on:
// the nearest one above it.
func (m members) lead(e *echo.Echo) {
	pages, forms := map[string]bool{}, []string{}
	for _, r := range e.Routes() {
		switch r.Method {
		case http.MethodGet:
			pages[r.Path] = true
		case http.MethodPost:
			forms = append(forms, r.Path)
		}
	}
	for _, form := range forms {
		above := form
		for above != "" && !pages[above] {
			above = above[:strings.LastIndexByte(above, '/')]
		}
		if above == form || strings.HasPrefix(form, "/sign-") || strings.HasPrefix(form, "/v1/") {
			continue
		}
		n := strings.Count(above, "/")
		m.get(form, func(c echo.Context, _ session.Visit) error {
			parts := strings.Split(c.Request().URL.EscapedPath(), "/")
			return m.pages.Redirect(c, cmp.Or(strings.Join(parts[:n+1], "/"), "/"))
		})
	}
}

func (u *UI) registerCampaigns(m members) {
	m.get("/campaigns", u.campaigns.List)
	m.get("/campaigns/new", u.campaigns.NewForm)
	m.post("/campaigns", u.campaigns.Create)
	m.get("/campaigns/forecast", u.campaigns.ShowForecast)
	m.get("/campaigns/secrets", u.campaigns.SecretsForm)
	m.post("/campaigns/secrets", u.campaigns.CreateSecrets)
	m.get("/campaigns/:id", u.campaigns.Show)
	m.post("/campaigns/:id/acts", u.campaigns.Act)
	m.get("/campaigns/:id/report", u.campaigns.ShowReport)
	m.get("/campaigns/:id/report.jsonl", u.campaigns.DownloadReport)
	m.get("/campaigns/:id/registrations/:registration", u.campaigns.ShowLine)
	m.post("/campaigns/:id/registrations/:registration/acts", u.campaigns.ActOnLine)
	m.get("/campaigns/:id/registrations/:registration/email.eml", u.campaigns.DownloadEmail)
}

func (u *UI) registerReviews(m members) {
	m.get("/access-reviews", u.reviews.List)
	m.post("/access-reviews", u.reviews.Start)
	m.get("/access-reviews/:id", u.reviews.Show)
	m.post("/access-reviews/:id/proposals", u.reviews.Propose)
	m.post("/access-reviews/:id/confirmations", u.reviews.Confirm)
	m.post("/access-reviews/:id/close", u.reviews.Close)
	m.get("/access-reviews/:id/print", u.reviews.Print)
	m.get("/access-reviews/:id/evidence.jsonl", u.reviews.Download)
}

func (u *UI) registerIncidents(m members) {
	m.get("/dora", u.auditlog.Register)
	m.get("/dora/register.jsonl", u.auditlog.DownloadRegister)
	m.get("/dora/:template", u.auditlog.DownloadTemplate)
	m.get("/incidents", u.incidents.List)
	m.post("/incidents", u.incidents.Declare)
	m.get("/incidents/:id", u.incidents.Show)
	m.get("/incidents/:id/letters/:to", u.incidents.Letter)
	m.get("/incidents/:id/letters/:to/file.eml", u.incidents.DownloadLetter)
	m.post("/incidents/:id/told", u.incidents.Told)
	m.post("/incidents/:id/withdraw", u.incidents.Withdraw)
}

func (u *UI) registerServices(m members) {
	m.get("/services", u.services.List)
	m.post("/services", u.services.Add)
	m.get("/services/new", u.services.AddForm)
	m.get("/services/:id", u.services.Show)
	m.post("/services/:id", u.services.Change)
	m.post("/services/:id/end", u.services.End)
	m.post("/services/:id/tokens", u.services.IssueToken)
	m.post("/services/:id/tokens/:token/revoke", u.services.RevokeToken)
	m.post("/services/:id/identities", u.services.AddIdentity)
	m.post("/services/:id/identities/:identity/remove", u.services.RemoveIdentity)
}

// registerAccount adds what somebody who has been invited does first.
func (u *UI) registerAccount(m members) {
	m.get("/account", u.account.Show)
	m.post("/account/passkeys", u.account.AddPasskey)
	m.post("/account/passkeys/options", u.account.PasskeyOptions)
	m.post("/account/passkeys/:id/remove", u.account.RemovePasskey)
	m.post("/account/sessions/:id/end", u.account.EndSession)
	m.get("/account/add/:provider", u.signin.AccountAdd)
	m.get("/confirm/account/:provider", u.signin.AccountConfirm)
	m.post("/account/accounts/remove", u.account.RemoveAccount)
	m.post("/confirm", u.account.Confirm)
	m.post("/confirm/options", u.account.ConfirmOptions)
}

func (u *UI) registerPeople(m members) {
	m.get("/people", u.people.List)
	m.post("/people", u.people.Invite)
	m.post("/people/alerts/:id/seen", u.people.SeeAlert)
	m.post("/people/invitations/:id/link", u.people.MakeLink)
	m.post("/people/invitations/:id/withdraw", u.people.Withdraw)
	m.get("/people/:id", u.people.Show)
	m.post("/people/:id/roles", u.people.SetRoles)
	m.post("/people/:id/grants", u.people.Grant)
	m.post("/people/:id/grants/:grant/revoke", u.people.RevokeGrant)
	m.post("/people/:id/disable", u.people.Disable)
	m.post("/people/:id/enable", u.people.Enable)
	m.post("/people/:id/invite", u.people.InviteAgain)
	m.post("/people/:id/sessions/:session/end", u.people.EndSession)
	m.post("/people/:id/passkeys/:passkey/remove", u.people.RemovePasskey)
	m.post("/people/:id/tokens/:token/revoke", u.people.RevokeToken)
}

func (u *UI) registerCertificates(m members) {
	m.get("/certificates", u.certificates.List)
	m.get("/certificates/list.csv", u.certificates.ListFile)
	m.post("/certificates/retire", u.certificates.RetireChosen)
	m.get("/certificates/upload", u.certificates.UploadForm)
	m.post("/certificates/upload", u.certificates.Upload)
	m.post("/certificates/check", u.certificates.Check)
	m.get("/certificates/csr", u.certificates.CSRForm)
	m.post("/certificates/csr", u.certificates.CreateCSR)
	m.get("/certificates/csrs", u.certificates.ListCSRs)
	m.get("/certificates/csrs/:id", u.certificates.ShowCSR)
	m.get("/certificates/csrs/:id/csr", u.certificates.DownloadCSR)
	m.get("/certificates/:id", u.certificates.Show)
	m.post("/certificates/:id/chain", u.certificates.SetChain)
	m.post("/certificates/:id/chain/completion", u.certificates.CompleteChain)
	m.post("/certificates/:id/chain/files", u.certificates.UploadChain)
	m.post("/certificates/:id/link", u.certificates.Link)
	m.post("/certificates/:id/unlink", u.certificates.Unlink)
	m.post("/certificates/:id/revocation", u.certificates.AskRevocation)
	m.post("/certificates/:id/retire", u.certificates.Retire)
	m.post("/certificates/:id/destroy", u.certificates.Destroy)
	m.post("/certificates/:id/allow-export", u.certificates.AllowExport)
	m.post("/certificates/:id/export-links", u.certificates.MakeExportLink)
	m.post("/certificates/:id/copies", u.certificates.DeclareCopy)
	m.post("/certificates/:id/copies/:copy/end", u.certificates.EndCopy)
	m.get("/key-copies", u.certificates.ListCopies)
	m.get("/trusted-lists", u.certificates.TrustedLists)
	m.get("/registers", u.certificates.RegisterList)
	m.post("/registers/:id/file", u.certificates.ImportRegister)
	m.get("/certificates/:id/compare", u.certificates.Compare)
	m.get("/certificates/:id/pem", u.certificates.Download)
}

func (u *UI) registerFirm(m members) {
	m.get("/firm", u.firm.Show)
	m.post("/organizations", u.firm.AddOrganization)
	m.get("/organizations/:id", u.firm.ShowOrganization)
	m.post("/organizations/:id", u.firm.EditOrganization)
	m.post("/organizations/:id/archive", u.firm.ArchiveOrganization)
	m.get("/applications", u.firm.ListApplications)
	m.post("/applications", u.firm.AddApplication)
	m.get("/applications/:id", u.firm.ShowApplication)
	m.post("/applications/:id", u.firm.EditApplication)
	m.post("/applications/:id/archive", u.firm.ArchiveApplication)
}

func (u *UI) registerRegistrations(m members) {
	m.get("/institutions", u.institutions.List)
	m.get("/institutions/:id", u.institutions.Show)
	m.get("/catalogue-files", u.institutions.ListFiles)
	m.post("/catalogue-files", u.institutions.ReadFiles)
	m.get("/catalogue-files/:bank/:sha256", u.institutions.DownloadFile)
	m.post("/catalogue-files/:bank/:sha256/take", u.institutions.TakeFile)
	m.post("/catalogue-files/:bank/:sha256/decline", u.institutions.DeclineFile)
	m.post("/catalogue-files/:bank/:sha256/reconsider", u.institutions.ReconsiderFile)
	m.post("/institutions/:id/issuer", u.institutions.ConfirmIssuer)
	m.post("/institutions/:id/trust", u.institutions.TrustIssuer)
	m.post("/institutions/:id/facts", u.institutions.RecordFact)
	m.post("/institutions/:id/facts/:fact/withdraw", u.institutions.WithdrawFact)
	m.post("/registrations", u.institutions.Register)
	m.get("/enrolments/:id", u.institutions.ShowEnrolment)
	m.post("/enrolments/:id", u.institutions.EditEnrolment)

	m.get("/imports", u.imports.Form)
	m.post("/imports", u.imports.Request)
	m.post("/imports/check", u.imports.Check)
	m.get("/imports/:id", u.imports.Show)
	m.post("/imports/:id/evidence", u.imports.AddEvidence)

	m.get("/registrations", u.registrations.List)
	m.get("/registrations/list.csv", u.registrations.ListFile)
	m.get("/registrations/:id", u.registrations.Show)
	m.post("/registrations/:id/bundle", u.registrations.SaveBundle)
	m.post("/registrations/:id/test", u.registrations.TestConnection)
	m.post("/registrations/:id/activate", u.registrations.Activate)
	m.post("/registrations/:id/retire", u.registrations.Retire)
	m.post("/registrations/:id/archive", u.registrations.Archive)

	m.post("/registrations/:id/steps", u.registrationSteps.EditSeveral)
	registerSteps(m, "/registrations/:id/steps/:step", u.registrationSteps)
	registerSteps(m, "/enrolments/:id/steps/:step", u.enrolmentSteps)
	m.get("/evidence/:id", u.registrationSteps.DownloadEvidence) // of either
}

func registerSteps(m members, step string, h *steps.Handler) {
	m.post(step, h.Edit)
	m.post(step+"/evidence", h.AddEvidence)
	m.get(step+"/email", h.ShowEmail)
	m.get(step+"/email.eml", h.DownloadEmail)
	m.get(step+"/email/attachments/:n", h.DownloadAttachment)
	m.post(step+"/sent", h.RecordSent)
	m.post(step+"/answer", h.RecordAnswer)
}

func (u *UI) registerTrial(m members) {
	m.get("/try", u.trial.Overview)
	m.get("/callback", u.trial.Callback)
	m.get("/registrations/:id/accounts", u.trial.AccountsForm)
	m.post("/registrations/:id/authorize", u.trial.Authorize)
	m.get("/consents", u.trial.ListConsents)
	m.get("/consents/:id", u.trial.ShowConsent)
	m.post("/consents/:id/revoke", u.trial.RevokeConsent)
	m.get("/consents/:id/accounts/:account", u.trial.Transactions)
	m.get("/registrations/:id/payment", u.trial.PaymentForm)
	m.post("/registrations/:id/payment", u.trial.CreatePayment)
	m.get("/payments", u.trial.ListPayments)
	m.get("/payments/:id", u.trial.ShowPayment)
	m.post("/payments/:id/cancel", u.trial.CancelPayment)
}

// passkeys say whether somebody has one, and whether it is them who has signed.
type passkeys interface {
	Available() bool
	Usable(ctx context.Context, caller access.Caller) bool
	Confirm(ctx context.Context, caller access.Caller, held secret.Text, answer []byte) error
}

// tries slows down who tries again and again.
type tries interface {
	EnterAs(ctx context.Context, account string) error
}

// members are the routes for people who are signed in. Who is not is sent to do so, and back.
type members struct {
	group    *echo.Group
	pages    *page.Responder
	sessions *session.Manager
	passkeys passkeys
	throttle tries
	joined   bool // for those who have come by invitation once they have a passkey
}

type handler func(c echo.Context, v session.Visit) error

func (m members) get(path string, h handler)  { m.group.GET(path, m.signedIn(h)) }
func (m members) post(path string, h handler) { m.group.POST(path, m.signedIn(m.confirming(h))) }

func (m members) signedIn(h handler) echo.HandlerFunc {
	return func(c echo.Context) error {
		v := session.VisitOf(c)
		if v.Caller.ID == "" {
			next := "/"
			if c.Request().Method == http.MethodGet {
				next = c.Request().URL.RequestURI()
			}
			return m.pages.Redirect(c, "/sign-in?"+url.Values{"next": {next}}.Encode())
		}
		if m.joined && v.How == identity.ByInvitation && m.passkeys.Available() &&
			!m.passkeys.Usable(c.Request().Context(), v.Caller) {
			return m.pages.Redirect(c, link.Account)
		}
		return h(c, v)
	}
}

// confirming takes the reader's word that it is them, where a form has it: a passkey's signature, made just now.
func (m members) confirming(h handler) handler {
	return func(c echo.Context, v session.Visit) error {
		r := c.Request()
		if strings.HasPrefix(r.Header.Get(echo.HeaderContentType), echo.MIMEApplicationForm) {
			if answer := r.PostFormValue(page.ConfirmField); answer != "" {
				if err := m.confirm(c, v, answer); err != nil {
					return err
				}
			}
		}
		return h(c, session.VisitOf(c))
	}
}

func (m members) confirm(c echo.Context, v session.Visit, answer string) error {
	ctx := c.Request().Context()
	if err := m.throttle.EnterAs(ctx, v.Caller.ID); err != nil {
		return err
	}
	if err := m.passkeys.Confirm(ctx, v.Caller, m.sessions.Held(c), []byte(answer)); err != nil {
		return err
	}
	return m.sessions.Confirmed(c)
}
