package registrations

import (
	"context"
	"encoding/json"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/issuer"
	"github.com/sealkeeper/sealkeeper/web/ui/link"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
	"github.com/sealkeeper/sealkeeper/web/ui/wording"
)

// Connections tests the connection to a bank.
type Connections interface {
	Test(ctx context.Context, caller access.Caller, registrationID string) (issuer.TestReport, error)
}

// Reports keeps, in the browser's session, the report that the next page shows.
type Reports interface {
	Put(ctx context.Context, key string, value any)
	PopBytes(ctx context.Context, key string) []byte
}

func reportKey(registrationID string) string { return "report" + registrationID }

// TestConnection connects to the bank with the newest version.
func (h *Handler) TestConnection(c echo.Context, v session.Visit) error {
	ctx, id := c.Request().Context(), c.Param("id")
	result, err := h.Connections.Test(ctx, v.Caller, id)
	if err != nil {
		return h.Refuse(c, v, err)
	}
	kept, err := json.Marshal(newReport(result))
	if err != nil {
		return err
	}
	h.Reports.Put(ctx, reportKey(id), kept)
	return h.Pages.Redirect(c, link.Registration(id)+"#test")
}

// takeReport is the connection test just made, nil for none.
func (h *Handler) takeReport(ctx context.Context, tr *wording.Translator, id string) (*testResult, error) {
	kept := h.Reports.PopBytes(ctx, reportKey(id))
	if kept == nil {
		return nil, nil
	}
	var r report
	if err := json.Unmarshal(kept, &r); err != nil {
		return nil, err
	}
	return r.say(tr), nil
}
