package api

import (
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/approval"
)

type approvalJSON struct {
	ID              string            `json:"id"`
	Kind            approval.Kind     `json:"kind"`
	Object          string            `json:"object"`
	ObjectName      string            `json:"object_name"`
	Environment     string            `json:"environment"`
	Reason          string            `json:"reason"`
	Payload         map[string]string `json:"payload"`
	Changes         []approval.Change `json:"changes"`
	State           approval.State    `json:"state"`
	MayDecide       bool              `json:"may_decide"` // whether this caller could approve or reject it now
	RequestedBy     string            `json:"requested_by"`
	RequestedByName string            `json:"requested_by_name"`
	RequestedAt     time.Time         `json:"requested_at"`
	ExpiresAt       time.Time         `json:"expires_at"`
	DecidedBy       string            `json:"decided_by"`
	DecidedByName   string            `json:"decided_by_name"`
	DecidedAt       *time.Time        `json:"decided_at"`
	Note            string            `json:"note"`
}

func (a *API) approvalOf(caller access.Caller, r approval.Request) approvalJSON {
	changes := each(r.Changes, func(c approval.Change) approval.Change {
		c.Args = append([]string{}, c.Args...)
		return c
	})
	payload := r.Payload
	if payload == nil {
		payload = map[string]string{}
	}
	return approvalJSON{
		ID:              r.ID,
		Kind:            r.Kind,
		Object:          r.Object,
		ObjectName:      r.ObjectName,
		Environment:     string(r.Environment),
		Reason:          r.Reason,
		Payload:         payload,
		Changes:         changes,
		State:           r.State,
		MayDecide:       a.Approvals.MayDecide(caller, r),
		RequestedBy:     r.RequestedBy,
		RequestedByName: r.RequestedByName,
		RequestedAt:     r.RequestedAt,
		ExpiresAt:       r.ExpiresAt,
		DecidedBy:       r.DecidedBy,
		DecidedByName:   r.DecidedByName,
		DecidedAt:       moment(r.DecidedAt),
		Note:            r.Note,
	}
}

// approvals lists requests: all, those in one state, or (state=inbox) those that wait for this caller.
func (a *API) approvals(r request[none]) ([]approvalJSON, error) {
	ctx := r.echo.Request().Context()
	f := approval.Filter{Kind: approval.Kind(r.echo.QueryParam("kind")), Object: r.echo.QueryParam("object")}
	state := approval.State(r.echo.QueryParam("state"))
	var found []approval.Request
	var err error
	switch state {
	case "inbox":
		found, err = a.Approvals.Inbox(ctx, r.caller)
	case "":
		found, err = a.Approvals.List(ctx, r.caller, f)
	case approval.Open, approval.Applying, approval.Approved, approval.Rejected, approval.Withdrawn, approval.Expired, approval.Failed:
		f.States = []approval.State{state}
		found, err = a.Approvals.List(ctx, r.caller, f)
	default:
		err = fault.New(fault.Invalid, "approval_state_unknown",
			"There is no such state of a request; leave it out to see all.")
	}
	return each(found, func(found approval.Request) approvalJSON { return a.approvalOf(r.caller, found) }), err
}

func (a *API) approval(r request[none]) (approvalJSON, error) {
	found, err := a.Approvals.Get(r.echo.Request().Context(), r.caller, r.echo.Param("id"))
	return a.approvalOf(r.caller, found), err
}

// noteInput may be left out altogether.
type noteInput struct {
	Note string `json:"note"`
}

func (noteInput) optional() {}

func (a *API) approve(r request[noteInput]) (approvalJSON, error) {
	decided, err := a.Approvals.Approve(r.echo.Request().Context(), r.caller, r.echo.Param("id"), r.body.Note)
	return a.approvalOf(r.caller, decided), err
}

func (a *API) reject(r request[noteInput]) (approvalJSON, error) {
	decided, err := a.Approvals.Reject(r.echo.Request().Context(), r.caller, r.echo.Param("id"), r.body.Note)
	return a.approvalOf(r.caller, decided), err
}

func (a *API) withdraw(r request[noteInput]) (approvalJSON, error) {
	decided, err := a.Approvals.Withdraw(r.echo.Request().Context(), r.caller, r.echo.Param("id"), r.body.Note)
	return a.approvalOf(r.caller, decided), err
}
