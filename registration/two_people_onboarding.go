package registration

import (
	"context"
	"errors"
	"slices"

	"github.com/sealkeeper/sealkeeper/connector/calendar"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/internal/environment"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
	"github.com/sealkeeper/sealkeeper/registration/checklist"
	"github.com/sealkeeper/sealkeeper/registration/email"
	"github.com/sealkeeper/sealkeeper/registration/evidence"
)

// rolePIS is the role of a payment initiation service, ETSI TS 119 495 clause 5.1.
const rolePIS = "PSP_PI"

// stepEdit and stepAnswer are what is requested about a step.
type (
	stepEdit struct {
		Subject, Step string
		Edit          checklist.Edit
	}
	stepAnswer struct {
		Subject, Step string
		Answer        email.Answer
	}
)

// requestPaymentsSwitch requests the step that switches payments of a live registration in use on or off.
func (s *Service) requestPaymentsSwitch(
	ctx context.Context, caller access.Caller, subject, stepID string, edit checklist.Edit,
) (alone *approval.Request, requested bool, err error) {
	if edit.State == nil {
		return nil, false, nil
	}
	v, _, step, err := s.stepOf(ctx, subject, stepID)
	if err != nil || !switchesPayments(v, step, edit) || validEdit(step, edit) != nil {
		return nil, false, nil //nolint:nilerr // what is wrong is said and recorded where the change is made
	}
	return s.requestOnLive(ctx, caller, approval.NewRequest{
		Handling:   s.paymentsSwitch(),
		Object:     v.Registration.ID,
		ObjectName: v.Institution.Name + ", " + v.Application.Name,
	}, stepEdit{subject, stepID, edit})
}

func switchesPayments(v View, step checklist.Step, edit checklist.Edit) bool {
	return step.Role == rolePIS && v.Institution.Environment == environment.Live && v.Active() != nil &&
		(step.Record.State == checklist.Done) != (*edit.State == checklist.Done)
}

func (s *Service) paymentsSwitch() approval.Handling {
	handler := agreement[stepEdit]{
		describe: func(ctx context.Context, _ approval.Request, in stepEdit) (approval.Change, any, error) {
			v, _, step, err := s.stepOf(ctx, in.Subject, in.Step)
			if err == nil {
				err = validEdit(step, in.Edit)
			}
			if err == nil && !switchesPayments(v, step, in.Edit) {
				err = fault.New(fault.Conflict, "payments_unchanged", "Payments are switched like that already.")
			}
			if err != nil {
				return approval.Change{}, nil, err
			}
			c := change("payments", string(step.Record.State), string(*in.Edit.State),
				"Connectors can make payments through this registration.")
			c.Code = "change.payments.on"
			if *in.Edit.State != checklist.Done {
				c.Code = "change.payments.off"
				c.Consequence = "No payment can be made through this registration any more."
			}
			return c, step.Record, nil
		},
		apply: func(ctx context.Context, by access.Caller, r approval.Request, in stepEdit) error {
			return s.editStep(ctx, by, in.Subject, in.Step, in.Edit, &r)
		},
		applied: func(ctx context.Context, _ approval.Request, in stepEdit) (bool, error) {
			v, _, step, err := s.stepOf(ctx, in.Subject, in.Step)
			return err == nil && !switchesPayments(v, step, in.Edit), err
		},
	}
	return approval.Handling{Kind: access.PaymentsSwitch, Handler: handler}
}

// requestBankAnswer requests the confirmation of a bank's live environment that nothing shows.
func (s *Service) requestBankAnswer(
	ctx context.Context, caller access.Caller, subject, stepID string, answer email.Answer,
) (alone *approval.Request, requested bool, err error) {
	if !answer.Confirmed {
		return nil, false, nil
	}
	v, facts, step, err := s.emailStep(ctx, subject, stepID)
	if err != nil || v.Institution.Environment != environment.Live {
		return nil, false, nil //nolint:nilerr // what is wrong is said and recorded where the change is made
	}
	e, answer, err := s.answered(v, facts, stepID, answer)
	if err != nil || shown(step, e) {
		return nil, false, nil //nolint:nilerr // as above
	}
	return s.requestOnLive(ctx, caller, approval.NewRequest{
		Handling:   s.bankAnswer(),
		Object:     e.ID,
		ObjectName: v.Institution.Name + ", " + step.Title.EN,
		Payload:    map[string]string{"subject": step.Subject},
	}, stepAnswer{subject, stepID, answer})
}

// shown reports whether there is something to show for an answer to the e-mail:
// evidence that came after it and could be one.
func shown(step checklist.Step, e email.Email) bool {
	return slices.ContainsFunc(step.Evidence, func(f evidence.File) bool {
		return !f.AddedAt.Before(e.SentAt) && f.Plausible()
	})
}

func (s *Service) bankAnswer() approval.Handling {
	handler := agreement[stepAnswer]{
		describe: func(ctx context.Context, _ approval.Request, in stepAnswer) (approval.Change, any, error) {
			v, facts, step, err := s.emailStep(ctx, in.Subject, in.Step)
			if err != nil {
				return approval.Change{}, nil, err
			}
			e, _, err := s.answered(v, facts, in.Step, in.Answer)
			c := change("answer", string(step.State), in.Answer.From+"\n"+in.Answer.Note,
				"The step counts as confirmed by the bank, on the word of the requester: there is no evidence.")
			c.Code = "change.answer"
			return c, e, err
		},
		apply: func(ctx context.Context, by access.Caller, r approval.Request, in stepAnswer) error {
			return s.recordAnswer(ctx, by, in.Subject, in.Step, in.Answer, &r)
		},
		applied: func(ctx context.Context, _ approval.Request, in stepAnswer) (bool, error) {
			_, facts, _, err := s.emailStep(ctx, in.Subject, in.Step)
			e, found := facts.Email(in.Step)
			return found && !e.Open() && e.Answer.Confirmed, err
		},
	}
	return approval.Handling{Kind: access.BankAnswer, Handler: handler}
}

// factEdit is what is requested about a bank's facts: one more, or that one is withdrawn.
type factEdit struct {
	Institution string
	WholeBank   bool
	Fact        BankFact
	Withdrawn   bool
}

// followed reports whether calls follow what is said of a key. The other facts say how a campaign is planned, and that
// takes two people itself.
func followed(key string) bool { return key == catalogue.KeyAnnouncedTokens }

// onLive reports whether what is recorded of a subject, an institution or its bank, counts on live.
func (s *Service) onLive(in catalogue.Institution, subject string) bool {
	return in.Environment == environment.Live ||
		subject == in.Group.ID && slices.ContainsFunc(s.cfg.Catalogue.All(), func(other catalogue.Institution) bool {
			return other.Group.ID == in.Group.ID && other.Environment == environment.Live
		})
}

func (s *Service) requestBankFact(
	ctx context.Context, caller access.Caller, institutionID string, wholeBank bool, f BankFact,
) (alone *approval.Request, requested bool, err error) {
	in, err := s.institution(institutionID)
	if f.Subject = in.ID; wholeBank {
		f.Subject = in.Group.ID
	}
	if err != nil || !followed(f.Key) || !s.onLive(in, f.Subject) ||
		f.about(in, calendar.Of(s.cfg.Now(), in.Zone())) != nil {
		return nil, false, nil //nolint:nilerr // what is wrong is said and recorded where the change is made
	}
	return s.requestFactEdit(ctx, caller, in, factEdit{institutionID, wholeBank, f, false})
}

func (s *Service) requestFactWithdrawal(
	ctx context.Context, caller access.Caller, institutionID, id string,
) (alone *approval.Request, requested bool, err error) {
	f, err := s.standingFact(ctx, institutionID, id)
	if err != nil || !followed(f.Key) {
		return nil, false, nil //nolint:nilerr // as above
	}
	in, err := s.institution(institutionID)
	if err != nil || !s.onLive(in, f.Subject) {
		return nil, false, err
	}
	return s.requestFactEdit(ctx, caller, in, factEdit{institutionID, f.Subject == in.Group.ID, f, true})
}

func (s *Service) requestFactEdit(
	ctx context.Context, caller access.Caller, in catalogue.Institution, edit factEdit,
) (alone *approval.Request, requested bool, err error) {
	name := in.Name
	if edit.WholeBank {
		name = in.Group.Name
	}
	return s.requestOnLive(ctx, caller, approval.NewRequest{
		Handling:   s.factChange(),
		Object:     in.ID,
		ObjectName: name,
	}, edit)
}

func (s *Service) factChange() approval.Handling {
	handler := agreement[factEdit]{
		describe: s.describeFactEdit,
		apply: func(ctx context.Context, by access.Caller, r approval.Request, edit factEdit) error {
			if edit.Withdrawn {
				return s.withdrawBankFact(ctx, by, edit.Institution, edit.Fact.ID, &r)
			}
			_, err := s.recordBankFact(ctx, by, edit.Institution, edit.WholeBank, edit.Fact, &r)
			return err
		},
		applied: func(ctx context.Context, _ approval.Request, edit factEdit) (bool, error) {
			_, err := s.standingFact(ctx, edit.Institution, edit.Fact.ID)
			if errors.Is(err, fault.NotFound) {
				return edit.Withdrawn, nil
			}
			return err == nil && !edit.Withdrawn, err
		},
	}
	return approval.Handling{Kind: access.BankFactRecord, Handler: handler}
}

// describeFactEdit says what calls follow now, and what they would follow then. That is derived from every fact of the
// subject that counts now.
func (s *Service) describeFactEdit(
	ctx context.Context, _ approval.Request, edit factEdit,
) (approval.Change, any, error) {
	in, err := s.institution(edit.Institution)
	if err != nil {
		return approval.Change{}, nil, err
	}
	f := edit.Fact
	if edit.Withdrawn {
		_, err = s.standingFact(ctx, edit.Institution, f.ID)
	} else {
		err = f.about(in, calendar.Of(s.cfg.Now(), in.Zone()))
	}
	if err != nil {
		return approval.Change{}, nil, err
	}
	all, err := s.cfg.BankFacts.BankFacts(ctx, f.Subject)
	if err != nil {
		return approval.Change{}, nil, err
	}
	all = slices.DeleteFunc(all, func(other BankFact) bool { return other.Key != f.Key || other.WithdrawnBy != "" })
	c := change(f.Key, valueOf(all), f.Value+"\n"+f.Source+"\n"+f.Evidence,
		"Consents that customers give from then on follow the token rules that the bank has announced, or no longer.")
	if edit.Withdrawn {
		c.After = valueOf(slices.DeleteFunc(slices.Clone(all), func(other BankFact) bool { return other.ID == f.ID }))
	}
	ids := make([]string, len(all))
	for i, other := range all {
		ids[i] = other.ID
	}
	return c, ids, nil
}

// valueOf is the value of the first of the facts, the newest; empty where the catalogue's counts.
func valueOf(facts []BankFact) string {
	if len(facts) == 0 {
		return ""
	}
	return facts[0].Value
}
