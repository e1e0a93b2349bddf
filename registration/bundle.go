package registration

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/connector/calendar"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/note"
	"github.com/sealkeeper/sealkeeper/internal/uid"
	"github.com/sealkeeper/sealkeeper/secret"
)

// BundleState is where a bundle version is in its life.
type BundleState string

// The states of a bundle. At most one version is a draft and at most one is active.
const (
	Draft      BundleState = "draft"
	Active     BundleState = "active"
	Superseded BundleState = "superseded"
)

// Bundle is everything that is needed to talk to one institution, as one
// version: it is activated as a whole or not at all.
type Bundle struct {
	ID             string
	RegistrationID string
	Version        int // 1, 2, 3, ...
	State          BundleState
	QWACID         string
	QSealCID       string
	ClientID       string
	CredentialsRef string // where custody has client id and secret, and what else is secret
	// what else the bank gives, by the catalogue's id; empty: a secret, which custody has
	Credentials map[string]string
	// when the client secret ends, as far as anybody was told; zero: nobody was
	SecretEndsOn calendar.Date
	TrustAnchors []string   // CA certificates as PEM, trusted for this bank besides those of its profile
	Test         TestResult // of this version's content
	NoClientAuth string     // why it is used although its QWAC has no clientAuth; empty: nobody has said
	ActivatedBy  string
	ActivatedAt  time.Time
	TakenOutAt   time.Time // when people took it out of use with nothing in its place; zero: they did not
	CreatedBy    string
	CreatedAt    time.Time
}

// certificates are the ids of those in it.
func (b Bundle) certificates() []string {
	return slices.DeleteFunc([]string{b.QWACID, b.QSealCID}, func(id string) bool { return id == "" })
}

// TestResult is the outcome of the latest connection test.
type TestResult struct {
	At     time.Time // zero: never tested
	Passed bool
	Says   note.Note
}

// BundleInput is what a person gives for a bundle. Empty fields keep what the
// version before has, so that a certificate can be changed without typing the secret again.
type BundleInput struct {
	QWACID       string
	QSealCID     string
	ClientID     string
	ClientSecret secret.Text
	Credentials  map[string]secret.Text // what else the bank gives, by the catalogue's id
	// when the client secret ends; nil: as noted, the zero day: nobody knows any longer. Given alone, it is noted of
	// the draft, or without one of the version in use, and no draft is made
	SecretEndsOn *calendar.Date
	TrustAnchors []string // CA certificates as PEM; nil keeps those there are, an empty list removes them
	Revision     string   // what the input was made from, as View.Revision was then; empty: whatever there is
}

// NoRevision is the revision of a registration that has no version yet.
const NoRevision = "none"

// Revision changes whenever the newest version does: a form made from one revision
// must not overwrite another, which whoever filled it in has not seen.
func (v View) Revision() string {
	if len(v.Bundles) == 0 {
		return NoRevision
	}
	return v.Bundles[0].Content()
}

// Basis is what the next draft is made like: the draft there is, else the version in use (after a rollback that is not
// the newest), else the newest.
func (v View) Basis() Bundle {
	if len(v.Bundles) == 0 {
		return Bundle{}
	}
	if active := v.Active(); v.Bundles[0].State != Draft && active != nil {
		return *active
	}
	return v.Bundles[0]
}

func draftChanged(cause error) error {
	return fault.Wrap(cause, fault.Conflict, "draft_changed",
		"Somebody else saved the draft in the meantime; yours was not saved, and neither is lost. Compare "+
			"yours with the "+
			"draft there is now, and save again.")
}

// SaveBundle writes the registration's draft. Nothing changes at the bank: that is what Activate does.
func (s *Service) SaveBundle(
	ctx context.Context, caller access.Caller, registrationID string, in BundleInput,
) (Bundle, error) {
	var b Bundle
	detail := note.New("draft_saved", "draft saved")
	if in.endAlone() && in.SecretEndsOn.IsZero() {
		detail = note.New("secret_end_dropped", "it is no longer noted when the client secret ends")
	} else if in.endAlone() {
		detail = note.New("secret_end_noted", "the client secret ends on %s", in.SecretEndsOn)
	}
	err := s.act(ctx, caller, access.BundleWrite, registrationID, detail, func() error {
		versions, err := s.versions(ctx, registrationID)
		if err != nil {
			return err
		}
		if in.Revision != "" && in.Revision != (View{Bundles: versions}).Revision() {
			return draftChanged(nil)
		}
		if in.endAlone() {
			b, err = s.noteSecretEnd(ctx, registrationID, versions, *in.SecretEndsOn)
			return err
		}
		b = s.nextDraft(caller, registrationID, versions)
		if err := s.fill(ctx, caller, &b, in); err != nil {
			return err
		}
		if err := s.notCompromised(ctx, b); err != nil {
			return err
		}
		if err := s.writeDraft(ctx, versions, b); errors.Is(err, fault.Conflict) {
			return draftChanged(err)
		} else if err != nil {
			return err
		}
		return s.outdate(ctx, caller, registrationID)
	})
	return b, err
}

// notCompromised refuses a version that names what was declared compromised.
func (s *Service) notCompromised(ctx context.Context, b Bundle) error {
	revoked, err := s.cfg.Revocations.RevokedCertificates(ctx)
	if err != nil {
		return err
	}
	for _, id := range b.certificates() {
		if r, is := revoked[id]; is && r.Compromised {
			return fault.New(fault.Conflict, "bundle_compromised",
				"A certificate of this version was declared compromised on %s and is frozen; choose another one.",
				r.At.Format(day))
		}
	}
	return nil
}

// writeDraft writes b, provided that the draft it was made from is as it was read:
// of two saved at the same moment, one is told.
func (s *Service) writeDraft(ctx context.Context, versions []Bundle, b Bundle) error {
	if len(versions) > 0 && versions[0].State == Draft {
		return s.cfg.Bundles.ChangeDraft(ctx, versions[0], b)
	}
	return s.cfg.Bundles.SaveDraft(ctx, b)
}

// nextDraft is the draft there is, or a new version made like Basis. Its content is about to change, so what was tested
// or requested no longer counts.
func (s *Service) nextDraft(caller access.Caller, registrationID string, versions []Bundle) Bundle {
	b := Bundle{ID: uid.New(), RegistrationID: registrationID, Version: 1}
	if len(versions) > 0 {
		newest, like := versions[0], View{Bundles: versions}.Basis()
		b.Version = newest.Version + 1
		if newest.State == Draft {
			b.ID, b.Version = newest.ID, newest.Version
		}
		b.QWACID, b.QSealCID = like.QWACID, like.QSealCID
		b.ClientID, b.CredentialsRef = like.ClientID, like.CredentialsRef
		b.Credentials, b.SecretEndsOn = maps.Clone(like.Credentials), like.SecretEndsOn
		b.TrustAnchors = like.TrustAnchors
	}
	b.State, b.CreatedBy, b.CreatedAt = Draft, caller.ID, s.cfg.Now()
	return b
}

func (s *Service) fill(ctx context.Context, caller access.Caller, b *Bundle, in BundleInput) error {
	if in.TrustAnchors != nil {
		anchors, err := ReadAnchors(in.TrustAnchors)
		if err != nil {
			return err
		}
		b.TrustAnchors = anchors
	}
	for _, slot := range []struct {
		id   string
		into *string
	}{{in.QWACID, &b.QWACID}, {in.QSealCID, &b.QSealCID}} {
		if slot.id == "" {
			continue
		}
		leaf, _, err := s.cfg.Certificates.Certificate(ctx, caller, slot.id)
		if err != nil {
			return err
		}
		if err := s.ownCertificate(ctx, caller, b.RegistrationID, leaf); err != nil {
			return err
		}
		*slot.into = slot.id
	}
	return s.fillCredentials(ctx, caller, b, in)
}

// ownCertificate refuses another organization's certificate to somebody who may change this registration alone: with
// the draft they would use a key that is outside of what they were given.
func (s *Service) ownCertificate(
	ctx context.Context, caller access.Caller, registrationID string, leaf *certs.Certificate,
) error {
	if caller.May(access.BundleWrite) {
		return nil
	}
	v, err := s.view(ctx, registrationID)
	if err != nil {
		return err
	}
	if leaf.OrganizationIdentifier != v.Organization.OrganizationIdentifier {
		return fault.New(fault.Denied, "certificate_not_here",
			"You may change registrations of a part of the firm alone, and this certificate is another "+
				"organization's; choose one of the organization's own.")
	}
	return nil
}

// RecordTest notes how a connection test of a bundle version went. One that the bank did not pass is an act that
// failed.
func (s *Service) RecordTest(ctx context.Context, caller access.Caller, b Bundle, result TestResult) error {
	if err := s.cfg.Audit.Authorize(ctx, caller, access.ConnectionTest, b.RegistrationID); err != nil {
		return err
	}
	b.Test = result
	err := s.cfg.Bundles.AmendBundle(ctx, b)
	if err == nil && !result.Passed {
		return s.cfg.Audit.Record(context.WithoutCancel(ctx), caller, access.ConnectionTest, b.RegistrationID,
			audit.Failed, result.Says)
	}
	return s.cfg.Audit.Finish(ctx, caller, access.ConnectionTest, b.RegistrationID, result.Says, err)
}

// Bundle returns one version of a registration's bundle.
func (s *Service) Bundle(ctx context.Context, registrationID string, version int) (Bundle, error) {
	versions, err := s.versions(ctx, registrationID)
	if err != nil {
		return Bundle{}, err
	}
	return View{Bundles: versions}.version(version)
}

// version finds one version of the bundle.
func (v View) version(number int) (Bundle, error) {
	i := slices.IndexFunc(v.Bundles, func(b Bundle) bool { return b.Version == number })
	if i < 0 {
		return Bundle{}, fault.New(fault.NotFound, "bundle_unknown", "The registration has no bundle version %d.",
			number)
	}
	return v.Bundles[i], nil
}

func (s *Service) versions(ctx context.Context, registrationID string) ([]Bundle, error) {
	if _, err := s.registration(ctx, registrationID); err != nil {
		return nil, err
	}
	return s.cfg.Bundles.Bundles(ctx, registrationID)
}
