package existing

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/note"
	"github.com/sealkeeper/sealkeeper/internal/uid"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
	"github.com/sealkeeper/sealkeeper/registration/checklist"
	"github.com/sealkeeper/sealkeeper/secret"
)

const (
	linesPerRun = 200              // of one import, before others have their turn
	abandoned   = 10 * time.Minute // after which a list that nobody has requested to bring in is dropped
)

// Run brings in what was agreed to, a bounded number of lines, and returns how many. It is called again and again, and
// goes on where a crash has cut it short: a line is in with everything or not at all.
func (s *Service) Run(ctx context.Context) (int, error) {
	open, err := s.cfg.Progress.OpenImports(ctx)
	if err != nil {
		return 0, err
	}
	done := 0
	var failures []error
	for _, i := range open {
		switch i.State {
		case Requested:
			err = s.dropUnwanted(ctx, i)
		default:
			var n int
			n, err = s.bringIn(ctx, i)
			done += n
		}
		failures = append(failures, err)
	}
	filled, err := s.cfg.Progress.FillImported(ctx, linesPerRun)
	return done + filled, errors.Join(append(failures, err)...)
}

// dropUnwanted gives a list up, with its secrets, that was rejected, withdrawn or never requested.
func (s *Service) dropUnwanted(ctx context.Context, i Import) error {
	if s.cfg.Now().Sub(i.CreatedAt) < abandoned {
		return nil
	}
	undecided, err := s.cfg.Approvals.Undecided(ctx, i.ID)
	if err != nil || undecided {
		return err
	}
	i.State, i.Sealed = Dropped, nil
	return s.unlessMoved(s.cfg.Progress.MoveImport(ctx, i, Requested))
}

// unlessMoved is nothing where another process was faster.
func (s *Service) unlessMoved(err error) error {
	if errors.Is(err, fault.Conflict) {
		return nil
	}
	return err
}

func (s *Service) bringIn(ctx context.Context, i Import) (int, error) {
	lines, err := s.cfg.Progress.PendingImportLines(ctx, i.ID, linesPerRun)
	if err != nil {
		return 0, err
	}
	if err := s.destroyLeft(ctx, i.ID); err != nil {
		return 0, err
	}
	if len(lines) == 0 {
		i.State, i.Sealed = Done, nil
		return 0, s.unlessMoved(s.cfg.Progress.MoveImport(ctx, i, Approved))
	}
	if i, err = s.cfg.Store.RegistrationImport(ctx, i.ID); err != nil {
		return 0, err
	}
	opened, err := s.cfg.Custody.OpenSecrets(ctx, access.RegistrationImporter(), i.ID, i.Sealed)
	switch {
	case errors.Is(err, fault.Unavailable) || err != nil && ctx.Err() != nil:
		return 0, err
	case err != nil: // no later try does better: each of these lines has failed, and says why
		return len(lines), s.failed(ctx, lines, err)
	}
	defer opened.Wipe()
	var secrets map[string]string
	if err := json.Unmarshal(opened.Bytes(), &secrets); err != nil {
		return 0, fault.Wrap(err, fault.Internal, "import_secrets_damaged", "The sealed secrets cannot be read.")
	}
	j, err := s.judge(ctx, i.List, secrets)
	if err != nil {
		return 0, err
	}
	if err := s.addParties(ctx, j); err != nil {
		return 0, err
	}
	for n, l := range lines {
		err := s.lineIn(ctx, i, j, l, secrets)
		switch {
		case errors.Is(err, fault.Unavailable) || ctx.Err() != nil:
			return n, err
		case err != nil:
			if err := s.failed(ctx, []Line{l}, err); err != nil {
				return n, err
			}
			if j, err = s.judge(ctx, i.List, secrets); err != nil { // what the line noted has not come to be
				return n, err
			}
		}
	}
	return len(lines), nil
}

// destroyLeft takes the credentials of lines that have not come in out of custody: their own were put there first. It
// is done before the import is, so that a crash leaves none.
func (s *Service) destroyLeft(ctx context.Context, id string) error {
	left, err := s.cfg.Progress.LeftCredentials(ctx, id, linesPerRun)
	for len(left) > 0 && err == nil {
		for _, l := range left {
			err := s.cfg.Custody.DestroyCredentials(ctx, access.RegistrationImporter(), l.CredentialsRef)
			if err != nil {
				return err
			}
			if err := s.cfg.Progress.ForgetCredentials(ctx, l); err != nil {
				return err
			}
		}
		left, err = s.cfg.Progress.LeftCredentials(ctx, id, linesPerRun)
	}
	return err
}

// failed settles lines that cannot come in.
func (s *Service) failed(ctx context.Context, lines []Line, why error) error {
	for _, l := range lines {
		l.State, l.Failure = Failed, note.Of(why)
		if err := s.unlessMoved(s.cfg.Progress.SettleImportLine(ctx, l)); err != nil {
			return err
		}
	}
	return nil
}

// addParties makes the organizations and applications that the list has first.
func (s *Service) addParties(ctx context.Context, j *judgement) error {
	importer := access.RegistrationImporter()
	for _, o := range j.newParties.organizations {
		o.ID, o.CreatedAt = uid.New(), s.cfg.Now()
		detail := note.New("organization", "organization %s", o.LegalName)
		err := s.cfg.Audit.Do(ctx, importer, access.RegistrationImport, o.ID, func() (note.Note, error) {
			return detail, s.cfg.Parties.AddOrganization(ctx, o)
		})
		if err != nil {
			return err
		}
		j.organizations[o.OrganizationIdentifier] = o
	}
	for _, key := range slices.SortedFunc(maps.Keys(j.applications), byName) {
		a := j.applications[key]
		if a.ID != "" {
			continue
		}
		a.ID, a.CreatedAt, a.OrganizationID = uid.New(), s.cfg.Now(), j.organizations[key[0]].ID
		detail := note.New("application", "application %s", a.Name)
		err := s.cfg.Audit.Do(ctx, importer, access.RegistrationImport, a.ID, func() (note.Note, error) {
			return detail, s.cfg.Parties.AddApplication(ctx, a)
		})
		if err != nil {
			return err
		}
		j.applications[key] = a
	}
	return nil
}

func byName(a, b [2]string) int { return slices.Compare(a[:], b[:]) }

// lineIn brings one line in: its credentials into custody first, under the reference that was made for them, then
// everything else at once.
func (s *Service) lineIn(ctx context.Context, i Import, j *judgement, l Line, secrets map[string]string) error {
	judged := &j.Lines[l.Position-1]
	if judged.Verdict == VerdictThere {
		l.State, l.RegistrationID = There, judged.registrationID
		return s.unlessMoved(s.cfg.Progress.SettleImportLine(ctx, l))
	}
	if judged.Verdict == VerdictRefused {
		return j.about(judged)
	}
	importer := access.RegistrationImporter()
	detail := note.New("registration_imported", "registration at %s, as in line %d of the list %s", l.InstitutionID,
		l.Line, i.SHA256)
	return s.cfg.Audit.Do(ctx, importer, access.RegistrationImport, l.RegistrationID, func() (note.Note, error) {
		client := secret.Text{}
		if judged.in.GivesSecret() {
			client = secret.NewTextString(secrets[judged.entry.secretName])
		}
		further := judged.hidden(secrets)
		defer func() {
			client.Wipe()
			for _, text := range further {
				text.Wipe()
			}
		}()
		err := s.cfg.Custody.PutCredentialsAs(ctx, importer, l.CredentialsRef, judged.ClientID, client, further)
		if err != nil {
			return detail, err
		}
		return detail, s.cfg.Progress.BringIn(ctx, s.arrival(i, j, judged, l))
	})
}

// about is the first complaint about a line.
func (j *judgement) about(l *JudgedLine) error {
	for _, c := range j.Complaints {
		if l.entry.first <= c.Line && c.Line <= l.entry.last {
			return c.Err
		}
	}
	return fault.New(fault.Conflict, "import_outdated_line",
		"The line no longer fits what is here; check the list anew.")
}

// arrival is everything that a line becomes.
func (s *Service) arrival(i Import, j *judgement, judged *JudgedLine, l Line) Arrival {
	now, a := s.cfg.Now(), judged.applicationIn(j)
	arrival := Arrival{
		Line: l,
		Registration: registration.Registration{
			ID:            l.RegistrationID,
			ApplicationID: a.ID,
			InstitutionID: l.InstitutionID,
			CreatedAt:     now,
		},
		Steps: map[string][]checklist.Record{},
		Bundle: registration.Bundle{
			ID:             l.BundleID,
			RegistrationID: l.RegistrationID,
			Version:        1,
			State:          registration.Draft,
			QWACID:         j.holdings[l.QWAC].ID,
			QSealCID:       j.holdings[l.QSealC].ID,
			ClientID:       judged.ClientID,
			CredentialsRef: l.CredentialsRef,
			Credentials:    judged.credentials(),
			CreatedBy:      i.CreatedBy,
			CreatedAt:      now,
		},
	}
	arrival.Line.State = In
	arrival.Line.Lacking = arrival.Bundle.QWACID == "" || l.QSealC != "" && arrival.Bundle.QSealCID == ""
	e := j.merged(judged)
	if e != j.enrolments[e.ID] {
		e.UpdatedAt = now
		arrival.Enrolment = &e
		j.enrolments[e.ID] = e
	}
	arrival.History = append(arrival.History, s.entry(i, l.RegistrationID, "", checklist.Change{
		What: "imported",
		To:   i.Name,
		Note: i.SHA256,
	}))
	s.addSteps(&arrival, i, j, judged, e)
	return arrival
}

// merged is the enrolment as it is noted, with what the line adds.
func (j *judgement) merged(l *JudgedLine) registration.Enrolment {
	said := j.enrolmentOf(l)
	e, known := j.enrolments[said.ID]
	if !known {
		e = registration.EnrolmentAt(said.OrganizationID, l.in)
	}
	for _, f := range []struct {
		into  *string
		given string
	}{
		{&e.PortalAccount, said.PortalAccount},
		{&e.CustomerName, said.CustomerName},
		{&e.AgreementNumber, said.AgreementNumber},
	} {
		if *f.into == "" {
			*f.into = f.given
		}
	}
	return e
}

// addSteps marks the steps as done before, with what the bank was told by them as it is now.
func (s *Service) addSteps(a *Arrival, i Import, j *judgement, l *JudgedLine, e registration.Enrolment) {
	application, organization := l.applicationIn(j), j.organizations[l.identity]
	facts := checklist.Facts{
		Institution: l.in,
		Particulars: checklist.Particulars{
			LegalName:       organization.LegalName,
			AgreementNumber: e.Agreement(organization),
			ContactEmail:    organization.ContactEmail,
			ApplicationName: application.Name,
			RedirectURIs:    application.RedirectURIs,
			ClientURI:       application.ClientURI,
			TermsURI:        application.TermsURI,
		},
	}
	for n := range l.in.Steps {
		step := &l.in.Steps[n]
		given, named := l.entry.steps[step.ID]
		if !byPeople(step) || step.Optional && !named {
			continue
		}
		subject := a.Registration.ID
		if step.Scope == catalogue.EnrolmentScope {
			subject = e.ID
		}
		if slices.ContainsFunc(j.steps[subject], func(r checklist.Record) bool {
			return r.Step == step.ID && r.State == checklist.Done
		}) {
			continue
		}
		record := checklist.Record{
			Step:       step.ID,
			State:      checklist.Done,
			Note:       l.entry.note,
			DoneBefore: l.entry.doneOn.UTC(),
			Told:       facts.Told(step),
			ChangedBy:  i.CreatedBy,
			ChangedAt:  s.cfg.Now(),
		}
		if given.note != "" {
			record.Note = given.note
		}
		if !given.on.IsZero() {
			record.DoneBefore = given.on.UTC()
		}
		a.Steps[subject] = append(a.Steps[subject], record)
		a.History = append(a.History, s.entry(i, subject, step.ID, checklist.Change{
			What: "done_before",
			To:   record.DoneBefore.Format(time.RFC3339),
			Note: record.Note,
		}))
		if step.Scope == catalogue.EnrolmentScope {
			j.steps[subject] = append(j.steps[subject], record) // the lines after this one find it done
		}
	}
}

// entry is an entry of the history by whoever has given the list.
func (s *Service) entry(i Import, subject, step string, c checklist.Change) registration.HistoryEntry {
	return registration.HistoryEntry{
		Subject: subject,
		Step:    step,
		At:      s.cfg.Now(),
		ByID:    i.CreatedBy,
		ByName:  i.CreatedByName,
		What:    c.What,
		From:    c.From,
		To:      c.To,
		Note:    c.Note,
	}
}
