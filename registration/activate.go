package registration

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/approval"
)

// Approvals has changes carried out once the people that policy demands agree.
type Approvals interface {
	Submit(ctx context.Context, caller access.Caller, p approval.Proposal) (r approval.Request, done bool, err error)
	// Waiting returns the requests that wait for a second person: for one object, or all.
	Waiting(ctx context.Context, object string) ([]approval.Request, error)
	Outdate(ctx context.Context, caller access.Caller, kind approval.Kind, object, why string) error
}

// Activate makes a version the one that is used. Activating a version that was
// superseded is the rollback. It is refused while anything blocks the version, naming
// every blocker. Where two people are needed it only asks; done reports which it was.
func (s *Service) Activate(
	ctx context.Context, caller access.Caller, registrationID string, version int,
) (done bool, err error) {
	_, done, err = s.Ask(ctx, caller, registrationID, Ask{Version: version})
	return done, err
}

// Ask is a change of what is in use.
type Ask struct {
	Version int
	Retire  bool   // take the version out of use, instead of into it
	Reason  string // for the second person; may be empty
	Seen    string // Bundle.Content of what the caller was shown; empty: not said
}

// Ask has a version taken into use, or out of it: at once, or after somebody
// else has approved. Asking is not approving: what another has asked for already
// is a Conflict, for whoever asks has not been shown what changes.
func (s *Service) Ask(
	ctx context.Context, caller access.Caller, registrationID string, a Ask,
) (r approval.Request, done bool, err error) {
	action := access.BundleActivate
	if a.Retire {
		action = access.BundleRetire
	}
	if err := s.cfg.Audit.Permit(ctx, caller, action, registrationID); err != nil {
		return approval.Request{}, false, err
	}
	v, err := s.viewWaiting(ctx, registrationID)
	if err != nil {
		return approval.Request{}, false, err
	}
	b, err := v.version(a.Version)
	if err != nil {
		return approval.Request{}, false, err
	}
	if a.Seen != "" && a.Seen != b.Content() {
		return approval.Request{}, false, changedMeanwhile()
	}
	kind := approval.BundleActivate
	switch {
	case a.Retire:
		kind = approval.BundleRetire
	case b.State == Superseded:
		kind = approval.BundleRollback
	}
	return s.cfg.Approvals.Submit(ctx, caller, approval.Proposal{
		Kind:        kind,
		Object:      registrationID,
		Environment: v.Institution.Environment,
		ObjectName:  v.Institution.Name + ", " + v.Application.Name,
		Reason:      a.Reason,
		Payload:     map[string]string{"version": strconv.Itoa(a.Version)},
	})
}

func changedMeanwhile() error {
	return fault.New(fault.Conflict, "changed_meanwhile", "The bundle was changed meanwhile; look at it again.")
}

// switching carries out what changes the version in use, as an approval.Handler.
type switching struct {
	s      *Service
	action access.Action
}

// Activation handles approval.BundleActivate and approval.BundleRollback.
func (s *Service) Activation() approval.Handler { return switching{s, access.BundleActivate} }

// Retirement handles approval.BundleRetire.
func (s *Service) Retirement() approval.Handler { return switching{s, access.BundleRetire} }

// Describe implements approval.Handler.
func (h switching) Describe(ctx context.Context, r approval.Request) ([]approval.Change, string, error) {
	p, err := h.s.plan(ctx, r)
	if err != nil {
		return nil, "", err
	}
	changes, err := p.changes(ctx, h.s)
	return changes, p.fingerprint(), err
}

// Apply implements approval.Handler. Every blocker is looked at once more: it
// is the one way to an active version.
func (h switching) Apply(ctx context.Context, by access.Caller, r approval.Request) error {
	detail := "version " + r.Payload["version"]
	err := h.s.act(ctx, by, h.action, r.Object, detail, func() error {
		p, err := h.s.plan(ctx, r)
		if err != nil {
			return err
		}
		if p.fingerprint() != r.Fingerprint {
			return changedMeanwhile()
		}
		if p.to != nil {
			p.to.ActivatedBy, p.to.ActivatedAt = by.ID, h.s.now()
		}
		return h.s.cfg.Bundles.SwitchBundle(ctx, p.from, p.to)
	})
	if err == nil {
		h.s.changed(r.Object)
	}
	return err
}

// Applied implements approval.Witness.
func (h switching) Applied(ctx context.Context, r approval.Request) (bool, error) {
	v, err := h.s.view(ctx, r.Object)
	if err != nil {
		return false, err
	}
	active := v.Active()
	if r.Kind == approval.BundleRetire {
		return active == nil, nil
	}
	return active != nil && strconv.Itoa(active.Version) == r.Payload["version"], nil
}

// plan is a change of the version in use, judged.
type plan struct {
	kind     approval.Kind
	view     View
	from, to *Bundle // nil: none
}

// plan refuses what cannot be done now.
func (s *Service) plan(ctx context.Context, r approval.Request) (plan, error) {
	v, err := s.view(ctx, r.Object)
	if err != nil {
		return plan{}, err
	}
	number, err := strconv.Atoi(r.Payload["version"])
	if err != nil {
		return plan{}, fmt.Errorf("a request for the version %q: %w", r.Payload["version"], err)
	}
	b, err := v.version(number)
	if err != nil {
		return plan{}, err
	}
	p := plan{kind: r.Kind, view: v, from: v.Active()}
	if r.Kind == approval.BundleRetire {
		if b.State != Active {
			return p, fault.New(fault.Conflict, "bundle_not_active", "Version %d is not in use.", number)
		}
		return p, nil
	}
	if b.State == Active {
		return p, fault.New(fault.Conflict, "already_active", "Version %d is active already.", number)
	}
	p.to = &b
	f, err := s.bundleFacts(ctx, v, b)
	if err != nil {
		return p, err
	}
	return p, notReady(readiness(f))
}

// outdate fails a request for the draft, which has just been changed.
func (s *Service) outdate(ctx context.Context, caller access.Caller, registrationID string) error {
	err := s.cfg.Approvals.Outdate(ctx, caller, approval.BundleActivate, registrationID,
		"The draft was changed after this was asked for; ask again.")
	if errors.Is(err, fault.Conflict) { // it has been decided in the meantime
		return nil
	}
	return err
}
