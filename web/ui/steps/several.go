package steps

import (
	"slices"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/registration/checklist"
	"github.com/sealkeeper/sealkeeper/web/ui/form"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
)

// EditSeveral notes of the steps that were ticked that they are done, in the order of the checklist: each on its own,
// with the checks that it has. Where one is refused, those before it are noted, and the page says why.
func (h *Handler) EditSeveral(c echo.Context, v session.Visit) error {
	ctx, id, done := c.Request().Context(), c.Param("id"), checklist.Done
	values, err := form.Values(c)
	if err != nil {
		return h.refuse(c, v, err)
	}
	if len(values["step"]) == 0 {
		return h.refuse(c, v, fault.New(fault.Invalid, "steps_missing", "Tick the steps that are done."))
	}
	of, err := h.find(ctx, v.Caller, id)
	if err != nil {
		return err
	}
	notice := "notice.steps"
	for _, step := range of.Steps {
		if !slices.Contains(values["step"], step.ID) {
			continue
		}
		err := h.Service.EditStep(ctx, v.Caller, id, step.ID, checklist.Edit{State: &done})
		if h.Pages.ChangeRequested(err) {
			notice = "notice.change_requested"
		} else if err != nil {
			return h.refuse(c, v, err)
		}
	}
	return h.Pages.Done(c, notice, h.parentURL(c)+"#checklist")
}
