package certificates

import (
	"context"
	"io"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/registers"
	"github.com/sealkeeper/sealkeeper/web/intake"
	"github.com/sealkeeper/sealkeeper/web/ui/page"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
)

// Registers knows what registers of payment firms say.
type Registers interface {
	OfCertificate(ctx context.Context, caller access.Caller, id string) (registers.Verdict, error)
	List(ctx context.Context, caller access.Caller) ([]registers.Standing, error)
	Import(ctx context.Context, caller access.Caller, id string, content io.Reader) (registers.Standing, error)
}

func (h *Handler) authorisation(c echo.Context, v session.Visit, data *certificatePage) error {
	verdict, err := h.Registers.OfCertificate(c.Request().Context(), v.Caller, data.Record.ID)
	data.Authorised = verdict
	return err
}

type registersPage struct {
	page.Page
	Registers []registerRow
}

// registerRow is a register on the page of registers.
type registerRow struct {
	registers.Standing
	Late bool
}

// RegisterList shows the registers and how they stand.
func (h *Handler) RegisterList(c echo.Context, v session.Visit) error {
	return h.showRegisters(c, v, nil)
}

func (h *Handler) showRegisters(c echo.Context, v session.Visit, refused error) error {
	all, err := h.Registers.List(c.Request().Context(), v.Caller)
	if err != nil {
		return err
	}
	data := registersPage{Page: h.Pages.Page(c, "certificates", "register.list")}
	status, why := h.Pages.Refusal(c, refused)
	data.Problem = why
	for _, one := range all {
		data.Registers = append(data.Registers, registerRow{one, one.Stale(h.Now())})
	}
	return h.Pages.Render(c, status, "certificates/registers", data)
}

// ImportRegister takes a file that somebody has downloaded.
func (h *Handler) ImportRegister(c echo.Context, v session.Visit) error {
	file, err := intake.Stream(c.Request())
	if err == nil {
		_, err = h.Registers.Import(c.Request().Context(), v.Caller, c.Param("id"), file)
	}
	if err != nil {
		return h.showRegisters(c, v, err)
	}
	return h.Pages.Done(c, "notice.register", "/registers")
}
