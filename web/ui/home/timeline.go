package home

import (
	"context"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/campaign"
	"github.com/sealkeeper/sealkeeper/web/ui/link"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
	"github.com/sealkeeper/sealkeeper/web/ui/wording"
)

// timeline is what is to come within campaign.AheadDays, on one axis of a unit a day.
type timeline struct {
	From, Until time.Time
	Months      []int // days on which a month begins
	Spans       []span
}

// span is a row of it.
type span struct {
	campaign.Span
	URL       string // empty: there is no page of it alone
	At, Width int    // on the axis
	One       bool   // a day, and not a time between two
}

// timeline reads it for whoever may read all of it.
func (h *Handler) timeline(
	ctx context.Context, v session.Visit, _ *wording.Translator, data *homePage,
) ([]task, error) {
	for _, action := range []access.Action{access.CampaignRead, access.CertList, access.ConsentRead} {
		if !v.Caller.May(action) {
			return nil, nil
		}
	}
	found, err := h.Campaigns.Coming(ctx, v.Caller)
	if err != nil {
		return nil, err
	}
	data.Timeline = newTimeline(h.Now(), found)
	return nil, nil
}

func newTimeline(now time.Time, found []campaign.Span) timeline {
	t := timeline{From: now, Until: now.AddDate(0, 0, campaign.AheadDays)}
	for day := range campaign.AheadDays {
		if at := now.AddDate(0, 0, day); at.Day() == 1 && day > 0 {
			t.Months = append(t.Months, day)
		}
	}
	for _, s := range found {
		row := span{Span: s, At: t.day(s.From), One: s.From.Format(time.DateOnly) == s.Until.Format(time.DateOnly)}
		row.Width = max(t.day(s.Until)-row.At, 1)
		switch s.Kind {
		case campaign.CertificateSpan:
			row.URL = link.Certificate(s.ID)
		case campaign.CampaignSpan, campaign.SecretSpan:
			row.URL = link.Campaign(s.ID)
		case campaign.ConsentSpan:
		}
		t.Spans = append(t.Spans, row)
	}
	return t
}

// day is where a moment is on the axis: what was to be done before today is at its beginning.
func (t timeline) day(at time.Time) int {
	days := int(at.Sub(t.From).Hours() / 24)
	return min(max(days, 0), campaign.AheadDays-1)
}
