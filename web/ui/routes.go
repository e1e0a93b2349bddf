package ui

import (
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/web/ui/page"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
	"github.com/sealkeeper/sealkeeper/web/ui/steps"
)

// Register adds the console's routes.
func (u *UI) Register(e *echo.Echo) {
	e.GET("/assets/:sum/:name", u.pages.Asset)

	g := e.Group("", u.sessions.Middleware)
	g.GET("/sign-in", u.signin.Form)
	g.POST("/sign-in", u.signin.SignIn)
	g.POST("/sign-out", u.signin.SignOut)
	g.POST("/language", u.signin.ChooseLanguage)

	m := members{group: g, pages: u.pages}
	m.get("/", u.home.Show)
	m.get("/audit", u.auditlog.Show)
	m.get("/approvals", u.approvals.List)
	m.get("/approvals/:id", u.approvals.Show)
	m.post("/approvals/:id/approve", u.approvals.Approve)
	m.post("/approvals/:id/reject", u.approvals.Reject)
	m.post("/approvals/:id/withdraw", u.approvals.Withdraw)
	m.get("/policy", u.policy.Show)
	m.post("/policy", u.policy.Change)

	u.registerCertificates(m)
	u.registerFirm(m)
	u.registerRegistrations(m)
	u.registerTrial(m)
}

func (u *UI) registerCertificates(m members) {
	m.get("/certificates", u.certificates.List)
	m.get("/certificates/upload", u.certificates.UploadForm)
	m.post("/certificates/upload", u.certificates.Upload)
	m.post("/certificates/check", u.certificates.Check)
	m.get("/certificates/request", u.certificates.CSRForm)
	m.post("/certificates/request", u.certificates.CreateCSR)
	m.get("/certificates/requests/:id", u.certificates.ShowCSR)
	m.get("/certificates/requests/:id/csr", u.certificates.DownloadCSR)
	m.get("/certificates/:id", u.certificates.Show)
	m.post("/certificates/:id/chain", u.certificates.SetChain)
	m.post("/certificates/:id/chain/completion", u.certificates.CompleteChain)
	m.post("/certificates/:id/chain/files", u.certificates.UploadChain)
	m.post("/certificates/:id/retire", u.certificates.Retire)
	m.post("/certificates/:id/destroy", u.certificates.Destroy)
	m.post("/certificates/:id/allow-export", u.certificates.AllowExport)
	m.get("/certificates/:id/compare", u.certificates.Compare)
	m.get("/certificates/:id/pem", u.certificates.Download)
}

func (u *UI) registerFirm(m members) {
	m.get("/firm", u.firm.Show)
	m.post("/organizations", u.firm.AddOrganization)
	m.get("/organizations/:id", u.firm.ShowOrganization)
	m.post("/organizations/:id", u.firm.EditOrganization)
	m.post("/applications", u.firm.AddApplication)
	m.get("/applications/:id", u.firm.ShowApplication)
	m.post("/applications/:id", u.firm.EditApplication)
}

func (u *UI) registerRegistrations(m members) {
	m.get("/institutions", u.institutions.List)
	m.get("/institutions/:id", u.institutions.Show)
	m.post("/registrations", u.institutions.Register)
	m.get("/enrolments/:id", u.institutions.ShowEnrolment)
	m.post("/enrolments/:id", u.institutions.EditEnrolment)

	m.get("/registrations", u.registrations.List)
	m.get("/registrations/:id", u.registrations.Show)
	m.post("/registrations/:id/bundle", u.registrations.SaveBundle)
	m.post("/registrations/:id/test", u.registrations.TestConnection)
	m.post("/registrations/:id/activate", u.registrations.Activate)
	m.post("/registrations/:id/retire", u.registrations.Retire)

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
	m.get("/registrations/:id/authorize", u.trial.Authorize)
	m.get("/consents/:id", u.trial.ShowConsent)
	m.post("/consents/:id/revoke", u.trial.RevokeConsent)
	m.get("/consents/:id/accounts/:account", u.trial.Transactions)
	m.get("/registrations/:id/payment", u.trial.PaymentForm)
	m.post("/registrations/:id/payment", u.trial.CreatePayment)
	m.get("/payments/:id", u.trial.ShowPayment)
	m.post("/payments/:id/cancel", u.trial.CancelPayment)
}

// members are the routes for people who are signed in. Who is not is sent to do so, and back.
type members struct {
	group *echo.Group
	pages *page.Responder
}

type handler func(c echo.Context, v session.Visit) error

func (m members) get(path string, h handler)  { m.group.GET(path, m.signedIn(h)) }
func (m members) post(path string, h handler) { m.group.POST(path, m.signedIn(h)) }

func (m members) signedIn(h handler) echo.HandlerFunc {
	return func(c echo.Context) error {
		v := session.VisitOf(c)
		if v.Caller.ID != "" {
			return h(c, v)
		}
		next := "/"
		if c.Request().Method == http.MethodGet {
			next = c.Request().URL.RequestURI()
		}
		return m.pages.Redirect(c, "/sign-in?"+url.Values{"next": {next}}.Encode())
	}
}
