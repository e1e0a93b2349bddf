package registrations

import (
	"context"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/web/ui/form"
	"github.com/sealkeeper/sealkeeper/web/ui/link"
	"github.com/sealkeeper/sealkeeper/web/ui/page"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
)

// Switch takes versions into and out of use, and registrations into the archive.
type Switch interface {
	RequestChange(
		ctx context.Context, caller access.Caller, registrationID string, a registration.ChangeRequest,
	) (r approval.Request, done bool, err error)
	SetArchived(ctx context.Context, caller access.Caller, kind registration.NamedKind, id string, archived bool) error
}

// Activate takes a version into use.
func (h *Handler) Activate(c echo.Context, v session.Visit) error {
	return h.change(c, v, false, "notice.activated")
}

// Retire takes the version in use out of use.
func (h *Handler) Retire(c echo.Context, v session.Visit) error {
	return h.change(c, v, true, "notice.retired")
}

// Archive archives the registration, or takes it out of the archive.
func (h *Handler) Archive(c echo.Context, v session.Visit) error {
	id, archived := c.Param("id"), c.FormValue("archived") == "true"
	err := h.Service.SetArchived(c.Request().Context(), v.Caller, registration.NamedRegistration, id, archived)
	if err != nil {
		return h.Refuse(c, v, err)
	}
	return h.Pages.Done(c, page.ArchiveNotice(archived), link.Registration(id))
}

// change has the version of the form taken into or out of use, or somebody else asked whether it may be.
func (h *Handler) change(c echo.Context, v session.Visit, retire bool, notice string) error {
	number, err := strconv.Atoi(c.FormValue("version"))
	if err != nil {
		return h.Refuse(c, v, fault.Wrap(err, fault.Invalid, "version_invalid", "Say which version to activate."))
	}
	id := c.Param("id")
	_, done, err := h.Service.RequestChange(c.Request().Context(), v.Caller, id, registration.ChangeRequest{
		Version: number,
		Retire:  retire,
		Reason:  form.Text(c, "reason"),
		Content: c.FormValue("content"),
		Alone:   c.FormValue("alone") != "",
	})
	if err != nil {
		return h.Refuse(c, v, err)
	}
	if !done {
		notice = "notice.requested"
	}
	return h.Pages.Done(c, notice, link.Registration(id))
}
