package api

import (
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/types/api"
)

func bankFactOf(f registration.BankFact) api.BankFact {
	return api.BankFact{
		ID:          f.ID,
		Subject:     f.Subject,
		Key:         f.Key,
		Value:       f.Value,
		Source:      f.Source,
		SaidOn:      f.SaidOn,
		Evidence:    f.Evidence,
		RecordedBy:  f.RecordedBy,
		RecordedAt:  f.RecordedAt,
		WithdrawnBy: f.WithdrawnBy,
		WithdrawnAt: moment(f.WithdrawnAt),
	}
}

func (a *API) bankFacts(r request[none]) ([]api.BankFact, error) {
	all, err := a.Registrations.BankFacts(r.echo.Request().Context(), r.caller, r.echo.Param("id"))
	return each(all, bankFactOf), err
}

func (a *API) recordBankFact(r request[api.NewBankFact]) (api.BankFact, error) {
	f, err := a.Registrations.RecordBankFact(r.echo.Request().Context(), r.caller, r.echo.Param("id"),
		r.body.WholeBank, registration.BankFact{
			Key:      r.body.Key,
			Value:    r.body.Value,
			Source:   r.body.Source,
			SaidOn:   r.body.SaidOn,
			Evidence: r.body.Evidence,
		})
	return bankFactOf(f), err
}

func (a *API) withdrawBankFact(r request[none]) ([]api.BankFact, error) {
	err := a.Registrations.WithdrawBankFact(r.echo.Request().Context(), r.caller, r.echo.Param("id"),
		r.echo.Param("fact"))
	if err != nil {
		return nil, err
	}
	return a.bankFacts(r)
}
