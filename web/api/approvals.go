package api

import (
	"context"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/types/api"
)

func (a *API) approvalOf(ctx context.Context, caller access.Caller, r approval.Request) api.Approval {
	payload := r.Payload
	if payload == nil {
		payload = map[string]string{}
	}
	return api.Approval{
		ID:              r.ID,
		Kind:            string(r.Kind),
		Object:          r.Object,
		ObjectName:      r.ObjectName,
		Environment:     string(r.Environment),
		Reason:          r.Reason,
		Payload:         payload,
		Changes:         each(r.Changes, changeOf),
		State:           api.ApprovalState(r.State),
		MayDecide:       a.Approvals.MayDecide(ctx, caller, r),
		RequestedBy:     r.RequestedBy,
		RequestedByName: r.RequestedByName,
		RequestedAt:     r.RequestedAt,
		ExpiresAt:       r.ExpiresAt,
		DecidedBy:       r.DecidedBy,
		DecidedByName:   r.DecidedByName,
		DecidedAt:       moment(r.DecidedAt),
		Note:            r.Note.Text,
		Emergency:       r.Emergency,
		ReviewedBy:      r.Review.By,
		ReviewedByName:  r.Review.ByName,
		ReviewedAt:      moment(r.Review.At),
		Review:          r.Review.Words,
	}
}

func changeOf(c approval.Change) api.Change {
	return api.Change{
		Field:             c.Field,
		Before:            c.Before,
		After:             c.After,
		Consequence:       c.Consequence,
		Code:              c.Code,
		Args:              listed(c.Args),
		BeforeCertificate: (*api.NamedCertificate)(c.BeforeCertificate),
		AfterCertificate:  (*api.NamedCertificate)(c.AfterCertificate),
	}
}

// approvals lists requests: all, those in one state, or (state=inbox) those that wait for this caller.
func (a *API) approvals(r request[none], q listing.Query) (listing.Page[api.Approval], error) {
	ctx := r.echo.Request().Context()
	page, err := a.Approvals.Page(ctx, r.caller, q)
	return listing.Map(page, func(found approval.Request) api.Approval {
		return a.approvalOf(ctx, r.caller, found)
	}), err
}

func (a *API) approval(r request[none]) (api.Approval, error) {
	found, err := a.Approvals.Get(r.echo.Request().Context(), r.caller, r.echo.Param("id"))
	return a.approvalOf(r.echo.Request().Context(), r.caller, found), err
}

func (a *API) withdraw(r request[api.Note]) (api.Approval, error) {
	decided, err := a.Approvals.Withdraw(r.echo.Request().Context(), r.caller, r.echo.Param("id"), r.body.Note)
	return a.approvalOf(r.echo.Request().Context(), r.caller, decided), err
}

func (a *API) reviewApproval(r request[api.ReviewApproval]) (api.Approval, error) {
	reviewed, err := a.Approvals.Review(r.echo.Request().Context(), r.caller, r.echo.Param("id"), r.body.Review)
	return a.approvalOf(r.echo.Request().Context(), r.caller, reviewed), err
}
