package bank

import (
	"errors"
	"net/http"

	"github.com/sealkeeper/sealkeeper/lab/bank/ledger"
)

// accounts is GET /accounts.
func (s *Sim) accounts(w http.ResponseWriter, r *http.Request, in *admission) {
	list, ok := s.ledger(in.segment).Accounts(in.consent.Accounts, r.URL.Query().Get("page"))
	switch {
	case !ok:
		s.refuse(w, r, http.StatusNotFound, "No such page")
	case len(list.Accounts) == 0:
		w.WriteHeader(http.StatusNoContent)
	default:
		s.answer(w, r, http.StatusOK, list)
	}
}

// account finds the account in the path among those the customer allowed.
func (s *Sim) account(w http.ResponseWriter, r *http.Request, in *admission) (ledger.Account, bool) {
	account, ok := s.ledger(in.segment).Find(in.consent.Accounts, r.PathValue("account"))
	if !ok {
		s.refuse(w, r, http.StatusNotFound, "No such account")
	}
	return account, ok
}

func (s *Sim) balances(w http.ResponseWriter, r *http.Request, in *admission) {
	if account, ok := s.account(w, r, in); ok {
		s.answer(w, r, http.StatusOK, account.BalancesOf())
	}
}

func (s *Sim) transactions(w http.ResponseWriter, r *http.Request, in *admission) {
	account, ok := s.account(w, r, in)
	if !ok {
		return
	}
	list, err := s.ledger(in.segment).Transactions(account, r.URL.Query(), s.cfg.PageSize)
	switch {
	case errors.Is(err, ledger.ErrTooOld), errors.Is(err, ledger.ErrQuery):
		s.refuse(w, r, http.StatusBadRequest, err.Error())
	case len(list.Transactions) == 0:
		w.WriteHeader(http.StatusNoContent)
	default:
		s.answer(w, r, http.StatusOK, list)
	}
}

func (s *Sim) identity(w http.ResponseWriter, r *http.Request, in *admission) {
	s.answer(w, r, http.StatusOK, s.ledger(in.segment).Identity())
}

func (s *Sim) beneficiaries(w http.ResponseWriter, r *http.Request, in *admission) {
	list, ok := s.ledger(in.segment).Beneficiaries(r.URL.Query().Get("page"))
	switch {
	case !ok:
		s.refuse(w, r, http.StatusNotFound, "No such page")
	case len(list.Beneficiaries) == 0:
		w.WriteHeader(http.StatusNoContent)
	default:
		s.answer(w, r, http.StatusOK, list)
	}
}
