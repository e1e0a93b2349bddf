package incident

import (
	"context"
	"strings"
	"unicode/utf8"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/internal/note"
)

// Withdraw asks a second person to agree that it was declared by mistake; always, whatever the policy says.
func (s *Service) Withdraw(ctx context.Context, caller access.Caller, id, why string) error {
	if err := s.cfg.Audit.Permit(ctx, caller, access.IncidentWithdraw, id); err != nil {
		return err
	}
	i, err := s.cfg.Store.Incident(ctx, id)
	if err != nil {
		return err
	}
	_, _, err = s.cfg.Approvals.RequestChange(ctx, caller, approval.NewRequest{
		Handling:   s.Handling(),
		Object:     id,
		ObjectName: i.CertificateName,
		Reason:     strings.TrimSpace(why),
		Always:     true,
	})
	return err
}

// Handling carries out a withdrawal that two people have agreed to.
func (s *Service) Handling() approval.Handling {
	return approval.Handling{Kind: access.IncidentWithdraw, Handler: withdrawal{s}}
}

type withdrawal struct{ s *Service }

// Describe implements approval.Handler.
func (h withdrawal) Describe(ctx context.Context, r approval.Request) ([]approval.Change, string, error) {
	if n := utf8.RuneCountInString(r.Reason); n == 0 || n > note.MaxReason {
		return nil, "", fault.New(fault.Invalid, "reason_missing",
			"Give a reason, of at most %d characters; it is recorded.", note.MaxReason)
	}
	i, err := h.s.cfg.Store.Incident(ctx, r.Object)
	switch {
	case err != nil:
		return nil, "", err
	case !i.Standing():
		return nil, "", withdrawn()
	}
	return []approval.Change{{
		Field:  "incident",
		Before: i.Reason,
		After:  "withdrawn",
		Code:   "change.incident_withdrawn",
		Consequence: "The certificate is no longer frozen: versions that name it can be activated again, and its key " +
			"exported where that is allowed.",
	}}, i.ID, nil
}

// Apply implements approval.Handler.
func (h withdrawal) Apply(ctx context.Context, by access.Caller, r approval.Request) error {
	return h.s.cfg.Audit.Do(ctx, by, access.IncidentWithdraw, r.Object, func() (note.Note, error) {
		return r.Recorded(note.New("reason", "%s", r.Reason)),
			h.s.cfg.Store.WithdrawIncident(ctx, r.Object, Withdrawal{By: by.ID, Why: r.Reason, At: h.s.cfg.Now()})
	})
}

// Applied implements approval.Witness.
func (h withdrawal) Applied(ctx context.Context, r approval.Request) (bool, error) {
	i, err := h.s.cfg.Store.Incident(ctx, r.Object)
	return err == nil && !i.Standing(), err
}
