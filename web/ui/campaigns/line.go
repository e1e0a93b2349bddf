package campaigns

import (
	"errors"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/campaign"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
	"github.com/sealkeeper/sealkeeper/registration/email"
	"github.com/sealkeeper/sealkeeper/web/ui/form"
	"github.com/sealkeeper/sealkeeper/web/ui/link"
	"github.com/sealkeeper/sealkeeper/web/ui/page"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
	"github.com/sealkeeper/sealkeeper/web/ui/wording"
)

type linePage struct {
	page.Page
	campaign.Line
	Campaign campaign.Campaign
	In       catalogue.Institution
	Facts    []fact
	Pairs    []pair
	Suggests string // moment of the form, by the bank's clock
	Failed   wording.Sentence
	Email    email.Draft
	NoEmail  *wording.Sentence // why there is none
	Answer   campaign.Answer   // as typed, when it was refused
}

// fact is one of the bank's rule of change.
type fact struct {
	Key string
	catalogue.Fact
}

// Settled reports whether nothing is to be done there any more.
func (p linePage) Settled() bool { return !p.State.Open() }

// Next is the state whose next step the page tells.
func (p linePage) Next() string {
	next := p.next()
	switch {
	case !p.Secrets() || !secretStates[next]:
		return next
	case p.Campaign.StartedAt.IsZero():
		return "secret_untold"
	case next == "untold":
		return "secret_planned"
	}
	return "secret_" + next
}

// secretStates are those whose next step is another one where a client secret is replaced.
var secretStates = map[string]bool{
	"planned": true, "untold": true, "activated": true, "confirmed": true, "rolled_back": true, "left_out": true,
}

// Secrets reports whether the campaign replaces client secrets.
func (p linePage) Secrets() bool { return p.Campaign.Kind == campaign.OfSecrets }

// Leavable reports whether the registration can still be left out.
func (p linePage) Leavable() bool {
	return p.State != campaign.Activated && p.State != campaign.Followed && p.State != campaign.Ending
}

// Movable reports whether the moment of the change can be set: a new client secret is there before it can.
func (p linePage) Movable() bool {
	return p.Leavable() && (!p.Secrets() || p.Swap.NewSecret != "")
}

// Chooses reports whether the moment of a new secret can be chosen: the bank accepts the former one beside it.
func (p linePage) Chooses() bool { return p.In.Acceptance.SecretRule().Overlap == "yes" }

// Recordable reports whether a new client secret can be recorded.
func (p linePage) Recordable() bool {
	return p.Secrets() && p.Campaign.State == campaign.Running &&
		(p.State == campaign.Planned || p.State == campaign.Prepared || p.State == campaign.Failed)
}

// FormerEndable reports whether a person can note that the former secret was ended at the bank: when services have
// followed, or in a campaign that was given up, which no longer looks whether they have.
func (p linePage) FormerEndable() bool {
	return p.State == campaign.Followed || p.Secrets() && p.Campaign.State == campaign.Ended &&
		(p.State == campaign.Activated || p.State == campaign.Ending)
}

func (p linePage) next() string {
	switch {
	case p.Settled():
		return string(p.State)
	case p.Campaign.State == campaign.Paused || p.Campaign.State.Over():
		return "campaign_" + string(p.Campaign.State)
	case p.State == campaign.Planned && !p.In.Acceptance.Rule().Announced():
		return "untold"
	case p.SwitchAt.IsZero() && (p.State == campaign.Answered || p.State == campaign.Prepared ||
		p.State == campaign.Tested):
		return "no_moment"
	}
	return string(p.State)
}

// RollbackPossible reports whether the new certificates may be in use.
func (p linePage) RollbackPossible() bool {
	return p.CanGoBack() && !retired(p.Pairs)
}

// ShowLine shows one registration of a campaign.
func (h *Handler) ShowLine(c echo.Context, v session.Visit) error { return h.showLine(c, v, nil) }

func (h *Handler) showLine(c echo.Context, v session.Visit, refused error) error {
	ctx, id, registrationID := c.Request().Context(), c.Param("id"), c.Param("registration")
	found, _, _, err := h.Service.Campaign(ctx, v.Caller, id)
	if err != nil {
		return err
	}
	l, in, err := h.Service.Line(ctx, v.Caller, id, registrationID)
	if err != nil {
		return err
	}
	data := linePage{
		Page:     h.Pages.Named(c, "campaigns", l.Name),
		Line:     l,
		Campaign: found,
		In:       in,
		Suggests: h.suggested(c, l, in),
		Failed:   h.Pages.Translator(c).Note(l.Failure),
		Answer:   campaign.Answer{From: form.Text(c, "from"), Note: form.Text(c, "note")},
	}
	for _, key := range catalogue.AcceptanceKeys {
		if (key == catalogue.KeySecretOverlap) != data.Secrets() {
			continue
		}
		data.Facts = append(data.Facts, fact{key, in.Acceptance.Fact(key)})
	}
	named, err := h.Certificates.Named(ctx, v.Caller, []string{
		l.Swap.OldQWAC, l.Swap.NewQWAC, l.Swap.OldQSealC, l.Swap.NewQSealC,
	})
	if err != nil {
		return err
	}
	for _, ids := range [][2]string{{l.Swap.OldQWAC, l.Swap.NewQWAC}, {l.Swap.OldQSealC, l.Swap.NewQSealC}} {
		if ids[0] != "" {
			data.Pairs = append(data.Pairs, pair{named[ids[0]], named[ids[1]]})
		}
	}
	if !data.Secrets() && (l.State == campaign.Planned || l.State == campaign.Announced) {
		data.Email, err = h.Service.PrepareEmail(ctx, v.Caller, id, registrationID, string(v.Lang))
		switch {
		case errors.Is(err, fault.Conflict): // the new certificate cannot be used any more: there is no e-mail
			_, data.NoEmail = h.Pages.Refusal(c, err)
		case err != nil:
			return err
		}
	}
	status, why := h.Pages.Refusal(c, refused)
	data.Path, data.Problem = link.CampaignLine(id, registrationID), why
	return h.Pages.Render(c, status, "campaigns/line", data)
}

// suggested is the moment in the form: what was typed, what is noted, or what was planned.
func (h *Handler) suggested(c echo.Context, l campaign.Line, in catalogue.Institution) string {
	if typed := form.Text(c, "switch_at"); typed != "" {
		return typed
	}
	at := l.SwitchAt
	if at.IsZero() {
		at = l.Plan.Suggested
	}
	return at.In(in.Zone()).Format(form.LocalTime)
}

// DownloadEmail is the e-mail as a file for a mail program.
func (h *Handler) DownloadEmail(c echo.Context, v session.Visit) error {
	draft, err := h.Service.PrepareEmail(c.Request().Context(), v.Caller, c.Param("id"), c.Param("registration"),
		string(v.Lang))
	if err != nil {
		return err
	}
	return h.Pages.Download(c, "bank.eml", "message/rfc822", draft.EML(h.Now()))
}

// ActOnLine does what the form asks with one registration.
func (h *Handler) ActOnLine(c echo.Context, v session.Visit) error {
	if err := h.actOnLine(c, v); err != nil {
		return h.showLine(c, v, err)
	}
	return h.Pages.Done(c, "notice.campaign_changed", link.CampaignLine(c.Param("id"), c.Param("registration")))
}

func (h *Handler) actOnLine(c echo.Context, v session.Visit) error {
	ctx, id, registrationID := c.Request().Context(), c.Param("id"), c.Param("registration")
	switch c.FormValue("act") {
	case "announce":
		return h.Service.Announce(ctx, v.Caller, id, registrationID)
	case "answer":
		at, err := h.moment(c, v)
		if err != nil {
			return err
		}
		return h.Service.RecordAnswer(ctx, v.Caller, id, registrationID, campaign.Answer{
			From:     form.Text(c, "from"),
			Note:     form.Text(c, "note"),
			Refused:  c.FormValue("refused") != "",
			SwitchAt: at,
		})
	case "schedule":
		at, err := h.moment(c, v)
		if err != nil {
			return err
		}
		return h.Service.Schedule(ctx, v.Caller, id, registrationID, at)
	case "secret":
		return h.recordSecret(c, v)
	case "former_ended":
		return h.Service.EndFormer(ctx, v.Caller, id, registrationID)
	case "test":
		report, err := h.Service.Test(ctx, v.Caller, id, registrationID)
		if err == nil && !report.Passed {
			err = fault.New(fault.Conflict, "campaign_test_failed",
				"The connection test with the new certificates failed, so nothing was changed: %s", report.Says.Text)
		}
		return err
	case "retry":
		return h.Service.Retry(ctx, v.Caller, id, registrationID)
	case "leave_out":
		return h.Service.LeaveOut(ctx, v.Caller, id, registrationID)
	case "roll_back":
		return h.Service.RollBackLine(ctx, v.Caller, id, registrationID)
	}
	return actUnknown()
}

// moment is what was typed, by the bank's clock.
func (h *Handler) moment(c echo.Context, v session.Visit) (time.Time, error) {
	_, in, err := h.Service.Line(c.Request().Context(), v.Caller, c.Param("id"), c.Param("registration"))
	if err != nil {
		return time.Time{}, err
	}
	return form.Moment(form.Text(c, "switch_at"), in.Zone())
}

func actUnknown() error {
	return fault.New(fault.Invalid, "act_unknown", "There is no such act; the description of the operation names them.")
}
