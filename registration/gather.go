package registration

import (
	"context"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/sealkeeper/sealkeeper/registration/catalogue"
	"github.com/sealkeeper/sealkeeper/registration/email"
	"github.com/sealkeeper/sealkeeper/registration/evidence"
)

// known is what the views are put together from.
type known struct {
	organizations map[string]Organization
	applications  map[string]Application
	enrolments    map[string]Enrolment
	steps         map[string][]StepRecord
	evidence      map[string][]evidence.File
	letters       map[string][]email.Email
	bundles       map[string][]Bundle
	holdings      []Holding
	certificates  *certificateCache
	now           time.Time
}

// everything reads what all registrations need.
func (s *Service) everything(ctx context.Context) (known, error) {
	k, err := s.shared(ctx)
	if err != nil {
		return k, err
	}
	applications, err := s.cfg.Parties.Applications(ctx)
	if err != nil {
		return k, err
	}
	for _, a := range applications {
		k.applications[a.ID] = a
	}
	var together errgroup.Group // the two that are long
	together.Go(func() (err error) {
		k.bundles, err = s.cfg.Lookup.CurrentBundles(ctx)
		return err
	})
	together.Go(func() error { return s.noted(ctx, &k) })
	err = together.Wait()
	return k, err
}

// about reads what one registration needs.
func (s *Service) about(ctx context.Context, r Registration) (known, error) {
	k, err := s.shared(ctx)
	if err != nil {
		return k, err
	}
	a, err := s.application(ctx, r.ApplicationID)
	if err != nil {
		return k, err
	}
	in, err := s.institution(r.InstitutionID)
	if err != nil {
		return k, err
	}
	k.applications[a.ID] = a
	versions, err := s.cfg.Bundles.Bundles(ctx, r.ID)
	if err != nil {
		return k, err
	}
	k.bundles = map[string][]Bundle{r.ID: versions}
	return k, s.noted(ctx, &k, r.ID, enrolmentID(a.OrganizationID, in.Group.ID, in.Environment))
}

// shared reads what is short however many registrations there are.
func (s *Service) shared(ctx context.Context) (known, error) {
	now := s.now()
	k := known{
		organizations: map[string]Organization{},
		applications:  map[string]Application{},
		enrolments:    map[string]Enrolment{},
		certificates:  newCertificateCache(s.cfg.Certificates, now),
		now:           now,
	}
	organizations, err := s.cfg.Parties.Organizations(ctx)
	if err != nil {
		return k, err
	}
	for _, o := range organizations {
		k.organizations[o.ID] = o
	}
	enrolments, err := s.cfg.Changes.Enrolments(ctx)
	if err != nil {
		return k, err
	}
	for _, e := range enrolments {
		k.enrolments[e.ID] = e
	}
	k.holdings, err = s.cfg.Holdings.CertificateHoldings(ctx)
	return k, err
}

// noted reads what people have noted about the subjects, all if none is named.
func (s *Service) noted(ctx context.Context, k *known, subjects ...string) (err error) {
	if k.steps, err = s.cfg.Checklist.Steps(ctx, subjects...); err != nil {
		return err
	}
	if k.evidence, err = s.cfg.Evidence.Evidence(ctx, subjects...); err != nil {
		return err
	}
	k.letters, err = s.cfg.Letters.Letters(ctx, subjects...)
	return err
}

func (k known) enrolment(organizationID string, in catalogue.Institution) Enrolment {
	if e, noted := k.enrolments[enrolmentID(organizationID, in.Group.ID, in.Environment)]; noted {
		return e
	}
	return newEnrolment(organizationID, in.Group.ID, in.Environment)
}

// assemble puts a view together, without the blockers.
func (s *Service) assemble(ctx context.Context, r Registration, k known) (View, error) {
	v := View{Registration: r, Application: k.applications[r.ApplicationID], Bundles: k.bundles[r.ID], certificates: k.certificates}
	var err error
	if v.Institution, err = s.institution(r.InstitutionID); err != nil {
		return v, err
	}
	v.Organization = k.organizations[v.Application.OrganizationID]
	v.Enrolment = k.enrolment(v.Organization.ID, v.Institution)
	v.Letters = append(v.Letters, k.letters[v.Enrolment.ID]...)
	v.Letters = append(v.Letters, k.letters[r.ID]...)
	if err := s.fillSteps(ctx, &v, k); err != nil {
		return v, err
	}
	v.Warnings = warnings(v.Steps)
	return v, nil
}

// bundleFacts reads what the readiness of a version is decided by. What can fail, fails here.
func (s *Service) bundleFacts(ctx context.Context, v View, b Bundle) (bundleFacts, error) {
	f := bundleFacts{registration: v.Registration, organization: v.Organization, steps: v.Steps, bundle: b}
	live := v.Institution.Environment == catalogue.Live
	var err error
	if f.qwac, err = v.certificates.facts(ctx, b.QWACID, live); err != nil {
		return f, err
	}
	if f.qsealc, err = v.certificates.facts(ctx, b.QSealCID, live); err != nil {
		return f, err
	}
	if f.qwac.leaf != nil && f.qsealc.leaf != nil {
		f.pair = v.certificates.pair(ctx, b.QWACID, b.QSealCID)
	}
	return f, nil
}

func warnings(steps []StepView) []Gate {
	var found []Gate
	for i := range steps {
		for _, g := range steps[i].Gates {
			if g.Level == GateWarning {
				found = append(found, g)
			}
		}
	}
	return found
}
