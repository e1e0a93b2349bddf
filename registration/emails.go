package registration

import (
	"cmp"
	"context"
	"strings"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/connector/calendar"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/internal/note"
	"github.com/sealkeeper/sealkeeper/registration/checklist"
	"github.com/sealkeeper/sealkeeper/registration/email"
)

// PrepareEmail writes the e-mail to the bank that a step asks for, in English
// ("en") or French ("fr"), about the given QWAC; without one, about the one in
// the bundle or the organization's newest. It is not sent: a person does that.
func (s *Service) PrepareEmail(
	ctx context.Context, caller access.Caller, subject, stepID, language, certificateID string,
) (email.Draft, error) {
	if err := s.cfg.Audit.Permit(ctx, caller, access.RegistrationRead, subject); err != nil {
		return email.Draft{}, err
	}
	v, facts, step, err := s.emailStep(ctx, subject, stepID)
	if err != nil {
		return email.Draft{}, err
	}
	if language != "en" && language != "fr" {
		return email.Draft{}, fault.New(fault.Invalid, "language_unknown",
			"The e-mail can be written in English (en) or French (fr).")
	}
	id := announced(facts, certificateID)
	leaf, chain, err := s.announce(ctx, caller, v.Organization, id)
	if err != nil {
		return email.Draft{}, err
	}
	draft, err := email.Compose(email.Content{
		Template: step.Email,
		Language: language,
		To:       v.Institution.Group.SupportEmail,
		From:     v.Organization.ContactEmail,
		Blanks:   v.blanks(),
		QWAC:     leaf,
		Chain:    chain,
	})
	draft.CertificateID = id
	return draft, err
}

// emailStep finds a step by which the bank is written to.
func (s *Service) emailStep(
	ctx context.Context, subject, stepID string,
) (View, checklist.Facts, checklist.Step, error) {
	v, facts, step, err := s.stepOf(ctx, subject, stepID)
	if err == nil && step.Email == nil {
		err = fault.New(fault.Invalid, "step_without_email", "For %q nothing is written to the bank.", step.Title.EN)
	}
	return v, facts, step, err
}

// announced is the QWAC an e-mail is about: the one asked for, the one in the bundle, or the newest.
func announced(facts checklist.Facts, id string) string {
	return cmp.Or(id, facts.Bundle.QWACID, facts.Holdings.QWAC)
}

// announce reads the QWAC an e-mail is about. It must be of the organization.
func (s *Service) announce(
	ctx context.Context, caller access.Caller, o Organization, id string,
) (*certs.Certificate, []*certs.Certificate, error) {
	if id == "" {
		return nil, nil, fault.New(fault.Conflict, "qwac_missing",
			"Custody has no valid QWAC of the organization; upload one, because the bank wants to see it.")
	}
	leaf, chain, err := s.cfg.Certificates.Certificate(ctx, caller, id)
	if err != nil {
		return nil, nil, err
	}
	if leaf.Kind != certs.QWAC || leaf.OrganizationIdentifier != o.OrganizationIdentifier {
		return nil, nil, fault.New(fault.Invalid, "not_the_qwac",
			"The bank wants the QWAC of %s; choose a transport certificate of that organization.", o.LegalName)
	}
	return leaf, chain, nil
}

// blanks are what is filled into the text of an e-mail.
func (v View) blanks() map[string]string {
	contact := v.Organization.LegalName
	for _, p := range v.Organization.Contacts {
		if p.Email == v.Organization.ContactEmail {
			contact = p.Name
		}
	}
	return map[string]string{
		"legal_name":       v.Organization.LegalName,
		"agreement_number": v.Enrolment.Agreement(v.Organization),
		"contact_email":    v.Organization.ContactEmail,
		"contact_name":     contact,
		"bank":             v.Institution.Group.Name,
	}
}

// RecordSent notes that the e-mail to the bank went out. From then on the step
// waits for the bank, until RecordAnswer.
func (s *Service) RecordSent(
	ctx context.Context, caller access.Caller, subject, stepID string, sent email.Dispatch,
) (email.Email, error) {
	e := email.Email{Step: stepID, SentAt: sent.At.UTC(), SentBy: caller.ID, Note: sent.Note}
	now := s.cfg.Now()
	e.ID, _ = s.stamp()
	detail := note.New("email_sent", "e-mail to the bank for step %s", stepID)
	return e, s.write(ctx, caller, subject, detail, func() error {
		v, facts, step, err := s.emailStep(ctx, subject, stepID)
		if err != nil {
			return err
		}
		if e.SentAt.IsZero() {
			e.SentAt = now
		}
		zone := v.Institution.Zone()
		if err := step.AllowsEmail(calendar.Noted(e.SentAt, zone), calendar.Of(now, zone)); err != nil {
			return err
		}
		if err := checkLines(sent.Note); err != nil {
			return err
		}
		e.CertificateID = announced(facts, sent.CertificateID)
		if _, _, err := s.announce(ctx, caller, v.Organization, e.CertificateID); err != nil {
			return err
		}
		e.Subject = step.Subject
		if err := s.cfg.Emails.AddEmail(ctx, e, s.entry(caller, step.Subject, step.ID, checklist.Change{
			What: "email",
			From: string(step.State),
			To:   string(checklist.Waiting),
			Note: sent.Note,
		})); err != nil {
			return err
		}
		return s.setStep(ctx, caller, step.Subject, step.Sent(e.SentAt, facts.Told(step.Step)), nil)
	})
}

// RecordAnswer notes what the bank answered to the newest e-mail. A confirmation
// settles the step; after a refusal it is to be done again. That a bank confirmed live needs
// evidence with the step, or a second person: it is requested then.
func (s *Service) RecordAnswer(
	ctx context.Context, caller access.Caller, subject, stepID string, answer email.Answer,
) error {
	alone, requested, err := s.requestBankAnswer(ctx, caller, subject, stepID, answer)
	if requested || err != nil {
		return err
	}
	return s.recordAnswer(ctx, caller, subject, stepID, answer, alone)
}

// recordAnswer does it; agreed is the request for it, where it took one.
func (s *Service) recordAnswer(
	ctx context.Context, caller access.Caller, subject, stepID string, answer email.Answer, agreed *approval.Request,
) error {
	detail := agreed.Recorded(note.New("bank_answered", "answer of the bank for step %s", stepID))
	return s.write(ctx, caller, subject, detail, func() error {
		v, facts, step, err := s.emailStep(ctx, subject, stepID)
		if err != nil {
			return err
		}
		e, answer, err := s.answered(v, facts, stepID, answer)
		if err != nil {
			return err
		}
		answer.By = caller.ID
		e.Answer = answer
		to := checklist.InProgress
		if answer.Confirmed {
			to = checklist.Done
		}
		if err := s.cfg.Emails.AnswerEmail(ctx, e, s.entry(caller, step.Subject, step.ID, checklist.Change{
			What: "answer",
			From: string(step.State),
			To:   string(to),
			Note: strings.TrimSpace(answer.From + ": " + answer.Note),
		})); err != nil {
			return err
		}
		// What the answer decides is read from it. That the step was changed, by whom and when, is noted here.
		return s.setStep(ctx, caller, step.Subject, step.Record, nil)
	})
}

// answered finds the e-mail that an answer is to, or refuses the answer.
func (s *Service) answered(
	v View, facts checklist.Facts, stepID string, answer email.Answer,
) (email.Email, email.Answer, error) {
	e, found := facts.Email(stepID)
	if !found || !e.Open() {
		return e, answer, fault.New(fault.Conflict, "no_open_email",
			"No e-mail to the bank waits for an answer; record first that one was sent.")
	}
	if answer.At.IsZero() {
		answer.At = s.cfg.Now()
	}
	answer.At = answer.At.UTC()
	if err := checkLine(answer.From); err != nil {
		return e, answer, err
	}
	if err := checkLines(answer.Note); err != nil {
		return e, answer, err
	}
	return e, answer, answer.Check(e.SentAt, s.cfg.Now(), v.Institution.Zone())
}
