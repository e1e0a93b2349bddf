package approvals

import (
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/web/ui/link"
	"github.com/sealkeeper/sealkeeper/web/ui/page"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
	"github.com/sealkeeper/sealkeeper/web/ui/wording"
)

// approvalPage is one request: exactly what would change, and who says so.
type approvalPage struct {
	page.Page
	approval.Request
	Rows      []changeRow
	MayDecide bool
	MayReview bool
	ByOne     bool // who is on call, alone
	Own       bool
	Open      bool
	URL       string // of the object
	Note      string // what was typed, when it was refused
	NoteSays  wording.Sentence
}

// Show shows a request.
func (h *Handler) Show(c echo.Context, v session.Visit) error {
	return h.show(c, v, nil)
}

// show shows a request, with the reason why something was refused if it was.
func (h *Handler) show(c echo.Context, v session.Visit, refused error) error {
	r, err := h.Approvals.Get(c.Request().Context(), v.Caller, c.Param("id"))
	if err != nil {
		return err
	}
	tr := h.Pages.Translator(c)
	data := approvalPage{
		Page:      h.Pages.Named(c, "approvals", tr.Enum("action", r.Kind)),
		Request:   r,
		MayDecide: h.Approvals.MayDecide(c.Request().Context(), v.Caller, r),
		MayReview: h.Approvals.Reviewable(c.Request().Context(), v.Caller, r),
		ByOne:     r.Alone(),
		Own:       r.RequestedBy == v.Caller.ID,
		Open:      open(r),
		URL:       objectURL(r),
		Note:      c.FormValue("note"),
		NoteSays:  tr.Note(r.Note),
	}
	status, why := h.Pages.Refusal(c, refused)
	data.Path, data.Problem = link.Approval(r.ID), why
	for _, change := range r.Changes {
		named := h.byName(c.Request().Context(), v, tr, change)
		data.Rows = append(data.Rows, sayChange(tr, r.Object, named))
	}
	return h.Pages.Render(c, status, "approvals/approval", data)
}

// objectURL is where what changes is shown.
func objectURL(r approval.Request) string {
	switch r.Kind {
	case access.CertRetire, access.CertDestroy, access.CertChain, access.KeyAllowExport:
		return link.Certificate(r.Object)
	case access.CampaignApprove:
		return link.Campaign(r.Object)
	case access.RegistrationImport:
		return link.Import(r.Object)
	case access.BankFactRecord:
		return link.Institution(r.Object)
	case access.CatalogueTake:
		return link.CatalogueFiles
	case access.PolicyChange:
		return link.Policy
	case access.ApplicationChange:
		return link.Application(r.Object)
	case access.ServiceChange:
		return link.Service(r.Object)
	case access.PaymentNotSent:
		return link.Payment(r.Object)
	case access.BankAnswer:
		if subject := r.Payload["subject"]; strings.Contains(subject, ".") {
			return link.Enrolment(subject)
		}
		return link.Registration(r.Payload["subject"])
	}
	return link.Registration(r.Object)
}
