package registration

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/internal/environment"
	"github.com/sealkeeper/sealkeeper/internal/note"
)

// Approvals has changes carried out once the people that policy demands agree.
type Approvals interface {
	RequestChange(
		ctx context.Context, caller access.Caller, p approval.NewRequest,
	) (r approval.Request, done bool, err error)
	// ActAlone carries it out at once, by one person who is on call, and keeps it as a request that is reviewed.
	ActAlone(ctx context.Context, caller access.Caller, p approval.NewRequest) (approval.Request, error)
	// Waiting returns the requests that wait for a second person: for one object, or all.
	Waiting(ctx context.Context, object string) ([]approval.Request, error)
	Outdate(ctx context.Context, caller access.Caller, kind access.Action, object string, why note.Note) error
	Required(ctx context.Context, env environment.Name) bool // whether a change there takes two people
}

// Activate makes a version the one that is used. Activating a version that was
// superseded is the rollback. It is refused while anything blocks the version, naming
// every blocker. Where two people are needed it only asks; done reports which it was.
func (s *Service) Activate(
	ctx context.Context, caller access.Caller, registrationID string, version int,
) (done bool, err error) {
	_, done, err = s.RequestChange(ctx, caller, registrationID, ChangeRequest{Version: version})
	return done, err
}

// ChangeRequest is a requested change of the version in use.
type ChangeRequest struct {
	Version int
	Retire  bool   // take the version out of use, instead of into it
	Alone   bool   // go back without a second person, as somebody may who is on call
	Reason  string // for the second person; may be empty, but not where a Blocker takes a reason, nor alone
	Content string // Bundle.Content of what the caller was shown; empty: not said
}

// RequestChange has a version taken into use, or out of it: at once, or after somebody
// else has approved. Requesting is not approving: what another has requested already
// is a Conflict, for the requester has not been shown what changes.
func (s *Service) RequestChange(
	ctx context.Context, caller access.Caller, registrationID string, c ChangeRequest,
) (r approval.Request, done bool, err error) {
	action := access.BundleActivate
	if c.Retire {
		action = access.BundleRetire
	}
	if err := s.cfg.Audit.Permit(ctx, caller, action, registrationID); err != nil {
		return approval.Request{}, false, err
	}
	v, err := s.viewWaiting(ctx, registrationID)
	if err != nil {
		return approval.Request{}, false, err
	}
	if !v.Registration.ArchivedAt.IsZero() {
		return approval.Request{}, false, ErrArchived()
	}
	b, err := v.version(c.Version)
	if err != nil {
		return approval.Request{}, false, err
	}
	if c.Content != "" && c.Content != b.Content() {
		return approval.Request{}, false, changedMeanwhile()
	}
	payload := map[string]string{"version": strconv.Itoa(c.Version)}
	if !c.Retire {
		if err := s.cfg.Revocations.Renew(ctx, b.certificates()...); err != nil {
			return approval.Request{}, false, err
		}
		f, err := s.bundleFacts(ctx, v, b)
		if err != nil {
			return approval.Request{}, false, err
		}
		if f.lacksClientAuth() {
			payload[noClientAuth] = strings.TrimSpace(c.Reason)
		}
	}
	n := approval.NewRequest{
		Handling:    s.handling(c, b),
		Object:      registrationID,
		Environment: v.Institution.Environment,
		ObjectName:  v.Institution.Name + ", " + v.Application.Name,
		Reason:      c.Reason,
		Payload:     payload,
	}
	if !c.Alone || !s.cfg.Approvals.Required(ctx, n.Environment) {
		return s.cfg.Approvals.RequestChange(ctx, caller, n)
	}
	if err := v.BackAlone(b.Version, s.cfg.Now()); err != nil {
		return approval.Request{}, false, err
	}
	r, err = s.cfg.Approvals.ActAlone(ctx, caller, n)
	return r, err == nil, err
}

// handling is who carries the change out.
func (s *Service) handling(c ChangeRequest, b Bundle) approval.Handling {
	switch {
	case c.Retire:
		return s.retirement()
	case b.State == Superseded:
		return s.activation(access.BundleRollback)
	}
	return s.activation(access.BundleActivate)
}

// noClientAuth is, in a request's payload, why a version is to be used although its QWAC has no clientAuth.
const noClientAuth = "no_client_auth"

func changedMeanwhile() error {
	return fault.New(fault.Conflict, "changed_meanwhile", "The bundle was changed in the meantime; look at it again.")
}

// changeHandler carries out what changes the version in use, as an approval.Handler.
type changeHandler struct{ s *Service }

// Handlings are the changes of registrations that take two people.
func (s *Service) Handlings() []approval.Handling {
	return []approval.Handling{
		s.activation(access.BundleActivate),
		s.activation(access.BundleRollback),
		s.retirement(),
		s.applicationChange(),
		s.paymentsSwitch(),
		s.bankAnswer(),
		s.factChange(),
	}
}

func (s *Service) activation(kind access.Action) approval.Handling {
	return approval.Handling{Kind: kind, Handler: changeHandler{s}}
}

func (s *Service) retirement() approval.Handling {
	return approval.Handling{
		Kind:    access.BundleRetire,
		Handler: changeHandler{s},
	}
}

// Authors implements approval.Authored: who made the version, and who stored its certificates.
func (h changeHandler) Authors(ctx context.Context, r approval.Request) ([]string, error) {
	c, err := h.s.versionChange(ctx, r)
	if err != nil || c.to == nil {
		return nil, err
	}
	authors := []string{c.to.CreatedBy}
	for _, id := range []string{c.to.QWACID, c.to.QSealCID} {
		if id == "" {
			continue
		}
		maker, err := h.s.cfg.Makers.CertificateMaker(ctx, id)
		if err != nil {
			return nil, err
		}
		authors = append(authors, maker)
	}
	return authors, nil
}

// Urgent implements approval.Urgent: the version in use names what was declared compromised.
func (h changeHandler) Urgent(ctx context.Context, r approval.Request) (bool, error) {
	c, err := h.s.versionChange(ctx, r)
	if err != nil || c.from == nil || c.to == nil {
		return false, err
	}
	err = h.s.notCompromised(ctx, *c.from)
	if errors.Is(err, fault.Conflict) {
		return true, nil
	}
	return false, err
}

// Describe implements approval.Handler.
func (h changeHandler) Describe(ctx context.Context, r approval.Request) ([]approval.Change, string, error) {
	c, err := h.s.versionChange(ctx, r)
	if err != nil {
		return nil, "", err
	}
	changes, err := c.changes(ctx, h.s)
	return changes, c.fingerprint(), err
}

// Apply implements approval.Handler. Every blocker is looked at once more: it
// is the one way to an active version.
func (h changeHandler) Apply(ctx context.Context, by access.Caller, r approval.Request) error {
	detail := note.New("version", "version %s", r.Payload["version"])
	if why := r.Payload[noClientAuth]; why != "" {
		detail = note.New("version_no_client_auth", "version %s, whose QWAC has no clientAuth: %s",
			r.Payload["version"], why)
	}
	objection, err := h.objection(ctx, r)
	if err != nil {
		return err
	}
	if objection != "" {
		detail = note.New("version_objection", "version %s, although registers say: %s", r.Payload["version"],
			objection)
	}
	detail = r.Recorded(detail)
	err = h.s.act(ctx, by, r.Kind, r.Object, detail, func() error {
		if err := h.renew(ctx, r); err != nil {
			return err
		}
		c, err := h.s.versionChange(ctx, r)
		if err != nil {
			return err
		}
		if c.fingerprint() != r.Fingerprint {
			return changedMeanwhile()
		}
		if c.to != nil {
			c.to.ActivatedBy, c.to.ActivatedAt = by.ID, h.s.cfg.Now()
		} else {
			c.from.TakenOutAt = h.s.cfg.Now()
		}
		return h.s.cfg.Bundles.SwitchBundle(ctx, c.from, c.to)
	})
	if err == nil {
		h.s.changed(r.Object)
	}
	return err
}

// objection is what registers say against the version of a request, which is recorded and stops nothing.
func (h changeHandler) objection(ctx context.Context, r approval.Request) (string, error) {
	if r.Kind == access.BundleRetire {
		return "", nil
	}
	v, err := h.s.view(ctx, r.Object)
	if err != nil {
		return "", err
	}
	number, _ := strconv.Atoi(r.Payload["version"]) // versionChange says what is wrong with it
	b, err := v.version(number)
	if err != nil {
		return "", err
	}
	return h.s.objection(ctx, v.Institution.ID, b)
}

func (s *Service) objection(ctx context.Context, institutionID string, b Bundle) (string, error) {
	if s.cfg.Authorisations == nil {
		return "", nil
	}
	return s.cfg.Authorisations.Objection(ctx, institutionID, b.certificates()...)
}

// renew asks whether what is about to be used was revoked.
func (h changeHandler) renew(ctx context.Context, r approval.Request) error {
	if r.Kind == access.BundleRetire {
		return nil
	}
	versions, err := h.s.cfg.Bundles.Bundles(ctx, r.Object)
	if err != nil {
		return err
	}
	for _, b := range versions {
		if strconv.Itoa(b.Version) == r.Payload["version"] {
			return h.s.cfg.Revocations.Renew(ctx, b.certificates()...)
		}
	}
	return nil
}

// Applied implements approval.Witness.
func (h changeHandler) Applied(ctx context.Context, r approval.Request) (bool, error) {
	v, err := h.s.view(ctx, r.Object)
	if err != nil {
		return false, err
	}
	active := v.Active()
	if r.Kind == access.BundleRetire {
		return active == nil, nil
	}
	return active != nil && strconv.Itoa(active.Version) == r.Payload["version"], nil
}

// versionChange is a change of the version in use.
type versionChange struct {
	kind     access.Action
	view     View
	from, to *Bundle // nil: none
}

// versionChange refuses what cannot be done now.
func (s *Service) versionChange(ctx context.Context, r approval.Request) (versionChange, error) {
	v, err := s.view(ctx, r.Object)
	if err != nil {
		return versionChange{}, err
	}
	number, err := strconv.Atoi(r.Payload["version"])
	if err != nil {
		return versionChange{}, fmt.Errorf("a request for the version %q: %w", r.Payload["version"], err)
	}
	b, err := v.version(number)
	if err != nil {
		return versionChange{}, err
	}
	c := versionChange{kind: r.Kind, view: v, from: v.Active()}
	if r.Kind == access.BundleRetire {
		if b.State != Active {
			return c, fault.New(fault.Conflict, "bundle_not_active", "Version %d is not in use.", number)
		}
		return c, nil
	}
	if b.State == Active {
		return c, fault.New(fault.Conflict, "already_active", "Version %d is active already.", number)
	}
	if why := r.Payload[noClientAuth]; why != "" {
		b.NoClientAuth = why
	}
	c.to = &b
	f, err := s.bundleFacts(ctx, v, b)
	if err != nil {
		return c, err
	}
	return c, notReady(readiness(f))
}

// outdate fails a request for the draft, which has just been changed.
func (s *Service) outdate(ctx context.Context, caller access.Caller, registrationID string) error {
	err := s.cfg.Approvals.Outdate(ctx, caller, access.BundleActivate, registrationID,
		note.New("outdated_by_draft", "The draft was changed after this was requested; request it again."))
	if errors.Is(err, fault.Conflict) { // it has been decided in the meantime
		return nil
	}
	return err
}
