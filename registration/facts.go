package registration

import (
	"context"
	"slices"
	"strings"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
)

// fillSteps says how far the steps of a registration are.
func (s *Service) fillSteps(ctx context.Context, v *View, k known) error {
	c := s.checklistFor(*v, k)
	var err error
	if c.qwac, c.qsealc, err = s.chosen(ctx, &c); err != nil {
		return err
	}
	v.Steps = c.views(v.Institution.Steps)
	return nil
}

func (*Service) checklistFor(v View, k known) checklist {
	return checklist{
		organization: v.Organization,
		application:  v.Application,
		enrolment:    v.Enrolment,
		institution:  v.Institution,
		registration: &v.Registration,
		bundle:       v.candidate(),
		active:       v.Active() != nil,
		letters:      v.Letters,
		known:        k,
	}
}

// chosen returns the certificates in the bundle, or in place of a QWAC that is
// not chosen yet the newest of the organization: what the gates look at. Nil for none.
func (s *Service) chosen(ctx context.Context, c *checklist) (qwac, qsealc *certs.Certificate, err error) {
	id := c.bundle.QWACID
	if id == "" {
		if h, ok := c.holding(certs.QWAC); ok {
			id = h.ID
		}
	}
	if qwac, err = s.usable(ctx, c.read, id); err != nil {
		return nil, nil, err
	}
	qsealc, err = s.usable(ctx, c.read, c.bundle.QSealCID)
	return qwac, qsealc, err
}

// checklist is what the steps are judged by. registration is nil for an enrolment on its own.
type checklist struct {
	organization Organization
	application  Application
	enrolment    Enrolment
	institution  catalogue.Institution
	registration *Registration
	bundle       Bundle // the draft or else the active version
	active       bool
	letters      []Correspondence
	qwac, qsealc *certs.Certificate
	known
}

// views says how far the steps are. A step is listed after those it needs.
func (c *checklist) views(steps []catalogue.Step) []StepView {
	views := make([]StepView, 0, len(steps))
	for i := range steps {
		step := &steps[i]
		subject := c.enrolment.ID
		if step.Scope == catalogue.RegistrationScope {
			if c.registration == nil {
				continue
			}
			subject = c.registration.ID
		}
		views = append(views, c.view(step, subject, views))
	}
	return views
}

// view says how far a step is; before are those listed before it.
func (c *checklist) view(step *catalogue.Step, subject string, before []StepView) StepView {
	v := StepView{Step: step, Subject: subject, Record: StepRecord{Step: step.ID, State: Todo}}
	records := c.steps[subject]
	if j := slices.IndexFunc(records, func(r StepRecord) bool { return r.Step == step.ID }); j >= 0 {
		v.Record = records[j]
	}
	for _, need := range step.Needs {
		if !settled(before, need) {
			v.Locked, v.LockedBy = true, append(v.LockedBy, need)
		}
	}
	switch {
	case v.Checked():
		c.decide(&v)
	case v.Locked && v.Record.State != NotNeeded:
		v.State = Todo // what was noted stays noted, and counts again when the need is met
	default:
		v.State = v.Record.State
	}
	v.Gates = c.gates(&v)
	for _, e := range c.evidence[subject] {
		if e.Step == step.ID {
			v.Evidence = append(v.Evidence, e)
		}
	}
	zone := c.institution.Zone()
	v.Overdue = !v.Settled() && (passed(v.Record.DueAt, c.now, zone) ||
		(v.State == Waiting && came(v.Record.RemindAt, c.now, zone)))
	return v
}

func settled(steps []StepView, id string) bool {
	for i := range steps {
		if steps[i].ID == id {
			return steps[i].Settled()
		}
	}
	return false
}

// decide says how far a step is that the program sees by itself.
func (c *checklist) decide(v *StepView) {
	b := c.bundle
	switch v.Check {
	case catalogue.CheckBankAnswer:
		c.answered(v)
	case catalogue.CheckCertificatesUploaded:
		_, qwac := c.holding(certs.QWAC)
		_, qsealc := c.holding(certs.QSealC)
		v.State = progress(qwac, qsealc)
	case catalogue.CheckInstitutionAdded:
		v.State = progress(c.registration != nil)
	case catalogue.CheckClientURIs:
		v.State = progress(c.application.ClientURI != "", c.application.TermsURI != "")
	case catalogue.CheckCertificatesSelected:
		v.State = progress(b.QWACID != "", b.QSealCID != "")
	case catalogue.CheckCredentialsRecorded:
		v.State = progress(b.ClientID != "" && b.CredentialsRef != "")
	case catalogue.CheckBundleSaved:
		v.State = progress(b.QWACID != "", b.QSealCID != "", b.ClientID != "" && b.CredentialsRef != "")
	case catalogue.CheckConnectionTested:
		v.State = progress(b.Test.Passed || !b.ActivatedAt.IsZero())
	case catalogue.CheckActivated:
		v.State = progress(c.active)
	}
}

// progress is done when all is there, and in progress when some is.
func progress(there ...bool) StepState {
	switch {
	case !slices.Contains(there, false):
		return StepDone
	case slices.Contains(there, true):
		return InProgress
	}
	return Todo
}

// answered takes a step from the newest letter about it.
func (c *checklist) answered(v *StepView) {
	v.State = Todo
	letter, found := c.letter(v.ID)
	if !found {
		return
	}
	switch {
	case letter.Open():
		v.State, v.Record.WaitingSince = Waiting, letter.SentAt
		if v.Record.RemindAt.Before(letter.SentAt) {
			v.Record.RemindAt = letter.SentAt.AddDate(0, 0, v.Reminder)
		}
	case letter.Answer.Confirmed:
		v.State = StepDone
	default:
		v.State = InProgress
	}
}

// letter finds the newest one about a step.
func (c *checklist) letter(step string) (Correspondence, bool) {
	i := slices.IndexFunc(c.letters, func(l Correspondence) bool { return l.Step == step })
	if i < 0 {
		return Correspondence{}, false
	}
	return c.letters[i], true
}

// holding finds the newest valid certificate of the organization.
func (c *checklist) holding(kind certs.Kind) (Holding, bool) {
	i := slices.IndexFunc(c.holdings, func(h Holding) bool {
		return h.Kind == kind && h.OrganizationIdentifier == c.organization.OrganizationIdentifier &&
			h.NotAfter.After(c.now)
	})
	if i < 0 {
		return Holding{}, false
	}
	return c.holdings[i], true
}

// told is what the bank is told by a step, as it is now.
func (c *checklist) told(step catalogue.Step) map[string]string {
	if len(step.Tells) == 0 {
		return nil
	}
	told := make(map[string]string, len(step.Tells))
	for _, name := range step.Tells {
		told[name] = c.fact(name)
	}
	return told
}

// fact is one thing a bank may have been told.
func (c *checklist) fact(name string) string {
	switch name {
	case catalogue.TellsRedirectURIs:
		return strings.Join(c.application.RedirectURIs, " ")
	case catalogue.TellsClientURI:
		return c.application.ClientURI
	case catalogue.TellsTermsURI:
		return c.application.TermsURI
	case catalogue.TellsApplicationName:
		return c.application.Name
	case catalogue.TellsLegalName:
		return c.organization.LegalName
	case catalogue.TellsAgreement:
		return c.enrolment.Agreement(c.organization)
	case catalogue.TellsContact:
		return c.organization.ContactEmail
	}
	return ""
}
