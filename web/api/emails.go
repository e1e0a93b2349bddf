package api

import (
	"github.com/sealkeeper/sealkeeper/registration/email"
	"github.com/sealkeeper/sealkeeper/types/api"
)

func (a *API) prepareEmail(r request[api.NewEmail]) (api.EmailDraft, error) {
	l, err := a.Registrations.PrepareEmail(r.echo.Request().Context(), r.caller, r.echo.Param("id"),
		r.echo.Param("step"), r.body.Language, r.body.CertificateID)
	return a.draftOf(l), err
}

func (a *API) recordSent(r request[api.EmailSent]) (api.Checklist, error) {
	ctx, id := r.echo.Request().Context(), r.echo.Param("id")
	if _, err := a.Registrations.RecordSent(ctx, r.caller, id, r.echo.Param("step"),
		email.Dispatch(r.body)); err != nil {
		return api.Checklist{}, err
	}
	return a.checklistOf(ctx, r.caller, id)
}

func (a *API) recordAnswer(r request[api.EmailAnswer]) (api.Checklist, error) {
	ctx, id := r.echo.Request().Context(), r.echo.Param("id")
	answer := email.Answer{At: r.body.At, From: r.body.From, Confirmed: r.body.Confirmed, Note: r.body.Note}
	if err := a.Registrations.RecordAnswer(ctx, r.caller, id, r.echo.Param("step"), answer); err != nil {
		return api.Checklist{}, err
	}
	return a.checklistOf(ctx, r.caller, id)
}

func emailOf(l email.Email) api.Email {
	return api.Email{
		ID:            l.ID,
		Step:          l.Step,
		SentAt:        l.SentAt,
		SentBy:        l.SentBy,
		CertificateID: l.CertificateID,
		Note:          l.Note,
		AnsweredAt:    moment(l.Answer.At),
		AnsweredFrom:  l.Answer.From,
		Confirmed:     l.Answer.Confirmed,
		AnswerNote:    l.Answer.Note,
	}
}
