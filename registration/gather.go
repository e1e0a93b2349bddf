package registration

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/internal/environment"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
	"github.com/sealkeeper/sealkeeper/registration/checklist"
	"github.com/sealkeeper/sealkeeper/registration/email"
	"github.com/sealkeeper/sealkeeper/registration/evidence"
)

// records are what the views are put together from.
type records struct {
	organizations map[string]Organization
	applications  map[string]Application
	enrolments    map[string]Enrolment
	steps         map[string][]checklist.Record
	evidence      map[string][]evidence.File
	emails        map[string][]email.Email
	bundles       map[string][]Bundle
	holdings      []Holding
	certificates  *certificateCache
	now           time.Time
}

// recordsOf reads what one registration needs.
func (s *Service) recordsOf(ctx context.Context, r Registration) (records, error) {
	all := s.newRecords(ctx)
	a, err := s.application(ctx, r.ApplicationID)
	if err != nil {
		return all, err
	}
	in := s.described(r.InstitutionID)
	all.applications[a.ID] = a
	versions, err := s.cfg.Bundles.Bundles(ctx, r.ID)
	if err != nil {
		return all, err
	}
	all.bundles = map[string][]Bundle{r.ID: versions}
	enrolment := enrolmentID(a.OrganizationID, in.Group.ID, in.Environment)
	if err := s.readParties(ctx, &all, []string{a.OrganizationID}, []string{enrolment}); err != nil {
		return all, err
	}
	if err := all.readCertificates(ctx); err != nil {
		return all, err
	}
	return all, s.readNotes(ctx, &all, r.ID, enrolment)
}

// readCertificates reads together the certificates that views look at.
func (r records) readCertificates(ctx context.Context) error {
	var ids []string
	for _, versions := range r.bundles {
		for i, b := range versions {
			if i == 0 || b.State == Active || b.State == Draft {
				ids = append(ids, b.QWACID, b.QSealCID)
			}
		}
	}
	for _, h := range r.holdings {
		ids = append(ids, h.ID)
	}
	return r.certificates.read(ctx, ids)
}

// newRecords has room for what is read.
func (s *Service) newRecords(ctx context.Context) records {
	now := s.cfg.Now()
	return records{
		organizations: map[string]Organization{},
		applications:  map[string]Application{},
		enrolments:    map[string]Enrolment{},
		certificates: newCertificateCache(s.cfg.Certificates, func() (map[string]Revocation, error) {
			return s.cfg.Revocations.RevokedCertificates(ctx)
		}, now),
		now: now,
	}
}

// readParties reads organizations with their certificates, and enrolments.
func (s *Service) readParties(ctx context.Context, all *records, organizations, enrolments []string) error {
	found, err := s.cfg.Selected.OrganizationsByID(ctx, distinct(organizations))
	if err != nil {
		return err
	}
	for _, o := range found {
		all.organizations[o.ID] = o
	}
	noted, err := s.cfg.Selected.EnrolmentsByID(ctx, distinct(enrolments))
	if err != nil {
		return err
	}
	for _, e := range noted {
		all.enrolments[e.ID] = e
	}
	return s.readHoldings(ctx, all, organizations...)
}

func distinct(ids []string) []string { return slices.Compact(slices.Sorted(slices.Values(ids))) }

// readHoldings reads which certificates organizations have, as far as checklists need to know.
func (s *Service) readHoldings(ctx context.Context, all *records, organizations ...string) (err error) {
	var identifiers []string
	for _, id := range organizations {
		if i := all.organizations[id].OrganizationIdentifier; !slices.Contains(identifiers, i) {
			identifiers = append(identifiers, i)
		}
	}
	all.holdings, err = s.cfg.Holdings.NewestCertificates(ctx, all.now, identifiers)
	return err
}

// readNotes reads what people have noted about the subjects, of which there is at least one.
func (s *Service) readNotes(ctx context.Context, all *records, subjects ...string) (err error) {
	if all.steps, err = s.cfg.Checklist.Steps(ctx, subjects...); err != nil {
		return err
	}
	if all.evidence, err = s.cfg.Evidence.Evidence(ctx, subjects...); err != nil {
		return err
	}
	all.emails, err = s.cfg.Emails.Emails(ctx, subjects...)
	return err
}

func (r records) enrolment(organizationID string, in catalogue.Institution) Enrolment {
	if e, noted := r.enrolments[enrolmentID(organizationID, in.Group.ID, in.Environment)]; noted {
		return e
	}
	return newEnrolment(organizationID, in.Group.ID, in.Environment)
}

// assemble puts the view of a registration together, without the blockers.
func (s *Service) assemble(ctx context.Context, r Registration, all records) (View, checklist.Facts, error) {
	v := View{
		Registration: r,
		Institution:  s.described(r.InstitutionID),
		Application:  all.applications[r.ApplicationID],
		Bundles:      all.bundles[r.ID],
	}
	v.Organization = all.organizations[v.Application.OrganizationID]
	v.Enrolment = all.enrolment(v.Organization.ID, v.Institution)
	facts, err := all.fillSteps(ctx, &v)
	return v, facts, err
}

// fillSteps says how far the steps are. For an enrolment on its own the view has no registration.
func (r records) fillSteps(ctx context.Context, v *View) (checklist.Facts, error) {
	v.certificates = r.certificates
	v.Emails = slices.Concat(r.emails[v.Enrolment.ID], r.emails[v.Registration.ID])
	facts := r.checklistFacts(*v)
	v.holdings = facts.Holdings
	var err error
	// Before a QWAC is chosen, the newest is what will be.
	if facts.QWAC, err = r.certificates.usable(ctx, cmp.Or(facts.Bundle.QWACID, facts.Holdings.QWAC)); err != nil {
		return facts, err
	}
	if facts.QSealC, err = r.certificates.usable(ctx, facts.Bundle.QSealCID); err != nil {
		return facts, err
	}
	v.Steps = facts.Steps()
	v.Warnings = checklist.Warnings(v.Steps)
	return facts, nil
}

// checklistFacts are what the steps of a view are judged by, without its certificates.
func (r records) checklistFacts(v View) checklist.Facts {
	b := v.candidate()
	return checklist.Facts{
		Institution:    v.Institution,
		EnrolmentID:    v.Enrolment.ID,
		RegistrationID: v.Registration.ID,
		ApplicationID:  v.Application.ID,
		Particulars: checklist.Particulars{
			LegalName:       v.Organization.LegalName,
			AgreementNumber: v.Enrolment.Agreement(v.Organization),
			ContactEmail:    v.Organization.ContactEmail,
			ApplicationName: v.Application.Name,
			RedirectURIs:    v.Application.RedirectURIs,
			ClientURI:       v.Application.ClientURI,
			TermsURI:        v.Application.TermsURI,
		},
		Bundle: checklist.Bundle{
			QWACID:      b.QWACID,
			QSealCID:    b.QSealCID,
			Credentials: b.ClientID != "" && b.CredentialsRef != "",
			Tested:      b.Test.Passed || !b.ActivatedAt.IsZero(),
			InUse:       v.Active() != nil,
		},
		Holdings: checklist.Holdings{
			QWAC:   r.newest(v.Organization, certs.QWAC),
			QSealC: r.newest(v.Organization, certs.QSealC),
		},
		Records:  r.steps,
		Evidence: r.evidence,
		Emails:   v.Emails,
		Now:      r.now,
	}
}

// newest finds the newest valid certificate of an organization; empty: there is none.
func (r records) newest(o Organization, kind certs.Kind) string {
	i := slices.IndexFunc(r.holdings, func(h Holding) bool {
		return h.Kind == kind && h.OrganizationIdentifier == o.OrganizationIdentifier && h.NotAfter.After(r.now)
	})
	if i < 0 {
		return ""
	}
	return r.holdings[i].ID
}

// bundleFacts reads what the readiness of a version is decided by. What can fail, fails here.
func (s *Service) bundleFacts(ctx context.Context, v View, b Bundle) (bundleFacts, error) {
	f := bundleFacts{registration: v.Registration, organization: v.Organization, steps: v.Steps, bundle: b}
	f.lacking, f.noSecret = b.lacking(v.Institution), !v.Institution.GivesSecret()
	if v.Institution.Gone {
		f.gone = v.Institution.ID
	}
	live := v.Institution.Environment == environment.Live
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
	if f.qwac.revoked != nil || f.qsealc.revoked != nil {
		f.stops, err = s.cfg.Revocations.StopsUse(ctx, v.Institution.Environment)
	}
	return f, err
}
