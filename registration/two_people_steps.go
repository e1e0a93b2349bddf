package registration

import (
	"context"
	"slices"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/internal/environment"
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
