package api

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/internal/review"
	"github.com/sealkeeper/sealkeeper/types/api"
)

// reviewRoutes are about reviews of who may do what. Confirming is for people at the console.
func (a *API) reviewRoutes(g *echo.Group) {
	g.GET("/access-reviews", list(review.Listed, a.reviews))
	g.POST("/access-reviews", create(a.startReview))
	g.GET("/access-reviews/:id", serve(a.review))
	g.GET("/access-reviews/:id/lines", list(review.ListedLines, a.reviewLines))
	g.POST("/access-reviews/:id/proposals", serve(a.proposeReview))
	g.POST("/access-reviews/:id/close", serve(a.closeReview))
	g.GET("/access-reviews/:id/evidence", a.reviewEvidence)
}

func reviewOf(r review.Review) api.AccessReview {
	return api.AccessReview{
		ID:            r.ID,
		StartedBy:     r.StartedBy,
		StartedByName: r.StartedByName,
		StartedAt:     r.StartedAt,
		ClosedBy:      r.ClosedBy,
		ClosedByName:  r.ClosedByName,
		ClosedAt:      moment(r.ClosedAt),
		Remark:        r.Remark,
		SHA256:        r.Digest,
		Lines:         r.Lines,
		Undecided:     r.Undecided,
	}
}

func reviewLineOf(l review.Line) api.AccessReviewLine {
	return api.AccessReviewLine{
		Number:     l.Number,
		Kind:       string(l.Kind),
		HolderID:   l.HolderID,
		Holder:     l.HolderName,
		What:       l.What,
		ThingID:    l.ThingID,
		Scope:      api.RoleScope{Kind: string(l.Scope.Kind), Value: l.Scope.Value},
		Group:      l.Group,
		EndsAt:     moment(l.EndsAt),
		LastUsedAt: moment(l.LastUsedAt),
		Uses: each(l.Uses, func(u review.Use) api.PermissionUse {
			return api.PermissionUse{Action: string(u.Action), At: u.At}
		}),
		State:          string(l.State),
		Remove:         l.Remove,
		Reason:         l.Reason,
		ProposedBy:     l.Proposed.By,
		ProposedByName: l.Proposed.Name,
		ProposedAt:     moment(l.Proposed.At),
		DecidedBy:      l.Decided.By,
		DecidedByName:  l.Decided.Name,
		DecidedAt:      moment(l.Decided.At),
	}
}

func (a *API) reviews(r request[none], q listing.Query) (listing.Page[api.AccessReview], error) {
	page, err := a.Reviews.Page(r.echo.Request().Context(), r.caller, q)
	return listing.Map(page, reviewOf), err
}

func (a *API) startReview(r request[none]) (api.AccessReview, error) {
	started, err := a.Reviews.Start(r.echo.Request().Context(), r.caller)
	return reviewOf(started), err
}

func (a *API) reviewNow(c echo.Context) (api.AccessReview, error) {
	found, err := a.Reviews.Get(c.Request().Context(), callerOf(c), c.Param("id"))
	return reviewOf(found), err
}

func (a *API) review(r request[none]) (api.AccessReview, error) { return a.reviewNow(r.echo) }

func (a *API) reviewLines(r request[none], q listing.Query) (listing.Page[api.AccessReviewLine], error) {
	page, err := a.Reviews.LinePage(r.echo.Request().Context(), r.caller, r.echo.Param("id"), q)
	return listing.Map(page, reviewLineOf), err
}

func (a *API) proposeReview(r request[api.ReviewProposal]) (api.AccessReview, error) {
	shown := each(r.body.Lines, func(l api.SeenLine) review.Shown {
		seen := review.Shown{Number: l.Number}
		if l.ProposedAt != nil {
			seen.ProposedAt = *l.ProposedAt
		}
		return seen
	})
	err := a.Reviews.Propose(r.echo.Request().Context(), r.caller, r.echo.Param("id"), shown, r.body.Remove,
		r.body.Reason)
	if err != nil {
		return api.AccessReview{}, err
	}
	return a.reviewNow(r.echo)
}

func (a *API) closeReview(r request[api.CloseAccessReview]) (api.AccessReview, error) {
	err := a.Reviews.Close(r.echo.Request().Context(), r.caller, r.echo.Param("id"), r.body.Remark)
	if err != nil {
		return api.AccessReview{}, err
	}
	return a.reviewNow(r.echo)
}

// reviewEvidence answers with the signed file. What goes wrong on the way breaks the answer off, so that the file has
// no end and is not taken for whole.
func (a *API) reviewEvidence(c echo.Context) error {
	ctx := c.Request().Context()
	evidence, err := a.Reviews.Evidence(ctx, callerOf(c), c.Param("id"))
	if err != nil {
		return err
	}
	header := c.Response().Header()
	header.Set(echo.HeaderContentType, audit.ExportType)
	header.Set(echo.HeaderContentDisposition, `attachment; filename="`+evidence.FileName()+`"`)
	header.Set(echo.HeaderCacheControl, "no-store")
	c.Response().WriteHeader(http.StatusOK)
	return evidence.Write(ctx, c.Response())
}
