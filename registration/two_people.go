package registration

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/internal/environment"
	"github.com/sealkeeper/sealkeeper/internal/listing"
)

// agreement is a change of something other than a version that takes two people on live.
// What is requested is in the request's payload, as JSON under "input".
type agreement[In any] struct {
	// describe says what the change would do now, and what that was derived from.
	describe func(ctx context.Context, r approval.Request, in In) (approval.Change, any, error)
	apply    func(ctx context.Context, by access.Caller, r approval.Request, in In) error
	applied  func(ctx context.Context, r approval.Request, in In) (bool, error)
}

// Describe implements approval.Handler.
func (a agreement[In]) Describe(ctx context.Context, r approval.Request) ([]approval.Change, string, error) {
	in, err := inputOf[In](r)
	if err != nil {
		return nil, "", err
	}
	c, from, err := a.describe(ctx, r, in)
	if err != nil {
		return nil, "", err
	}
	facts, err := json.Marshal(from)
	sum := sha256.Sum256(fmt.Appendf(facts, " %q", r.Payload["input"]))
	return []approval.Change{c}, hex.EncodeToString(sum[:]), err
}

// Apply implements approval.Handler.
func (a agreement[In]) Apply(ctx context.Context, by access.Caller, r approval.Request) error {
	in, err := inputOf[In](r)
	if err != nil {
		return err
	}
	return a.apply(ctx, by, r, in)
}

// Applied implements approval.Witness.
func (a agreement[In]) Applied(ctx context.Context, r approval.Request) (bool, error) {
	in, err := inputOf[In](r)
	if err != nil {
		return false, err
	}
	return a.applied(ctx, r, in)
}

func inputOf[In any](r approval.Request) (in In, err error) {
	if err = json.Unmarshal([]byte(r.Payload["input"]), &in); err != nil {
		err = fmt.Errorf("the input of a request of the kind %s: %w", r.Kind, err)
	}
	return in, err
}

// requestOnLive requests a change on live where that takes two people; requested is false where one
// person is enough, who then makes the change: alone says so in the audit log.
func (s *Service) requestOnLive(
	ctx context.Context, caller access.Caller, p approval.NewRequest, input any,
) (alone *approval.Request, requested bool, err error) {
	if !s.cfg.Approvals.Required(ctx, environment.Live) {
		return &approval.Request{}, false, nil
	}
	if err := s.cfg.Audit.Permit(ctx, caller, p.Handling.Kind, p.Object); err != nil {
		return nil, false, err
	}
	text, err := json.Marshal(input)
	if err != nil {
		return nil, false, err
	}
	if p.Payload == nil {
		p.Payload = map[string]string{}
	}
	p.Environment, p.Payload["input"] = environment.Live, string(text)
	r, done, err := s.cfg.Approvals.RequestChange(ctx, caller, p)
	if err == nil && !done {
		err = approval.Requested(r)
	}
	return nil, true, err
}

// requestApplicationChange requests a change of an application that sends customers of live elsewhere.
func (s *Service) requestApplicationChange(
	ctx context.Context, caller access.Caller, a Application,
) (alone *approval.Request, requested bool, err error) {
	old, err := s.application(ctx, a.ID)
	if err != nil || slices.Equal(old.RedirectURIs, a.RedirectURIs) {
		return nil, false, nil //nolint:nilerr // what is wrong is said and recorded where the change is made
	}
	inUse, err := s.inUseOnLive(ctx, a.ID)
	if err != nil || !inUse || a.validate() != nil {
		return nil, false, err
	}
	return s.requestOnLive(ctx, caller, approval.NewRequest{
		Handling:   s.applicationChange(),
		Object:     a.ID,
		ObjectName: old.Name,
	}, a)
}

// inUseOnLive reports whether the application has a live registration with a version in use.
func (s *Service) inUseOnLive(ctx context.Context, applicationID string) (bool, error) {
	q := Listed.Query().With(FilterApplication, applicationID).With(FilterEnvironment, string(environment.Live))
	all, err := s.registrationsOf(ctx, access.Whole(), q, s.among(q))
	if err != nil {
		return false, err
	}
	for page := range slices.Chunk(all, listing.MaxLimit) {
		ids := make([]string, len(page))
		for i, r := range page {
			ids[i] = r.ID
		}
		current, err := s.cfg.Lookup.CurrentBundles(ctx, ids...)
		if err != nil {
			return false, err
		}
		for _, id := range ids {
			if v := (View{Bundles: current[id]}); v.Active() != nil {
				return true, nil
			}
		}
	}
	return false, nil
}

func (s *Service) applicationChange() approval.Handling {
	handler := agreement[Application]{
		describe: func(ctx context.Context, _ approval.Request, a Application) (approval.Change, any, error) {
			old, err := s.application(ctx, a.ID)
			if err == nil {
				err = a.validate()
			}
			before, after := described(old), described(a)
			if err == nil && before == after {
				err = fault.New(fault.Conflict, "application_unchanged", "The application is that already.")
			}
			c := change("redirect_uris", before, after, redirectsConsequence)
			return c, old, err
		},
		apply: func(ctx context.Context, by access.Caller, r approval.Request, a Application) error {
			_, _, err := s.changeApplication(ctx, by, a, &r)
			return err
		},
		applied: func(ctx context.Context, _ approval.Request, a Application) (bool, error) {
			now, err := s.application(ctx, a.ID)
			return described(now) == described(a), err
		},
	}
	return approval.Handling{Kind: access.ApplicationChange, Handler: handler}
}

const redirectsConsequence = "The next customers who consent are sent back to these addresses, and with them what " +
	"the bank lets us in with; the bank refuses those it does not know."

// described is an application with a line for each of its values, as a second person is shown it.
func described(a Application) string {
	lines := append([]string{a.Name}, a.RedirectURIs...)
	for _, uri := range []string{a.ClientURI, a.TermsURI} {
		if uri != "" {
			lines = append(lines, uri)
		}
	}
	return strings.Join(lines, "\n")
}
