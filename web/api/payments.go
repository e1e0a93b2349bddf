package api

import (
	"encoding/json"
	"strings"

	"github.com/sealkeeper/sealkeeper/connector/pis"
	"github.com/sealkeeper/sealkeeper/connector/sepa"
	"github.com/sealkeeper/sealkeeper/connector/stet"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/payment"
)

// maxPayments bounds a listing.
const maxPayments = 500

type paymentInput struct {
	RegistrationID       string          `json:"registration_id"`
	PaymentInformationID string          `json:"payment_information_id"`
	Kind                 pis.Kind        `json:"kind"`     // empty: single
	Amount               json.RawMessage `json:"amount"`   // text or number; the notation counts
	Currency             string          `json:"currency"` // empty: EUR
	DebtorIBAN           string          `json:"debtor_iban"`
	CreditorName         string          `json:"creditor_name"`
	CreditorIBAN         string          `json:"creditor_iban"`
	CreditorBIC          string          `json:"creditor_bic"`
	Reference            string          `json:"reference"`
	Remittance           string          `json:"remittance"`
	ExecutionDate        string          `json:"execution_date"`
	RedirectURI          string          `json:"redirect_uri"`
	CustomerIP           string          `json:"customer_ip"`
}

func (in paymentInput) payment() (payment.Input, error) {
	amount, err := pis.ParseEuro(strings.Trim(string(in.Amount), `"`))
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
		day, err := sepa.ParseDate(in.ExecutionDate)
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

func (a *API) createPayment(r request[paymentInput]) (paymentJSON, error) {
	in, err := r.body.payment()
	if err != nil {
		return paymentJSON{}, err
	}
	return shown(a.Payments.Create(r.echo.Request().Context(), r.caller, in))
}

func (a *API) payments(r request[none]) ([]paymentJSON, error) {
	all, err := a.Payments.List(r.echo.Request().Context(), r.caller, payment.Filter{
		RegistrationID:       r.echo.QueryParam("registration_id"),
		PaymentInformationID: r.echo.QueryParam("payment_information_id"),
		Limit:                maxPayments,
	})
	return each(all, paymentOf), err
}

func (a *API) payment(r request[none]) (paymentJSON, error) {
	return shown(a.Payments.Get(r.echo.Request().Context(), r.caller, r.echo.Param("id")))
}

type returnInput struct {
	State string `json:"state"`
	Code  string `json:"code"`
	Error string `json:"error"`
}

func (a *API) completePayment(r request[returnInput]) (paymentJSON, error) {
	return shown(a.Payments.Complete(r.echo.Request().Context(), r.caller, payment.Return(r.body)))
}

func (a *API) confirmPayment(r request[none]) (paymentJSON, error) {
	return shown(a.Payments.Confirm(r.echo.Request().Context(), r.caller, r.echo.Param("id")))
}

type cancelInput struct {
	Reason pis.Reason `json:"reason"`
}

func (a *API) cancelPayment(r request[cancelInput]) (paymentJSON, error) {
	return shown(a.Payments.Cancel(r.echo.Request().Context(), r.caller, r.echo.Param("id"), r.body.Reason))
}

type findingInput struct {
	AtBank     bool   `json:"at_bank"`
	ResourceID string `json:"resource_id"`
	Reason     string `json:"reason"`
}

func (a *API) resolvePayment(r request[findingInput]) (paymentJSON, error) {
	return shown(a.Payments.Resolve(r.echo.Request().Context(), r.caller, r.echo.Param("id"), payment.Finding(r.body)))
}

func shown(p payment.Payment, err error) (paymentJSON, error) { return paymentOf(p), err }
