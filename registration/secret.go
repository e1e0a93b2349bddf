package registration

import (
	"context"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/note"
	"github.com/sealkeeper/sealkeeper/secret"
)

// RecordSecret makes a draft that differs from the version in use by the client secret alone, and returns it. A draft
// of that kind is changed; another one is somebody's work, and a Conflict.
func (s *Service) RecordSecret(
	ctx context.Context, caller access.Caller, registrationID, oldRef string, text secret.Text,
) (Bundle, error) {
	if text.Empty() {
		return Bundle{}, fault.New(fault.Invalid, "new_secret_missing",
			"Give the new client secret, as the bank's portal shows it.")
	}
	versions, err := s.versions(ctx, registrationID)
	if err != nil {
		return Bundle{}, err
	}
	v := View{Bundles: versions}
	active, draft := v.Active(), v.Draft()
	if active == nil || active.CredentialsRef != oldRef {
		return Bundle{}, notWhatWasAgreed()
	}
	if draft != nil && !(Swap{OldSecret: oldRef, NewSecret: draft.CredentialsRef}).only(*active, *draft) {
		return Bundle{}, fault.New(fault.Conflict, "draft_in_the_way",
			"Version %d is a draft that changes something else; activate it or make it like the version in use first.",
			draft.Version)
	}
	return s.SaveBundle(ctx, caller, registrationID, BundleInput{ClientSecret: text, Revision: v.Revision()})
}

// DestroySecret removes a client secret that its bank no longer knows from custody. Former versions lose it first,
// so that nobody goes back to one that the bank would refuse; it may be repeated.
func (s *Service) DestroySecret(ctx context.Context, by access.Caller, registrationID, ref string) error {
	detail := note.New("secret_destroyed", "the former client secret was destroyed")
	return s.cfg.Audit.Do(ctx, by, access.SecretDestroy, registrationID, func() (note.Note, error) { // archived or not
		if err := s.cfg.Bundles.DropCredentials(ctx, ref); err != nil {
			return detail, err
		}
		return detail, s.cfg.Credentials.DestroyCredentials(ctx, by, ref)
	})
}
