package registration

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/sealkeeper/sealkeeper/connector/calendar"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/note"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
	"github.com/sealkeeper/sealkeeper/secret"
)

// fillCredentials puts what the bank gives into a version, and what is secret of it into custody.
func (s *Service) fillCredentials(ctx context.Context, caller access.Caller, b *Bundle, in BundleInput) error {
	if in.ClientID == "" && in.ClientSecret.Empty() && len(in.given()) == 0 && in.SecretEndsOn == nil {
		return nil
	}
	r, err := s.registration(ctx, b.RegistrationID)
	if err != nil {
		return err
	}
	bank := s.described(r.InstitutionID)
	if err := in.checkCredentials(bank); err != nil {
		return err
	}
	if in.SecretEndsOn != nil && (!bank.GivesSecret() || in.ClientSecret.Empty() && b.CredentialsRef == "") {
		return secretEndNothing()
	}
	switch {
	case in.SecretEndsOn != nil:
		b.SecretEndsOn = *in.SecretEndsOn
	case !in.ClientSecret.Empty(): // of another secret, nobody was told
		b.SecretEndsOn = calendar.Date{}
	}
	if in.ClientID == "" && in.ClientSecret.Empty() && len(in.given()) == 0 {
		return nil
	}
	lacks := in.ClientSecret.Empty() && (in.ClientID != "" || b.CredentialsRef == "")
	switch {
	case bank.GivesSecret() && (lacks || in.ClientID == "" && b.ClientID == ""):
		return fault.New(fault.Invalid, "credentials_incomplete",
			"Give the client id together with its client secret, as the bank's portal shows them.")
	case in.ClientID == "" && b.ClientID == "":
		return fault.New(fault.Invalid, "client_id_incomplete",
			"Give the client id, too, as the bank's portal shows it.")
	}
	return s.keepCredentials(ctx, caller, b, bank, in)
}

// keepCredentials puts what was checked into the version. Custody is asked only where something changes that it has.
func (s *Service) keepCredentials(
	ctx context.Context, caller access.Caller, b *Bundle, bank catalogue.Institution, in BundleInput,
) error {
	before := b.ClientID
	b.ClientID = cmp.Or(in.ClientID, before)
	hidden, shown := map[string]secret.Text{}, maps.Clone(b.Credentials)
	if shown == nil {
		shown = map[string]string{}
	}
	for id, value := range in.given() {
		c, _ := bank.Credential(id)
		if shown[id] = value.Reveal(); c.Secret {
			shown[id], hidden[id] = "", value
		}
	}
	b.Credentials = shown
	if b.CredentialsRef != "" && b.ClientID == before && in.ClientSecret.Empty() && len(hidden) == 0 {
		return nil
	}
	at, err := s.cfg.Audit.At(ctx, caller, b.RegistrationID) // credentials belong where their registration does
	if err != nil {
		return err
	}
	former := ""
	if in.ClientSecret.Empty() || b.keepsSecrets(hidden) {
		former = b.CredentialsRef
	}
	ref, kept, err := s.cfg.Credentials.RenewCredentials(ctx, at, former, b.ClientID, in.ClientSecret, hidden)
	b.CredentialsRef = ref
	maps.DeleteFunc(b.Credentials, func(id, value string) bool { // custody had lost it
		return value == "" && !slices.Contains(kept, id)
	})
	return err
}

// AddShown adds the further credentials of the version that are no secret.
func (b Bundle) AddShown(to map[string]secret.Text) {
	for id, value := range b.Credentials {
		if value != "" {
			to[id] = secret.NewTextString(value)
		}
	}
}

// keepsSecrets reports whether custody has further secrets of the version that are not given anew.
func (b Bundle) keepsSecrets(anew map[string]secret.Text) bool {
	for id, shown := range b.Credentials {
		if _, given := anew[id]; shown == "" && !given {
			return true
		}
	}
	return false
}

// given are the further credentials that are not empty: those stay as they are.
func (in BundleInput) given() map[string]secret.Text {
	given := maps.Clone(in.Credentials)
	maps.DeleteFunc(given, func(_ string, value secret.Text) bool { return value.Empty() })
	return given
}

// checkCredentials refuses what the bank does not give, and what cannot be what it gives.
func (in BundleInput) checkCredentials(bank catalogue.Institution) error {
	given := in.given()
	if given == nil {
		given = map[string]secret.Text{}
	}
	_, twice := given[catalogue.ClientID]
	if _, also := given[catalogue.ClientSecret]; twice || also {
		return fault.New(fault.Invalid, "credential_twice",
			"Client id and client secret have fields of their own; leave them out of the other credentials.")
	}
	if in.ClientID != "" {
		given[catalogue.ClientID] = secret.NewTextString(in.ClientID)
	}
	if !in.ClientSecret.Empty() {
		given[catalogue.ClientSecret] = in.ClientSecret
	}
	for _, id := range slices.Sorted(maps.Keys(given)) {
		c, known := bank.Credential(id)
		switch {
		case !known:
			return fault.New(fault.Invalid, "credential_unknown",
				"%s gives nothing that the catalogue calls %q; look at what the institution's page lists.",
				bank.Name, id)
		case !c.Takes(given[id].Reveal()):
			return fault.New(fault.Invalid, "credential_form",
				"What was given as %q does not look like what this bank gives; copy it again from the bank's portal.",
				id)
		}
	}
	return nil
}

// lacking are the further credentials that the bank gives and the version does not have.
func (b Bundle) lacking(bank catalogue.Institution) []catalogue.Credential {
	return slices.DeleteFunc(bank.Further(), func(c catalogue.Credential) bool {
		_, there := b.Credentials[c.ID]
		return there || c.Optional
	})
}

// credentialsMissing are blockers where something is missing that the bank gives. They stop no version that is or was
// in use: it has worked without.
func (f bundleFacts) credentialsMissing() []Blocker {
	if !f.bundle.ActivatedAt.IsZero() {
		return nil
	}
	found := make([]Blocker, len(f.lacking))
	for i, c := range f.lacking {
		found[i] = f.blocker("credential_missing", "%q is missing; record what the bank's portal shows.", c.Label.EN)
		found[i].Args = append(found[i].Args, c.Label.FR)
	}
	return found
}

// endAlone reports whether the end of the client secret is all that is given.
func (in BundleInput) endAlone() bool {
	return in.SecretEndsOn != nil && in.QWACID == "" && in.QSealCID == "" && in.ClientID == "" &&
		in.ClientSecret.Empty() && len(in.given()) == 0 && in.TrustAnchors == nil
}

// noteSecretEnd notes when the client secret ends of the version that the next draft is made like: of every version
// that has the same one.
func (s *Service) noteSecretEnd(
	ctx context.Context, registrationID string, versions []Bundle, ends calendar.Date,
) (Bundle, error) {
	r, err := s.registration(ctx, registrationID)
	if err != nil {
		return Bundle{}, err
	}
	b := View{Bundles: versions}.Basis()
	if b.CredentialsRef == "" || !s.described(r.InstitutionID).GivesSecret() {
		return Bundle{}, secretEndNothing()
	}
	b.SecretEndsOn = ends
	return b, s.cfg.Bundles.NoteSecretEnd(ctx, b)
}

func secretEndNothing() error {
	return fault.New(fault.Conflict, "secret_end_nothing",
		"There is no client secret yet of which an end could be noted; record it first.")
}

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
