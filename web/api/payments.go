package api

import (
	"github.com/sealkeeper/sealkeeper/connector/calendar"
	"github.com/sealkeeper/sealkeeper/connector/pis"
	"github.com/sealkeeper/sealkeeper/connector/stet"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/internal/payment"
	"github.com/sealkeeper/sealkeeper/types/api"
)

func paymentIn(in api.NewPayment) (payment.Input, error) {
	amount, err := pis.ParseEuro(string(in.Amount))
	if err != nil {
		return payment.Input{}, err
	}
	p := pis.Payment{
		ID:           in.PaymentInformationID,
		Kind:         in.Kind,
		Amount:       amount,
		Currency:     in.Currency,
		DebtorIBAN:   in.DebtorIBAN,
		CreditorName: in.CreditorName,
		CreditorIBAN: in.CreditorIBAN,
		CreditorBIC:  in.CreditorBIC,
		Reference:    in.Reference,
		Remittance:   in.Remittance,
	}
	if p.Kind == "" {
		p.Kind = pis.Single
	}
	if p.Currency == "" {
		p.Currency = "EUR"
	}
	if in.ExecutionDate != "" {
		day, err := calendar.Parse(in.ExecutionDate)
		if err != nil {
			return payment.Input{}, fault.New(fault.Invalid, "execution_date_invalid", "The execution date %v.", err)
		}
		p.ExecutionDate = day
	}
	return payment.Input{
		RegistrationID: in.RegistrationID,
		Payment:        p,
		RedirectURI:    in.RedirectURI,
		Customer:       stet.Customer{IPAddress: in.CustomerIP},
	}, nil
}

func (a *API) createPayment(r request[api.NewPayment]) (api.Payment, error) {
	ctx := r.echo.Request().Context()
	if err := a.Audit.Permit(ctx, r.caller, access.PaymentCreate, r.body.RegistrationID); err != nil {
		return api.Payment{}, err
	}
	in, err := paymentIn(r.body)
	if err != nil {
		return api.Payment{}, err
	}
	return shown(a.Payments.Create(ctx, r.caller, in))
}

func (a *API) payments(r request[none], q listing.Query) (listing.Page[api.Payment], error) {
	page, err := a.Payments.Page(r.echo.Request().Context(), r.caller, q)
	return listing.Map(page, paymentOf), err
}

func (a *API) payment(r request[none]) (api.Payment, error) {
	return shown(a.Payments.Get(r.echo.Request().Context(), r.caller, r.echo.Param("id")))
}

func (a *API) completePayment(r request[api.PaymentReturn]) (api.Payment, error) {
	p, err := a.Payments.Complete(r.echo.Request().Context(), r.caller, payment.Return(r.body))
	if err != nil {
		err = a.foreignState(r.echo.Request().Context(), r.caller, access.PaymentConfirm, err)
	}
	return shown(p, err)
}

func (a *API) confirmPayment(r request[none]) (api.Payment, error) {
	return shown(a.Payments.Confirm(r.echo.Request().Context(), r.caller, r.echo.Param("id")))
}

func (a *API) cancelPayment(r request[api.CancelPayment]) (api.Payment, error) {
	return shown(a.Payments.Cancel(r.echo.Request().Context(), r.caller, r.echo.Param("id"), r.body.Reason))
}

func (a *API) resolvePayment(r request[api.ResolvePayment]) (api.Payment, error) {
	return shown(a.Payments.Resolve(r.echo.Request().Context(), r.caller, r.echo.Param("id"), payment.Finding(r.body)))
}

func shown(p payment.Payment, err error) (api.Payment, error) { return paymentOf(p), err }

func paymentOf(p payment.Payment) api.Payment {
	o := p.Order
	out := api.Payment{
		ID:                   p.ID,
		RegistrationID:       p.RegistrationID,
		PaymentInformationID: o.ID,
		Kind:                 o.Kind,
		Amount:               o.Amount,
		Currency:             o.Currency,
		DebtorIBAN:           o.DebtorIBAN,
		CreditorName:         o.CreditorName,
		CreditorIBAN:         o.CreditorIBAN,
		CreditorBIC:          o.CreditorBIC,
		Reference:            o.Reference,
		Remittance:           o.Remittance,
		State:                api.PaymentState(p.State),
		ConsentURL:           p.ConsentURL,
		CancelURL:            p.CancelURL,
		BankID:               p.ResourceID,
		Status:               p.Status,
		Reason:               p.Reason,
		ReasonMeaning:        p.Reason.Sentence(),
		FailureCode:          p.FailureCode,
		Failure:              p.Failure,
		Note:                 p.Note,
		ExecuteAt:            moment(o.ExecuteAt.UTC()),
		ConfirmBy:            moment(o.ConfirmBy.UTC()),
		Moved:                o.Moved,
		CreatedAt:            p.CreatedAt.UTC(),
		ConfirmedAt:          moment(p.ConfirmedAt),
		CheckedAt:            moment(p.CheckedAt),
	}
	if p.Status != "" {
		out.StatusMeaning = p.Status.Sentence()
	}
	return out
}
