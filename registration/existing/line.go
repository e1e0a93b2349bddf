package existing

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/connector/calendar"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
	"github.com/sealkeeper/sealkeeper/registration/checklist"
)

// atOnce bounds the values of a statement.
const atOnce = 500

// readRecords reads what the lines are compared with.
func (s *Service) readRecords(ctx context.Context, j *judgement) error {
	var digests, applications, enrolments []string
	for i := range j.Lines {
		l := &j.Lines[i]
		digests = append(digests, l.QWAC, l.QSealC)
		applications = append(applications, l.applicationIn(j).ID)
		if o := j.organizations[l.identity]; o.ID != "" {
			enrolments = append(enrolments, registration.EnrolmentAt(o.ID, l.in).ID)
		}
	}
	var err error
	if j.holdings, err = s.cfg.Certificates.CertificatesBySHA256(ctx, distinct(digests)); err != nil {
		return err
	}
	j.there, j.bundles = map[[2]string]registration.Registration{}, map[string][]registration.Bundle{}
	j.steps, j.enrolments = map[string][]checklist.Record{}, map[string]registration.Enrolment{}
	var subjects []string
	for ids := range slices.Chunk(distinct(applications), atOnce) {
		all, err := s.cfg.Records.RegistrationsOf(ctx, ids)
		if err != nil {
			return err
		}
		for _, r := range all {
			j.there[[2]string{r.ApplicationID, r.InstitutionID}] = r
			subjects = append(subjects, r.ID)
		}
	}
	for ids := range slices.Chunk(subjects, atOnce) {
		bundles, err := s.cfg.Records.CurrentBundles(ctx, ids...)
		if err != nil {
			return err
		}
		maps.Copy(j.bundles, bundles)
	}
	enrolments = distinct(enrolments)
	for ids := range slices.Chunk(enrolments, atOnce) {
		noted, err := s.cfg.Records.EnrolmentsByID(ctx, ids)
		if err != nil {
			return err
		}
		for _, e := range noted {
			j.enrolments[e.ID] = e
		}
	}
	for ids := range slices.Chunk(slices.Concat(subjects, enrolments), atOnce) {
		steps, err := s.cfg.Records.Steps(ctx, ids...)
		if err != nil {
			return err
		}
		maps.Copy(j.steps, steps)
	}
	return nil
}

func distinct(all []string) []string {
	slices.Sort(all)
	return slices.DeleteFunc(slices.Compact(all), func(s string) bool { return s == "" })
}

// judgeLine says what would become of a line.
func (s *Service) judgeLine(ctx context.Context, j *judgement, l *JudgedLine, secrets map[string]string) error {
	e := l.entry
	if l.in.ID != "" && l.identity != "" {
		j.judgeContent(l, calendar.Of(s.cfg.Now(), l.in.Zone()))
		j.judgeCredentialNames(l)
		there, known := j.there[[2]string{l.applicationIn(j).ID, l.in.ID}]
		switch {
		case known:
			l.registrationID = there.ID
			if err := s.compare(ctx, j, l); err != nil {
				return err
			}
		default:
			j.judgeCredentials(l, secrets)
		}
	}
	switch {
	case j.at(e.first, e.last):
		l.Verdict = VerdictRefused
	case l.registrationID != "":
		l.Verdict = VerdictThere
	default:
		l.Verdict = VerdictNew
	}
	return nil
}

// judgeContent judges what a line says by itself.
func (j *judgement) judgeContent(l *JudgedLine, today calendar.Date) {
	e := l.entry
	if e.clientID == "" {
		j.say(e.first, "import_client_id_missing", "The client id that the bank has given is missing.")
	}
	if e.qwac == "" {
		j.say(e.first, "import_qwac_missing", "The fingerprint of the QWAC in use is missing.")
	}
	for _, slot := range []struct {
		digest string
		kind   certs.Kind
	}{{e.qwac, certs.QWAC}, {e.qsealc, certs.QSealC}} {
		held, is := j.holdings[slot.digest]
		switch {
		case !is:
		case held.Kind != slot.kind:
			j.say(e.first, "import_certificate_kind", "The certificate %s is a %s; another kind is asked for as %s.",
				slot.digest, string(held.Kind), string(slot.kind))
		case held.OrganizationIdentifier != l.identity:
			j.say(e.first, "import_certificate_organization", "The certificate %s is of %s, the registration of %s.",
				slot.digest, held.OrganizationIdentifier, l.identity)
		}
	}
	noted := j.enrolmentOf(l)
	j.add(e.first, noted.Check())
	j.judgeEnrolment(l, noted)
	for i := range l.in.Steps {
		if j.judgeStep(l, &l.in.Steps[i], noted.ID, today) {
			l.Steps++
		}
	}
	for id, given := range e.steps {
		if i := slices.IndexFunc(l.in.Steps, func(s catalogue.Step) bool { return s.ID == id }); i < 0 {
			j.say(given.line, "import_step_unknown", "The checklist of %s has no step %q.", l.in.ID, id)
		} else if !byPeople(&l.in.Steps[i]) {
			j.say(given.line, "import_step_checked",
				"The step %q is seen by the program; leave it out of the list.", id)
		}
	}
}

// enrolmentOf is the enrolment of a line with what the line says of it. That of a new organization has no organization.
func (j *judgement) enrolmentOf(l *JudgedLine) registration.Enrolment {
	e := registration.EnrolmentAt(j.organizations[l.identity].ID, l.in)
	e.PortalAccount, e.CustomerName, e.AgreementNumber = l.entry.portalAccount, l.entry.customerName,
		l.entry.agreementNumber
	return e
}

// judgeEnrolment compares what lines say of the same enrolment, and what is noted of it here.
func (j *judgement) judgeEnrolment(l *JudgedLine, e registration.Enrolment) {
	key := l.identity + "." + e.ID
	before, said := j.noted[key]
	there := j.enrolments[e.ID]
	for _, f := range []struct{ name, there, before, given string }{
		{"portal_account", there.PortalAccount, before.portalAccount, e.PortalAccount},
		{"customer_name", there.CustomerName, before.customerName, e.CustomerName},
		{"agreement_number", there.AgreementNumber, before.agreementNumber, e.AgreementNumber},
	} {
		switch {
		case f.there != "":
			j.same(l.Line, f.name, f.there, f.given)
		case f.before != "":
			j.same(l.Line, f.name, f.before, f.given)
		}
	}
	if !said {
		j.noted[key] = l.entry
	}
}

// byPeople reports whether people, or a bank's answer to them, decide a step.
func byPeople(step *catalogue.Step) bool {
	return step.Check == "" || step.Check == catalogue.CheckBankAnswer
}

// judgeStep judges one step of a line, and reports whether it would be marked as done before.
func (j *judgement) judgeStep(l *JudgedLine, step *catalogue.Step, enrolmentID string, today calendar.Date) bool {
	e, day, line := l.entry, l.entry.doneOn, l.Line
	given, named := e.steps[step.ID]
	if named {
		line = given.line
	}
	if !given.on.IsZero() {
		day = given.on
	}
	switch {
	case !byPeople(step) || step.Optional && !named:
		return false
	case day.IsZero() && e.misdated:
		return false
	case day.IsZero():
		j.say(line, "import_day_missing", "Say on which day %q was done: with done_on for all steps, or with on for "+
			"this one.", step.ID)
		return false
	case today.Before(day):
		j.say(line, "import_day_future", "The day %s on which %q was done has not come yet.", day, step.ID)
		return false
	}
	subject := l.registrationID
	if step.Scope == catalogue.EnrolmentScope {
		subject = enrolmentID
		key := [2]string{l.identity + "." + enrolmentID, step.ID}
		before, said := j.wanted[key]
		if said && !before.on.Equal(day) {
			j.say(line, "import_step_differs", "Another line says that %q was done on %s: it is done once for all "+
				"registrations, so give one day.", step.ID, before.on)
		}
		if !said {
			j.wanted[key] = stepEntry{line, day, given.note, nil}
		}
	}
	records := j.steps[subject]
	i := slices.IndexFunc(records, func(r checklist.Record) bool { return r.Step == step.ID })
	if i < 0 || records[i].State != checklist.Done {
		return true
	}
	if records[i].CameDone() {
		j.same(line, step.ID, dayOf(records[i].DoneBefore), day.String())
	}
	return false
}

func dayOf(t time.Time) string { return t.UTC().Format(time.DateOnly) }

// compare judges a line of which there is a registration already.
func (s *Service) compare(ctx context.Context, j *judgement, l *JudgedLine) error {
	alike := func(b registration.Bundle) bool {
		return b.ClientID == l.ClientID && j.slotAlike(b.QWACID, l.QWAC) && j.slotAlike(b.QSealCID, l.QSealC) &&
			len(l.others(b)) == 0
	}
	current := j.bundles[l.registrationID]
	if slices.ContainsFunc(current, alike) {
		return nil
	}
	// It may have gone on since: what came in is a former version then.
	versions, err := s.cfg.Versions.Bundles(ctx, l.registrationID)
	if err != nil || slices.ContainsFunc(versions, alike) {
		return err
	}
	if len(current) == 0 {
		j.say(l.Line, "import_differs_bundle",
			"This registration is here already, and nothing was saved for it; finish it here, or leave the line out.")
		return nil
	}
	b := current[0]
	if b.ClientID != l.ClientID {
		j.same(l.Line, "client_id", b.ClientID, l.ClientID)
	}
	for _, id := range l.others(b) {
		j.same(l.entry.lineOf(id), id, b.Credentials[id], l.entry.credentials[id].text)
	}
	for _, slot := range []struct{ name, id, digest string }{
		{"qwac", b.QWACID, l.QWAC}, {"qsealc", b.QSealCID, l.QSealC},
	} {
		if !j.slotAlike(slot.id, slot.digest) {
			j.say(l.Line, "import_differs_certificate",
				"This registration is here already with another %s than %s; leave the line out, or change it here.",
				slot.name, slot.digest)
		}
	}
	return nil
}

// slotAlike reports whether a slot has the certificate, or waits for it.
func (j *judgement) slotAlike(id, digest string) bool {
	held, is := j.holdings[digest]
	return id == "" || is && held.ID == id
}
