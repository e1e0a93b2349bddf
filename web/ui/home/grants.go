package home

import (
	"context"

	"github.com/sealkeeper/sealkeeper/web/ui/link"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
	"github.com/sealkeeper/sealkeeper/web/ui/wording"
)

// grants says whose roles end soon: the reader's own, and everybody's to those who see who there is.
func (h *Handler) grants(ctx context.Context, v session.Visit, tr *wording.Translator, _ *homePage) ([]task, error) {
	all, err := h.People.EndingGrants(ctx, v.Caller)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	first, at := all[0], link.Account
	if first.UserID != v.Caller.ID {
		at = link.Person(first.UserID)
	}
	return []task{{
		Group: taskGrant,
		What:  first.UserName,
		Says:  tr.Say("home.grant_ends", tr.Enum("role", first.Grant.Role), tr.Moment(first.Grant.EndsAt)),
		URL:   at,
		More:  len(all) - 1,
		At:    first.Grant.EndsAt,
	}}, nil
}
