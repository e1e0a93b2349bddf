package registration

import (
	"context"
	"errors"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
)

// ActiveBundle returns what the connector is to use, or an error that names
// everything that is in the way. It is the readiness that the console shows as
// View.InUse. What must be so before an activation (steps, a test) no longer
// blocks a version that is active: one failed test, or a step opened again, must not cut live off.
func (s *Service) ActiveBundle(ctx context.Context, registrationID string) (View, Bundle, error) {
	v, err := s.view(ctx, registrationID)
	if err != nil {
		return View{}, Bundle{}, err
	}
	active := v.Active()
	if active == nil {
		blockers, err := s.activationBlockers(ctx, v, v.candidate())
		if err != nil {
			return View{}, Bundle{}, err
		}
		return View{}, Bundle{}, notReady(append(blockers, v.notActive()))
	}
	blockers, err := s.contentBlockers(ctx, v, *active)
	if err != nil {
		return View{}, Bundle{}, err
	}
	if len(blockers) > 0 {
		return View{}, Bundle{}, notReady(blockers)
	}
	return v, *active, nil
}

// TestableBundle returns the version a connection test is about, the draft if
// there is one, provided it has everything a connection needs.
func (s *Service) TestableBundle(ctx context.Context, registrationID string) (View, Bundle, error) {
	v, err := s.view(ctx, registrationID)
	if err != nil {
		return View{}, Bundle{}, err
	}
	b := v.candidate()
	blockers, err := s.contentBlockers(ctx, v, b)
	if err == nil && len(blockers) > 0 {
		err = notReady(blockers)
	}
	return v, b, err
}

// activationBlockers is everything that must be true before version b may be
// activated. A version that was in use before needs no test to be rolled back to.
func (s *Service) activationBlockers(ctx context.Context, v View, b Bundle) ([]Blocker, error) {
	found, err := s.contentBlockers(ctx, v, b)
	if err != nil {
		return nil, err
	}
	found = append(found, v.stepBlockers()...)
	if !b.Test.Passed && b.ActivatedAt.IsZero() {
		found = append(found, v.notTested())
	}
	return found, nil
}

// contentBlockers checks what is in the bundle.
func (s *Service) contentBlockers(ctx context.Context, v View, b Bundle) ([]Blocker, error) {
	qwac, found, err := s.slot(ctx, v, b.QWACID, certs.QWAC)
	if err != nil {
		return nil, err
	}
	qsealc, more, err := s.slot(ctx, v, b.QSealCID, certs.QSealC)
	if err != nil {
		return nil, err
	}
	found = append(found, more...)
	if qwac != nil && qsealc != nil {
		found = append(found, v.findings(v.certificates.pair(ctx, b.QWACID, b.QSealCID), b.QSealCID, SlotPair)...)
	}
	if qwac != nil {
		found = append(found, missingRoles(v, b, qwac)...)
		if qwac.OrganizationIdentifier != v.Organization.OrganizationIdentifier {
			found = append(found,
				v.blocker("other_organization",
					"The QWAC is of %s, the registration of %s; choose a certificate of the same organization.",
					qwac.OrganizationIdentifier, v.Organization.OrganizationIdentifier).about(b.QWACID))
		}
	}
	more, err = s.storedKeys(ctx, v, b)
	if err != nil {
		return nil, err
	}
	found = append(found, more...)
	if b.ClientID == "" || b.CredentialsRef == "" {
		found = append(found,
			v.blocker("credentials_missing",
				"Client id and client secret are missing; record what the bank's portal shows."))
	}
	return found, nil
}

// storedKeys are the certificates a live registration may not use yet, because
// their private key is stored to be handed out.
func (s *Service) storedKeys(ctx context.Context, v View, b Bundle) ([]Blocker, error) {
	var found []Blocker
	if v.Institution.Environment != catalogue.Live {
		return nil, nil
	}
	for _, slot := range []BlockerSlot{SlotQWAC, SlotQSealC} {
		id := map[BlockerSlot]string{SlotQWAC: b.QWACID, SlotQSealC: b.QSealCID}[slot]
		if id == "" {
			continue
		}
		err := v.certificates.onLive(ctx, id)
		switch {
		case errors.Is(err, fault.Conflict):
			_, code, message := fault.Public(err)
			blocker := v.blocker(code, "%s", message).about(id).in(slot)
			blocker.Link, blocker.API = "/certificates/"+id, "POST /v1/certificates/"+id+"/allow-on-live"
			found = append(found, blocker)
		case err != nil && !errors.Is(err, fault.NotFound): // what is not there is another blocker
			return nil, err
		}
	}
	return found, nil
}

// slot judges the certificate in one slot of the bundle. The certificate is nil if there is none.
func (s *Service) slot(ctx context.Context, v View, id string, kind certs.Kind) (*certs.Certificate, []Blocker, error) {
	name := map[certs.Kind]string{certs.QWAC: "QWAC", certs.QSealC: "QSealC"}[kind]
	if id == "" {
		return nil, []Blocker{v.blocker(string(kind)+"_missing", "The %s is missing; choose one.", name)}, nil
	}
	c := v.certificates.certificate(ctx, id)
	if refused(c.err) {
		_, code, message := fault.Public(c.err)
		if code != "certificate_retired" && code != "certificate_destroyed" {
			code = string(kind) + "_unusable"
		}
		return nil, []Blocker{v.blocker(code, "%s", message).about(id).in(BlockerSlot(kind))}, nil
	}
	if c.err != nil {
		return nil, nil, c.err
	}
	if c.leaf.Kind != kind {
		return nil, []Blocker{v.blocker(string(kind)+"_wrong_kind",
			"The certificate chosen as %s is a %s; choose a %s.", name, string(c.leaf.Kind), name).about(id)}, nil
	}
	return c.leaf, v.findings(v.certificates.findings(ctx, id), id, BlockerSlot(kind)), nil
}

// missingRoles compares the subscriptions made with the roles in the certificate.
func missingRoles(v View, b Bundle, qwac *certs.Certificate) []Blocker {
	var found []Blocker
	for _, step := range v.Steps {
		if step.Role != "" && step.Record.State == StepDone && !qwac.HasRole(step.Role) {
			found = append(found,
				v.blocker("role_missing",
					"%q needs the role %s, which the QWAC does not carry; use a certificate that does.",
					step.Title.EN, step.Role).about(b.QWACID))
		}
	}
	return found
}
