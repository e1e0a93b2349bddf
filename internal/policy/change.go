package policy

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/internal/note"
)

// change carries out access.PolicyChange. Its object is the name of the setting.
type change struct{ s *Service }

// Handling is the change of the policy, which takes two people.
func (s *Service) Handling() approval.Handling {
	return approval.Handling{Kind: access.PolicyChange, Handler: change{s}}
}

// Describe implements approval.Handler.
func (h change) Describe(ctx context.Context, r approval.Request) ([]approval.Change, string, error) {
	now, err := h.s.cfg.InForce.setting(ctx, r.Object)
	if err != nil {
		return nil, "", err
	}
	value := r.Payload["value"]
	if now.Value == value && now.Way != BreakGlass { // that two people want it too is a change of its own
		return nil, "", fault.New(fault.Conflict, "policy_unchanged", "The setting %s is that already.", r.Object)
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %d %q %q", now.Name, now.Version, now.Value, value))
	return []approval.Change{consequence(approval.Change{
		Field:  "policy",
		Before: now.Value,
		After:  value,
	}, now.Name)}, hex.EncodeToString(sum[:]), nil
}

func consequence(c approval.Change, name string) approval.Change {
	switch id, correction := strings.CutPrefix(name, institutions); {
	case correction:
		c.Code, c.Args = "change.policy.correction", []string{id}
		c.Consequence = "From the next request on Sealkeeper speaks to " + id + " with these settings over those of " +
			"the catalogue: hosts among them are sent customers' data and the client secret."
	case name == ExpiresAfter:
		c.Code = "change.policy.expiry"
		c.Consequence = "How long a new change request waits for its second person."
	case (name == StopLive || name == StopSandbox) && c.After == "true":
		c.Code = "change.policy.stop"
		c.Consequence = "When an issuer revokes a certificate in use there, nothing more is sent with it: customers " +
			"are cut off until another one is activated."
	case name == StopLive || name == StopSandbox:
		c.Code = "change.policy.no_stop"
		c.Consequence = "A certificate in use there that its issuer has revoked goes on being used until somebody " +
			"acts on the alert."
	case c.After == "true":
		c.Code = "change.policy.two"
		c.Consequence = "One person requests a change of what is in use there, and another one approves it."
	default:
		c.Code = "change.policy.one"
		c.Consequence = "One person alone can change what is in use there, destroy keys and allow their export; " +
			"and where no environment takes two people, neither does the policy."
	}
	return c
}

// Apply implements approval.Handler.
func (h change) Apply(ctx context.Context, by access.Caller, r approval.Request) error {
	return h.s.cfg.Audit.Do(ctx, by, access.PolicyChange, r.Object, func() (note.Note, error) {
		detail, err := h.apply(ctx, by, r)
		return r.Recorded(detail), err
	})
}

func (h change) apply(ctx context.Context, by access.Caller, r approval.Request) (note.Note, error) {
	now, err := h.s.cfg.InForce.setting(ctx, r.Object)
	if err != nil {
		return note.Note{}, err
	}
	value := r.Payload["value"]
	detail := from(now, value)
	if now.Value == value && now.Way != BreakGlass { // a crash came between it and its request
		return detail, nil
	}
	way := ByApproval
	if r.DecidedBy == "" {
		if way, err = h.s.alone(ctx); err != nil {
			return detail, err
		}
	}
	next := h.s.version(now, value, way, r.Reason, by)
	return detail, h.s.cfg.InForce.store.AddPolicySettings(ctx, []Setting{next})
}

// alone is how a change by one person counts: while the glass is broken, as part of that.
func (s *Service) alone(ctx context.Context) (Way, error) {
	broken, err := s.brokenGlass(ctx)
	if len(broken) > 0 {
		return BreakGlass, err
	}
	return Alone, err
}

// Applied implements approval.Witness.
func (h change) Applied(ctx context.Context, r approval.Request) (bool, error) {
	now, err := h.s.cfg.InForce.setting(ctx, r.Object)
	return now.Value == r.Payload["value"] && now.Way != BreakGlass, err
}
