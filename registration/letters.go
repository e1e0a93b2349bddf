package registration

import (
	"context"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
)

// PrepareLetter writes the e-mail to the bank that a step asks for, in English
// ("en") or French ("fr"), about the given QWAC; without one, about the one in
// the bundle or the organization's newest. It is not sent: a person does that.
func (s *Service) PrepareLetter(
	ctx context.Context, caller access.Caller, subject, stepID, language, certificateID string,
) (Letter, error) {
	if err := s.cfg.Audit.Permit(ctx, caller, access.RegistrationRead, subject); err != nil {
		return Letter{}, err
	}
	c, v, err := s.letterStep(ctx, subject, stepID)
	if err != nil {
		return Letter{}, err
	}
	if language != "en" && language != "fr" {
		return Letter{}, fault.New(fault.Invalid, "language_unknown",
			"The e-mail can be written in English (en) or French (fr).")
	}
	leaf, chain, id, err := s.announce(ctx, caller, c, certificateID)
	if err != nil {
		return Letter{}, err
	}
	letter := c.letterText(v, language, leaf)
	letter.CertificateID = id
	if letter.Attachments, err = attachments(leaf, chain); err != nil {
		return Letter{}, err
	}
	letter.EML = letter.eml(s.now())
	return letter, nil
}

// letterStep finds a step with a letter.
func (s *Service) letterStep(ctx context.Context, subject, stepID string) (checklist, StepView, error) {
	c, v, err := s.stepOf(ctx, subject, stepID)
	if err == nil && v.Letter == nil {
		err = fault.New(fault.Invalid, "step_without_letter", "For %q nothing is written to the bank.", v.Title.EN)
	}
	return c, v, err
}

// announce finds the QWAC a letter is about. It must be of the organization.
func (s *Service) announce(
	ctx context.Context, caller access.Caller, c checklist, id string,
) (*certs.Certificate, []*certs.Certificate, string, error) {
	if id == "" {
		id = c.bundle.QWACID
	}
	if h, ok := c.holding(certs.QWAC); ok && id == "" {
		id = h.ID
	}
	if id == "" {
		return nil, nil, "", fault.New(fault.Conflict, "qwac_missing",
			"There is no valid QWAC of the organization in custody; upload one, the bank wants to see it.")
	}
	leaf, chain, err := s.cfg.Certificates.Certificate(ctx, caller, id)
	if err != nil {
		return nil, nil, "", err
	}
	if leaf.Kind != certs.QWAC || leaf.OrganizationIdentifier != c.organization.OrganizationIdentifier {
		return nil, nil, "", fault.New(fault.Invalid, "not_the_qwac",
			"The bank wants the QWAC of %s; choose a transport certificate of that organization.",
			c.organization.LegalName)
	}
	return leaf, chain, id, nil
}

// letterText fills in the blanks. A value is one line, so it cannot add lines or headers.
func (c *checklist) letterText(v StepView, language string, leaf *certs.Certificate) Letter {
	contact := c.organization.LegalName
	for _, p := range c.organization.Contacts {
		if p.Email == c.organization.ContactEmail {
			contact = p.Name
		}
	}
	values := map[string]string{
		"legal_name":       c.organization.LegalName,
		"agreement_number": c.enrolment.Agreement(c.organization),
		"contact_email":    c.organization.ContactEmail,
		"contact_name":     contact,
		"fingerprint":      leaf.SHA256,
		"valid_until":      leaf.NotAfter.Format("2006-01-02"),
		"bank":             c.institution.Group.Name,
	}
	fill := func(t catalogue.Text) string {
		return catalogue.Fill(t, language, func(blank string) string { return oneLine(values[blank]) })
	}
	return Letter{
		To:       c.institution.Group.SupportEmail,
		From:     c.organization.ContactEmail,
		Language: language,
		Subject:  oneLine(fill(v.Letter.Subject)),
		Body:     fill(v.Letter.Body),
	}
}

// RecordSent notes that the e-mail to the bank went out. From then on the step
// waits for the bank, until RecordAnswer.
func (s *Service) RecordSent(
	ctx context.Context, caller access.Caller, subject, stepID string, sent Sent,
) (Correspondence, error) {
	l := Correspondence{Step: stepID, SentAt: sent.At.UTC(), SentBy: caller.ID, Note: sent.Note}
	var now = s.now()
	l.ID, _ = s.stamp()
	return l, s.write(ctx, caller, subject, "e-mail to the bank for step "+stepID, func() error {
		c, v, err := s.letterStep(ctx, subject, stepID)
		if err != nil {
			return err
		}
		if l.SentAt.IsZero() {
			l.SentAt = now
		}
		switch {
		case !came(l.SentAt, now, c.institution.Zone()):
			return fault.New(fault.Invalid, "sent_in_future",
				"Give the day on which the e-mail was sent; it cannot be later than today.")
		case v.Locked:
			return fault.New(fault.Conflict, "step_locked", "%q comes after %s; finish that first.", v.Title.EN,
				strings.Join(v.LockedBy, ", "))
		case v.State == Waiting:
			return fault.New(fault.Conflict, "letter_open",
				"The bank has not answered the last e-mail; record its answer, or that it refused, before the next.")
		}
		if err := lines(sent.Note); err != nil {
			return err
		}
		if _, _, l.CertificateID, err = s.announce(ctx, caller, c, sent.CertificateID); err != nil {
			return err
		}
		l.Subject = v.Subject
		record := v.Record
		record.Told, record.RemindAt, record.ChangedBy, record.ChangedAt = c.told(*v.Step), l.SentAt.AddDate(0, 0,
			v.Reminder), caller.ID, now
		record.WaitingSince, record.State = l.SentAt, Waiting
		if err := s.cfg.Letters.AddLetter(ctx, l,
			s.entry(caller, v.Subject, v.ID, "letter", string(v.State), string(Waiting), sent.Note)); err != nil {
			return err
		}
		return s.cfg.Checklist.SetSteps(ctx, v.Subject, []StepRecord{record}, nil)
	})
}

// RecordAnswer notes what the bank answered to the newest e-mail. A confirmation
// settles the step; after a refusal it is to be done again.
func (s *Service) RecordAnswer(ctx context.Context, caller access.Caller, subject, stepID string, answer Answer) error {
	detail := "answer of the bank for step " + stepID
	return s.write(ctx, caller, subject, detail, func() error {
		c, v, err := s.letterStep(ctx, subject, stepID)
		if err != nil {
			return err
		}
		l, found := c.letter(stepID)
		if !found || !l.Open() {
			return fault.New(fault.Conflict, "no_open_letter",
				"No e-mail to the bank waits for an answer; record first that one was sent.")
		}
		if answer.At.IsZero() {
			answer.At = s.now()
		}
		answer.At, answer.By = answer.At.UTC(), caller.ID
		if err := answer.validate(l, s.now(), c.institution.Zone()); err != nil {
			return err
		}
		l.Answer = answer
		to := InProgress
		if answer.Confirmed {
			to = StepDone
		}
		return s.cfg.Letters.AnswerLetter(ctx, l,
			s.entry(caller, v.Subject, v.ID, "answer", string(v.State), string(to),
				strings.TrimSpace(answer.From+": "+answer.Note)))
	})
}

func (a Answer) validate(l Correspondence, now time.Time, zone *time.Location) error {
	if err := text(a.From); err != nil {
		return err
	}
	if err := lines(a.Note); err != nil {
		return err
	}
	switch {
	case strings.TrimSpace(a.From) == "":
		return fault.New(fault.Invalid, "answer_from_missing", "Say who at the bank answered.")
	case !a.Confirmed && strings.TrimSpace(a.Note) == "":
		return fault.New(fault.Invalid, "reason_missing", "Say in the note why the bank refused.")
	case !came(a.At, now, zone) || !came(l.SentAt, a.At, zone):
		return fault.New(fault.Invalid, "answer_day",
			"The answer came between the day the e-mail was sent and today; correct the day.")
	}
	return nil
}
