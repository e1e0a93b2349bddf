package campaigns

import (
	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/internal/campaign"
	"github.com/sealkeeper/sealkeeper/web/ui/form"
	"github.com/sealkeeper/sealkeeper/web/ui/link"
	"github.com/sealkeeper/sealkeeper/web/ui/lists"
	"github.com/sealkeeper/sealkeeper/web/ui/page"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
)

type campaignPage struct {
	page.Page
	campaign.Campaign
	Counts   campaign.Counts
	Progress []progress
	Waiting  *approval.Request // for a second person; nil: nobody
	Pairs    []pair
	List     lists.List
	Lines    []campaign.Line
	Former   []former // old certificates, once nothing else is left to do
	Reason   string   // as typed, when it was refused
	Keeping  string   // the certificate that it is about; empty: none
}

// progress is how many registrations are in a state; the link shows them.
type progress struct {
	State campaign.LineState
	N     int
	URL   string
}

// Startable reports whether it can be started, or go on.
func (p campaignPage) Startable() bool {
	return p.State == campaign.Approved || p.State == campaign.Paused
}

// RollbackPossible reports whether the new certificates may be in use somewhere, and the way back is agreed to.
func (p campaignPage) RollbackPossible() bool {
	return p.Agreed != "" && p.State != campaign.Ended && !retired(p.Pairs) &&
		(p.Counts.States[campaign.Activated]+p.Counts.States[campaign.Followed] > 0 ||
			p.Kind == campaign.OfCertificates && p.Counts.States[campaign.Confirmed] > 0)
}

// Next is the state whose next step the page tells.
func (p campaignPage) Next() string {
	if p.Waiting != nil {
		return "waiting"
	}
	if p.Retiring(p.Counts) {
		return "retire"
	}
	if p.Kind == campaign.OfSecrets && (p.State == campaign.Running || p.State == campaign.Done) {
		return "secrets_" + string(p.State)
	}
	return string(p.State)
}

// Show shows a campaign with a page of its registrations.
func (h *Handler) Show(c echo.Context, v session.Visit) error { return h.show(c, v, nil) }

func (h *Handler) show(c echo.Context, v session.Visit, refused error) error {
	ctx, id := c.Request().Context(), c.Param("id")
	q := campaign.Lines.Query()
	var err error
	if c.Request().Method == "GET" {
		if q, err = campaign.Lines.Parse(c.QueryParams()); err != nil {
			return err
		}
	}
	found, counts, waiting, err := h.Service.Campaign(ctx, v.Caller, id)
	if err != nil {
		return err
	}
	lines, err := h.Service.Lines(ctx, v.Caller, id, q)
	if err != nil {
		return err
	}
	data := campaignPage{
		Page:     h.Pages.Named(c, "campaigns", found.Name),
		Campaign: found,
		Counts:   counts,
		Waiting:  waiting,
		List:     lists.Of(c, q, lines),
		Lines:    lines.Items,
		Reason:   form.Text(c, "reason"),
		Keeping:  form.Text(c, "certificate"),
	}
	for _, state := range campaign.LineStates {
		if n := counts.States[state]; n > 0 {
			data.Progress = append(data.Progress, progress{state, n, link.Campaign(id) + "?state=" + string(state)})
		}
	}
	var ids []string
	for _, p := range found.Pairs {
		ids = append(ids, p.Old, p.New)
	}
	named, err := h.Certificates.Named(ctx, v.Caller, ids)
	if err != nil {
		return err
	}
	for _, p := range found.Pairs {
		data.Pairs = append(data.Pairs, pair{named[p.Old], named[p.New]})
	}
	if found.Retiring(counts) || found.State == campaign.Done {
		if data.Former, err = h.former(c, v, found, named); err != nil {
			return err
		}
	}
	status, why := h.Pages.Refusal(c, refused)
	data.Path, data.Problem = link.Campaign(id), why
	return h.Pages.Render(c, status, "campaigns/campaign", data)
}

// Act does what the form asks with the whole campaign.
func (h *Handler) Act(c echo.Context, v session.Visit) error {
	ctx, id := c.Request().Context(), c.Param("id")
	notice, err := "notice.campaign_changed", error(nil)
	switch c.FormValue("act") {
	case "plan":
		err = h.Service.Replan(ctx, v.Caller, id)
	case "request":
		var done bool
		if _, done, err = h.Service.Request(ctx, v.Caller, id, form.Text(c, "reason")); !done {
			notice = "notice.requested"
		}
	case "start":
		err = h.Service.Start(ctx, v.Caller, id)
	case "pause":
		err = h.Service.Pause(ctx, v.Caller, id)
	case "end":
		err = h.Service.End(ctx, v.Caller, id)
	case "roll_back":
		_, err = h.Service.RollBack(ctx, v.Caller, id)
	case "keep":
		err = h.Service.Keep(ctx, v.Caller, id, c.FormValue("certificate"), form.Text(c, "reason"))
	default:
		err = actUnknown()
	}
	if err != nil {
		return h.show(c, v, err)
	}
	return h.Pages.Done(c, notice, link.Campaign(id))
}
