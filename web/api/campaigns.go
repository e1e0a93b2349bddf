package api

import (
	"context"
	"encoding/json"
	"io"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/campaign"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/registration/email"
	"github.com/sealkeeper/sealkeeper/types/api"
)

func campaignRow(c campaign.Campaign) api.CampaignRow {
	return api.CampaignRow{
		ID:         c.ID,
		Name:       c.Name,
		Kind:       string(c.Kind),
		State:      string(c.State),
		Until:      moment(c.Until),
		Pairs:      each(c.Pairs, func(p campaign.Pair) api.CertificatePair { return api.CertificatePair(p) }),
		Kept:       each(c.Kept, keptCertificate),
		Eves:       c.Eves,
		CreatedBy:  c.CreatedBy,
		CreatedAt:  c.CreatedAt,
		ApprovedBy: c.ApprovedBy,
		ApprovedAt: moment(c.ApprovedAt),
		StartedAt:  moment(c.StartedAt),
		EndedAt:    moment(c.EndedAt),
	}
}

func keptCertificate(k campaign.Kept) api.KeptCertificate {
	return api.KeptCertificate{CertificateID: k.Certificate, Reason: k.Reason, KeptBy: k.By, KeptAt: k.At}
}

func campaignLine(l campaign.Line) api.CampaignLine {
	return api.CampaignLine{
		RegistrationID: l.RegistrationID,
		InstitutionID:  l.InstitutionID,
		Name:           l.Name,
		Environment:    string(l.Environment),
		State:          string(l.State),
		OldVersion:     l.OldVersion,
		NewVersion:     l.NewVersion,
		OldQWAC:        l.Swap.OldQWAC,
		NewQWAC:        l.Swap.NewQWAC,
		OldQSealC:      l.Swap.OldQSealC,
		NewQSealC:      l.Swap.NewQSealC,
		Consents:       l.Consents,
		AnnounceBy:     l.Plan.AnnounceBy,
		SwitchBy:       l.Plan.SwitchBy,
		SuggestedAt:    l.Plan.Suggested,
		Risk:           string(l.Plan.Risk),
		Gap:            l.Plan.Gap,
		Assumed:        l.Plan.Assumed,
		SwitchAt:       moment(l.SwitchAt),
		AnnouncedAt:    moment(l.AnnouncedAt),
		ToldSHA256:     l.ToldSHA256,
		AnsweredAt:     moment(l.AnsweredAt),
		AnswerFrom:     l.AnswerFrom,
		AnswerNote:     l.AnswerNote,
		ActivatedAt:    moment(l.ActivatedAt),
		FormerEndedAt:  moment(l.FormerEndedAt),
		ConfirmedAt:    moment(l.ConfirmedAt),
		FailedCode:     l.Failure.Code,
		FailedText:     l.Failure.Text,
	}
}

func (a *API) campaignRoutes(g *echo.Group) {
	g.GET("/campaigns", list(campaign.Campaigns, a.campaigns))
	g.POST("/campaigns", create(a.createCampaign))
	g.GET("/forecast", serve(a.forecast))
	g.GET("/campaigns/:id", serve(a.campaign))
	g.POST("/campaigns/:id/acts", serve(a.actOnCampaign))
	g.GET("/campaigns/:id/report", a.reportCampaign)
	g.GET("/campaigns/:id/registrations", list(campaign.Lines, a.campaignLines))
	g.GET("/campaigns/:id/registrations/:registration", serve(a.campaignLine))
	g.POST("/campaigns/:id/registrations/:registration/acts", serve(a.actOnCampaignLine))
	g.POST("/campaigns/:id/registrations/:registration/email", serve(a.campaignEmail))
}

// reportCampaign answers with a campaign's report. What goes wrong on the way breaks the answer off: the first line
// says how many follow.
func (a *API) reportCampaign(c echo.Context) error {
	ctx := c.Request().Context()
	report, err := a.Campaigns.Report(ctx, callerOf(c), c.Param("id"))
	if err != nil {
		return err
	}
	header := c.Response().Header()
	header.Set(echo.HeaderContentType, audit.ExportType)
	header.Set(echo.HeaderContentDisposition, `attachment; filename="campaign-`+report.Campaign.ID+`.jsonl"`)
	header.Set(echo.HeaderCacheControl, "no-store")
	c.Response().WriteHeader(http.StatusOK)
	return WriteReport(ctx, c.Response(), report)
}

// WriteReport writes a campaign's report as JSON lines: an api.CampaignReport, and an api.CampaignEvidence for each
// registration.
func WriteReport(ctx context.Context, w io.Writer, r *campaign.Report) error {
	lines := json.NewEncoder(w)
	if err := lines.Encode(api.CampaignReport{
		Kind:          "campaign",
		Campaign:      campaignWith(r.Campaign, r.Counts),
		ReportedAt:    r.At,
		ReportedBy:    r.By,
		Registrations: r.Len(),
	}); err != nil {
		return err
	}
	return r.Each(ctx, r.Len(), func(e campaign.Evidence) error {
		return lines.Encode(api.CampaignEvidence{
			Kind:          "registration",
			CampaignLine:  campaignLine(e.Line),
			AnnouncedBy:   e.AnnouncedBy,
			ActivatedBy:   e.ActivatedBy,
			FormerEndedBy: e.FormerEndedBy,
			InUse:         e.Serving.Version,
			Services:      each(e.Serving.Services, progressOf),
		})
	})
}

func (a *API) campaigns(r request[none], q listing.Query) (listing.Page[api.CampaignRow], error) {
	page, err := a.Campaigns.Page(r.echo.Request().Context(), r.caller, q)
	return listing.Map(page, campaignRow), err
}

func (a *API) createCampaign(r request[api.NewCampaign]) (api.Campaign, error) {
	n := campaign.Intent{Name: r.body.Name, Eves: r.body.Eves}
	for _, p := range r.body.Pairs {
		n.Pairs = append(n.Pairs, campaign.Pair{Old: p.Old, New: p.New})
	}
	if of := r.body.Secrets; of != nil {
		n.Secrets = &campaign.SecretScope{
			Registrations: of.Registrations,
			Institutions:  of.Institutions,
			Until:         of.Until,
		}
	}
	c, err := a.Campaigns.Create(r.echo.Request().Context(), r.caller, n)
	if err != nil {
		return api.Campaign{}, err
	}
	return a.campaignOf(r.echo, c.ID)
}

func (a *API) campaign(r request[none]) (api.Campaign, error) {
	return a.campaignOf(r.echo, r.echo.Param("id"))
}

func (a *API) campaignOf(c echo.Context, id string) (api.Campaign, error) {
	found, counts, waiting, err := a.Campaigns.Campaign(c.Request().Context(), callerOf(c), id)
	if err != nil {
		return api.Campaign{}, err
	}
	out := campaignWith(found, counts)
	if waiting != nil {
		out.ApprovalID = waiting.ID
	}
	return out, nil
}

func campaignWith(c campaign.Campaign, counts campaign.Counts) api.Campaign {
	out := api.Campaign{
		CampaignRow: campaignRow(c),
		States:      map[string]int{},
		Risks:       map[string]int{},
		Gaps:        counts.Gaps,
		Consents:    counts.Consents,
	}
	for state, n := range counts.States {
		out.States[string(state)] = n
	}
	for risk, n := range counts.Risks {
		out.Risks[string(risk)] = n
	}
	return out
}

func (a *API) actOnCampaign(r request[api.CampaignAct]) (api.Campaign, error) {
	ctx, id := r.echo.Request().Context(), r.echo.Param("id")
	var err error
	switch r.body.Act {
	case "plan":
		err = a.Campaigns.Replan(ctx, r.caller, id)
	case "request":
		_, _, err = a.Campaigns.Request(ctx, r.caller, id, r.body.Reason)
	case "start":
		err = a.Campaigns.Start(ctx, r.caller, id)
	case "pause":
		err = a.Campaigns.Pause(ctx, r.caller, id)
	case "end":
		err = a.Campaigns.End(ctx, r.caller, id)
	case "roll_back":
		_, err = a.Campaigns.RollBack(ctx, r.caller, id)
	case "keep":
		err = a.Campaigns.Keep(ctx, r.caller, id, r.body.CertificateID, r.body.Reason)
	default:
		err = actUnknown()
	}
	if err != nil {
		return api.Campaign{}, err
	}
	return a.campaignOf(r.echo, id)
}

func actUnknown() error {
	return fault.New(fault.Invalid, "act_unknown", "There is no such act; the description of the operation names them.")
}

func (a *API) campaignLines(r request[none], q listing.Query) (listing.Page[api.CampaignLine], error) {
	page, err := a.Campaigns.Lines(r.echo.Request().Context(), r.caller, r.echo.Param("id"), q)
	return listing.Map(page, campaignLine), err
}

func (a *API) campaignLine(r request[none]) (api.CampaignLine, error) {
	l, _, err := a.Campaigns.Line(r.echo.Request().Context(), r.caller, r.echo.Param("id"),
		r.echo.Param("registration"))
	if err != nil {
		return api.CampaignLine{}, err
	}
	return campaignLine(l), nil
}

func (a *API) actOnCampaignLine(r request[api.CampaignLineAct]) (api.CampaignLine, error) {
	ctx, id, registration := r.echo.Request().Context(), r.echo.Param("id"), r.echo.Param("registration")
	answer := campaign.Answer{From: r.body.From, Note: r.body.Note, Refused: r.body.Refused}
	if r.body.SwitchAt != nil {
		answer.SwitchAt = *r.body.SwitchAt
	}
	var err error
	switch r.body.Act {
	case "announce":
		err = a.Campaigns.Announce(ctx, r.caller, id, registration)
	case "answer":
		err = a.Campaigns.RecordAnswer(ctx, r.caller, id, registration, answer)
	case "secret":
		defer r.body.ClientSecret.Wipe()
		err = a.Campaigns.RecordSecret(ctx, r.caller, id, registration, campaign.NewSecret{
			Text:     r.body.ClientSecret,
			SwitchAt: answer.SwitchAt,
		})
	case "former_ended":
		err = a.Campaigns.EndFormer(ctx, r.caller, id, registration)
	case "schedule":
		err = a.Campaigns.Schedule(ctx, r.caller, id, registration, answer.SwitchAt)
	case "test":
		_, err = a.Campaigns.Test(ctx, r.caller, id, registration)
	case "retry":
		err = a.Campaigns.Retry(ctx, r.caller, id, registration)
	case "leave_out":
		err = a.Campaigns.LeaveOut(ctx, r.caller, id, registration)
	case "roll_back":
		err = a.Campaigns.RollBackLine(ctx, r.caller, id, registration)
	default:
		err = actUnknown()
	}
	if err != nil {
		return api.CampaignLine{}, err
	}
	return a.campaignLine(request[none]{echo: r.echo, caller: r.caller})
}

func (a *API) campaignEmail(r request[api.EmailLanguage]) (api.EmailDraft, error) {
	draft, err := a.Campaigns.PrepareEmail(r.echo.Request().Context(), r.caller, r.echo.Param("id"),
		r.echo.Param("registration"), r.body.Language)
	if err != nil {
		return api.EmailDraft{}, err
	}
	return a.draftOf(draft), nil
}

func (a *API) draftOf(l email.Draft) api.EmailDraft {
	return api.EmailDraft{
		To:            l.To,
		From:          l.From,
		Subject:       l.Subject,
		Body:          l.Body,
		Language:      l.Language,
		CertificateID: l.CertificateID,
		Attachments:   each(l.Attachments, func(f email.Attachment) string { return f.Name }),
		EML:           l.EML(a.Now()),
	}
}
