package home

import (
	"context"

	"github.com/sealkeeper/sealkeeper/web/ui/link"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
	"github.com/sealkeeper/sealkeeper/web/ui/wording"
)

// alerts says whose link, made on the server, was used, until somebody else has looked at it.
func (h *Handler) alerts(ctx context.Context, v session.Visit, tr *wording.Translator, _ *homePage) ([]task, error) {
	all, err := h.People.LinkAlerts(ctx, v.Caller)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	return []task{{
		Group: taskAlert,
		What:  all[0].UserName,
		Says:  tr.Say("home.link_used", tr.Moment(all[0].UsedAt)),
		URL:   link.People,
		More:  len(all) - 1,
	}}, nil
}
