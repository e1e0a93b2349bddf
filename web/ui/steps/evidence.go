package steps

import (
	"context"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/registration/evidence"
	"github.com/sealkeeper/sealkeeper/web/intake"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
)

// Archive keeps the files that prove a step.
type Archive interface {
	AddEvidence(
		ctx context.Context, caller access.Caller, subject, stepID, name string, content []byte,
	) (evidence.File, error)
	OpenEvidence(ctx context.Context, caller access.Caller, id string) (evidence.File, []byte, error)
}

// AddEvidence keeps a file with a step.
func (h *Handler) AddEvidence(c echo.Context, v session.Visit) error {
	name, content, err := intake.One(c.Response(), c.Request(), evidence.MaxSize)
	if err != nil {
		return h.refuse(c, v, err)
	}
	_, err = h.Service.AddEvidence(c.Request().Context(), v.Caller, c.Param("id"), c.Param("step"), name, content)
	if err != nil {
		return h.refuse(c, v, err)
	}
	return h.Pages.Done(c, "notice.evidence", h.stepURL(c))
}

// DownloadEvidence is a file that was kept with a step. It is never shown in place: what
// somebody uploaded is not a page of ours.
func (h *Handler) DownloadEvidence(c echo.Context, v session.Visit) error {
	e, content, err := h.Service.OpenEvidence(c.Request().Context(), v.Caller, c.Param("id"))
	if err != nil {
		return err
	}
	return h.Pages.File(c, e.Disposition(), e.Type, content)
}
