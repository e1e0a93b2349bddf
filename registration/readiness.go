package registration

import (
	"context"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/certs/rules"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
	"github.com/sealkeeper/sealkeeper/registration/checklist"
)

// bundleFacts is everything the readiness of one bundle version is decided by.
type bundleFacts struct {
	registration Registration
	organization Organization
	steps        []checklist.Step
	bundle       Bundle
	qwac, qsealc certificateFacts
	pair         []rules.Finding // about the two together
	stops        bool            // the use of what is revoked stops by itself
	lacking      []catalogue.Credential
	noSecret     bool   // the bank gives no client secret
	gone         string // id of the institution, if the catalogue no longer describes it
}

// certificateFacts is what is known of the certificate in one slot of a bundle.
type certificateFacts struct {
	id       string // empty: none was chosen
	leaf     *certs.Certificate
	findings []rules.Finding
	refusal  *refusal // why custody does not give the certificate; nil: it does
	revoked  *Revocation
	notLive  *refusal // why a live registration may not use it; nil: it may, or the bank is a sandbox
}

// refusal is what custody says in place of a certificate.
type refusal struct{ code, message string }

// readiness is everything that is in the way of a version: of using it while it is active, and else of activating it.
// What must be so before an activation (steps, a test, a reason for a QWAC without clientAuth) no longer blocks a
// version that is active: one failed test, or a step opened again, must not cut live off. A version that was in use
// before needs no test to be rolled back to.
func readiness(f bundleFacts) []Blocker {
	if f.gone != "" { // nothing else is known
		return []Blocker{f.institutionGone()}
	}
	found := contentBlockers(f)
	if f.bundle.State != Active || f.stops { // else it is a task, and people decide
		found = append(found, f.revocations()...)
	}
	if f.bundle.State == Active {
		return found
	}
	if f.lacksClientAuth() && f.bundle.NoClientAuth == "" {
		found = append(found, f.noClientAuth())
	}
	found = append(found, f.credentialsMissing()...)
	found = append(found, stepBlockers(f)...)
	if !f.bundle.Test.Passed && f.bundle.ActivatedAt.IsZero() {
		found = append(found, f.notTested())
	}
	return found
}

// lacksClientAuth reports whether the QWAC is one that a bank which checks its usage refuses.
func (f bundleFacts) lacksClientAuth() bool {
	return f.qwac.leaf != nil && f.qwac.leaf.Kind == certs.QWAC && f.qwac.leaf.LacksClientAuth()
}

// contentBlockers checks what is in the bundle: what a connection needs.
func contentBlockers(f bundleFacts) []Blocker {
	qwac, found := f.certificate(f.qwac, certs.QWAC)
	qsealc, more := f.certificate(f.qsealc, certs.QSealC)
	found = append(found, more...)
	if qwac != nil && qsealc != nil {
		found = append(found, f.findings(f.pair, f.bundle.QSealCID, SlotPair)...)
	}
	if qwac != nil {
		found = append(found, missingRoles(f, qwac)...)
		if qwac.OrganizationIdentifier != f.organization.OrganizationIdentifier {
			found = append(found,
				f.blocker("other_organization",
					"The QWAC is of %s, the registration of %s; choose a certificate of the same organization.",
					qwac.OrganizationIdentifier, f.organization.OrganizationIdentifier).about(f.bundle.QWACID))
		}
	}
	if f.qwac.notLive != nil {
		found = append(found, f.exportNotAllowed(f.qwac, SlotQWAC))
	}
	if f.qsealc.notLive != nil {
		found = append(found, f.exportNotAllowed(f.qsealc, SlotQSealC))
	}
	switch {
	case f.bundle.ClientID != "" && f.bundle.CredentialsRef != "":
	case f.noSecret:
		found = append(found, f.blocker("client_id_missing",
			"The client id is missing; record what the bank's portal shows."))
	default:
		found = append(found,
			f.blocker("credentials_missing",
				"Client id and client secret are missing; record what the bank's portal shows."))
	}
	return found
}

// certificate judges the certificate in one slot of the bundle. It is nil if there is none that can be used.
func (f bundleFacts) certificate(c certificateFacts, kind certs.Kind) (*certs.Certificate, []Blocker) {
	name := map[certs.Kind]string{certs.QWAC: "QWAC", certs.QSealC: "QSealC"}[kind]
	switch {
	case c.id == "":
		return nil, []Blocker{f.blocker(string(kind)+"_missing", "The %s is missing; choose one.", name)}
	case c.refusal != nil:
		code := c.refusal.code
		if code != "certificate_retired" && code != "certificate_destroyed" {
			code = string(kind) + "_unusable"
		}
		return nil, []Blocker{f.blocker(code, "%s", c.refusal.message).about(c.id).in(BlockerSlot(kind))}
	case c.leaf.Kind != kind:
		return nil, []Blocker{f.blocker(string(kind)+"_wrong_kind",
			"The certificate chosen as %s is a %s; choose a %s.", name, string(c.leaf.Kind), name).about(c.id)}
	}
	return c.leaf, f.findings(c.findings, c.id, BlockerSlot(kind))
}

// missingRoles compares the subscriptions made with the roles in the certificate.
func missingRoles(f bundleFacts, qwac *certs.Certificate) []Blocker {
	var found []Blocker
	for _, step := range f.steps {
		if step.Subscribed() && !qwac.HasRole(step.Role) {
			found = append(found,
				f.blocker("role_missing",
					"%q needs the role %s, which the QWAC does not carry; use a certificate that does.",
					step.Title.EN, step.Role).about(f.bundle.QWACID))
		}
	}
	return found
}

// stepBlockers is what the checklist has against an activation. What is about the
// bundle has blockers of its own.
func stepBlockers(f bundleFacts) []Blocker {
	found := make([]Blocker, 0, 8)
	for i := range f.steps {
		step := &f.steps[i]
		if step.OfBundle() || step.State == checklist.NotNeeded {
			continue
		}
		if !step.Settled() && !step.Optional {
			found = append(found, f.stepOpen(*step))
		}
		for _, g := range step.Gates {
			// a role that is missing is a blocker of the bundle
			if g.Level == checklist.GateError && g.Code != "role_missing" && (step.Settled() || !step.Optional) {
				found = append(found, f.gateClosed(*step, g))
			}
		}
	}
	return found
}

// ActiveBundle returns what the connector is to use, or an error that names
// everything that is in the way: what the console shows as View.InUse.
func (s *Service) ActiveBundle(ctx context.Context, registrationID string) (View, Bundle, error) {
	v, err := s.view(ctx, registrationID)
	if err != nil {
		return View{}, Bundle{}, err
	}
	b := v.candidate()
	active := v.Active()
	if active != nil {
		b = *active
	}
	f, err := s.bundleFacts(ctx, v, b)
	if err != nil {
		return View{}, Bundle{}, err
	}
	blockers := readiness(f)
	if active == nil {
		blockers = append(blockers, f.notActive())
	}
	if err := notReady(blockers); err != nil {
		return View{}, Bundle{}, err
	}
	return v, b, nil
}

// TestableBundle returns the version a connection test is about, the draft if
// there is one, provided it has everything a connection needs.
func (s *Service) TestableBundle(ctx context.Context, registrationID string) (View, Bundle, error) {
	v, err := s.view(ctx, registrationID)
	if err != nil {
		return View{}, Bundle{}, err
	}
	if !v.Registration.ArchivedAt.IsZero() {
		return View{}, Bundle{}, ErrArchived()
	}
	f, err := s.bundleFacts(ctx, v, v.candidate())
	if err != nil {
		return View{}, Bundle{}, err
	}
	return v, f.bundle, notReady(contentBlockers(f))
}

// InUse returns a registration with what blocks its active version, for what hands it out.
func (s *Service) InUse(ctx context.Context, registrationID string) (View, error) {
	v, err := s.view(ctx, registrationID)
	if err != nil {
		return View{}, err
	}
	return v, s.fillBlockers(ctx, &v)
}

// WithVersions returns a registration with the versions of its bundle, the newest first, and nothing else: for what
// looks at very many of them.
func (s *Service) WithVersions(ctx context.Context, registrationID string) (View, error) {
	r, err := s.registration(ctx, registrationID)
	if err != nil {
		return View{}, err
	}
	versions, err := s.cfg.Bundles.Bundles(ctx, registrationID)
	return View{Registration: r, Bundles: versions}, err
}
