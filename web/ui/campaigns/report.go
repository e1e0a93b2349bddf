package campaigns

import (
	"context"
	"io"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/campaign"
	"github.com/sealkeeper/sealkeeper/web/ui/link"
	"github.com/sealkeeper/sealkeeper/web/ui/page"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
)

// reportMost bounds the page of a report; the file has all of it.
const reportMost = 200

type reportPage struct {
	page.Page
	*campaign.Report
	Approver string
	Former   []former
	Rows     []evidence
	More     bool
}

// evidence is what the report has of one registration, with names in place of ids.
type evidence struct {
	campaign.Evidence
	Announcer, Activator, Ender string
}

// ShowReport shows what was replaced where, as a page to be printed.
func (h *Handler) ShowReport(c echo.Context, v session.Visit) error {
	ctx := c.Request().Context()
	report, err := h.Service.Report(ctx, v.Caller, c.Param("id"))
	if err != nil {
		return err
	}
	tr := h.Pages.Translator(c)
	name := func(id string) string {
		return tr.Person(id, strings.TrimPrefix(h.People.Name(ctx, id), "system:"))
	}
	data := reportPage{
		Page:     h.Pages.Page(c, "campaigns", "campaign.report"),
		Report:   report,
		Approver: name(report.Campaign.ApprovedBy),
		More:     report.Len() > reportMost,
	}
	err = report.Each(ctx, reportMost, func(e campaign.Evidence) error {
		data.Rows = append(data.Rows, evidence{e, name(e.AnnouncedBy), name(e.ActivatedBy), name(e.FormerEndedBy)})
		return nil
	})
	if err != nil {
		return err
	}
	ids := make([]string, len(report.Campaign.Pairs))
	for i, p := range report.Campaign.Pairs {
		ids[i] = p.Old
	}
	named, err := h.Certificates.Named(ctx, v.Caller, ids)
	if err != nil {
		return err
	}
	if data.Former, err = h.former(c, v, report.Campaign, named); err != nil {
		return err
	}
	data.Path = link.CampaignReport(report.Campaign.ID)
	return h.Pages.Render(c, 200, "campaigns/report", data)
}

// DownloadReport is the same as a file of JSON lines.
func (h *Handler) DownloadReport(c echo.Context, v session.Visit) error {
	ctx := c.Request().Context()
	report, err := h.Service.Report(ctx, v.Caller, c.Param("id"))
	if err != nil {
		return err
	}
	return h.Pages.Stream(c, "campaign-"+report.Campaign.ID+".jsonl", audit.ExportType, func() error {
		return h.WriteReport(ctx, c.Response(), report)
	})
}

// WriteReport writes a report as the API gives it.
type WriteReport func(ctx context.Context, w io.Writer, r *campaign.Report) error
