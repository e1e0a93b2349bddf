package campaigns

import (
	"slices"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/campaign"
	"github.com/sealkeeper/sealkeeper/vault"
	"github.com/sealkeeper/sealkeeper/web/ui/ending"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
)

// former is an old certificate with what became of it, or with what its retirement depends on. It is retired as on its
// own page: the form leads there.
type former struct {
	vault.Summary
	ending.Ending
	Kept   campaign.Kept // zero: nobody has said that it stays
	KeptBy string
	EndBy  string // who has retired it
}

// retired reports whether one of the old certificates is: there is no way back to it.
func retired(pairs []pair) bool {
	return slices.ContainsFunc(pairs, func(p pair) bool { return p.Old.ID != "" && p.Old.State != vault.Stored })
}

// former are a campaign's old certificates that the caller may see.
func (h *Handler) former(
	c echo.Context, v session.Visit, of campaign.Campaign, named map[string]vault.Summary,
) ([]former, error) {
	ctx := c.Request().Context()
	var all []former
	for _, p := range of.Pairs {
		one := former{Summary: named[p.Old]}
		if one.ID == "" {
			continue
		}
		var kept bool
		switch one.Kept, kept = of.KeptAs(p.Old); {
		case kept:
			one.KeptBy = h.People.Name(ctx, one.Kept.By)
		case one.State == vault.Stored:
			var err error
			if one.Ending, err = h.Endings.Of(ctx, v.Caller, one.ID, one.State); err != nil {
				return nil, err
			}
		default:
			one.EndBy = h.People.Name(ctx, one.Retired.By)
		}
		all = append(all, one)
	}
	return all, nil
}
