// Package ending answers one question for pages: what does the end of a certificate depend on? Whoever asks for it is
// told which versions of bundles name it, and whether it takes two people, before they type a reason.
package ending

import (
	"context"
	"errors"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/internal/environment"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
	"github.com/sealkeeper/sealkeeper/vault"
)

// Certificates knows what names a certificate.
type Certificates interface {
	Ending(ctx context.Context, caller access.Caller, id string) (vault.Mentions, environment.Name, error)
}

// Institutions are what the catalogue describes.
type Institutions interface {
	Institution(ctx context.Context, caller access.Caller, id string) (catalogue.Institution, error)
}

// Approvals are the requests that wait for a second person.
type Approvals interface {
	List(ctx context.Context, caller access.Caller, f approval.Filter) ([]approval.Request, error)
	Required(ctx context.Context, env environment.Name) bool
}

// Reader reads what ends depend on.
type Reader struct {
	Certificates Certificates
	Institutions Institutions
	Approvals    Approvals
}

// Use is a version of a bundle that names a certificate, and where.
type Use struct {
	vault.Use
	Institution string
}

// Ending is what the part "named-by" of a page shows.
type Ending struct {
	NamedBy    []Use             // the first versions of bundles that name it, those in use first
	NamedByAll int               // how many there are
	InUse      bool              // a version in use is among them
	InDraft    bool              // a draft is
	TwoPeople  bool              // its end takes two people
	Waiting    *approval.Request // for a second person
}

// UsesShown bounds how many registrations are named.
const UsesShown = 20

// Of says what the end of a certificate in a state depends on, as far as the caller may know.
func (r Reader) Of(ctx context.Context, caller access.Caller, id string, state vault.State) (e Ending, err error) {
	if (state == vault.Stored || state == vault.Retired) && caller.May(access.RegistrationRead) {
		named, env, err := r.Certificates.Ending(ctx, caller, id)
		if err != nil {
			return e, err
		}
		e.NamedByAll, e.TwoPeople = named.Count(), r.Approvals.Required(ctx, env)
		e.InUse = named.Count(string(registration.Active)) > 0
		e.InDraft = named.Count(string(registration.Draft)) > 0
		if e.NamedBy, err = r.Named(ctx, caller, named.First); err != nil {
			return e, err
		}
	}
	if !caller.MaySomewhere(access.ApprovalRead) {
		return e, nil
	}
	waiting, err := r.Approvals.List(ctx, caller, approval.Filter{
		Object: id,
		States: []approval.State{approval.Open},
	})
	if len(waiting) > 0 {
		e.Waiting = &waiting[0]
	}
	return e, err
}

// Named puts the names of institutions to the first of some uses.
func (r Reader) Named(ctx context.Context, caller access.Caller, all []vault.Use) ([]Use, error) {
	var named []Use
	for _, use := range all[:min(len(all), UsesShown)] {
		in, err := r.Institutions.Institution(ctx, caller, use.InstitutionID)
		if errors.Is(err, fault.NotFound) {
			in, err = catalogue.Gone(use.InstitutionID), nil
		}
		if err != nil {
			return nil, err
		}
		named = append(named, Use{use, in.Name})
	}
	return named, nil
}
