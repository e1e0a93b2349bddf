package campaigns

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/campaign"
	"github.com/sealkeeper/sealkeeper/internal/campaign/plan"
	"github.com/sealkeeper/sealkeeper/web/ui/ahead"
	"github.com/sealkeeper/sealkeeper/web/ui/page"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
)

type forecastPage struct {
	page.Page
	campaign.Forecast
	Renewal, Told, Untold, Day int // hours
	Coming                     []ahead.Rule
}

// ShowForecast shows the work of a year as validity falls, and whom the rules to come touch.
func (h *Handler) ShowForecast(c echo.Context, v session.Visit) error {
	ctx := c.Request().Context()
	f, err := h.Service.Forecast(ctx, v.Caller)
	if err != nil {
		return err
	}
	coming, err := h.Ahead.Rules(ctx, v.Caller, h.Pages.Translator(c))
	if err != nil {
		return err
	}
	return h.Pages.Render(c, http.StatusOK, "campaigns/forecast", forecastPage{
		Page:     h.Pages.Page(c, "campaigns", "forecast.title"),
		Forecast: f,
		Renewal:  plan.HoursPerRenewal,
		Told:     plan.HoursPerTold,
		Untold:   plan.HoursPerUntold,
		Day:      plan.HoursPerDay,
		Coming:   coming,
	})
}
