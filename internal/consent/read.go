package consent

import (
	"context"
	"errors"
	"time"

	"github.com/sealkeeper/sealkeeper/connector"
	"github.com/sealkeeper/sealkeeper/connector/ais"
	"github.com/sealkeeper/sealkeeper/connector/failure"
	"github.com/sealkeeper/sealkeeper/connector/oauth"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
)

// Accounts lists the accounts of a consent.
func (s *Service) Accounts(ctx context.Context, caller access.Caller, id string) ([]ais.Account, error) {
	return read(ctx, s, caller, id, "accounts", s.listAccounts)
}

// Balances reads the balances of one account by its resource id.
func (s *Service) Balances(
	ctx context.Context, caller access.Caller, id, accountID string,
) ([]ais.Balance, error) {
	return read(ctx, s, caller, id, "balances", func(ctx context.Context, b bank) ([]ais.Balance, error) {
		account, err := s.account(ctx, b, accountID)
		if err != nil {
			return nil, err
		}
		return b.client.AIS.Balances(ctx, b.token, account)
	})
}

// Transactions reads a part of the transactions of one account.
func (s *Service) Transactions(
	ctx context.Context, caller access.Caller, id, accountID string, query ais.TransactionQuery,
) (ais.TransactionList, error) {
	return read(ctx, s, caller, id, "transactions",
		func(ctx context.Context, b bank) (ais.TransactionList, error) {
			account, err := s.account(ctx, b, accountID)
			if err != nil {
				return ais.TransactionList{}, err
			}
			return b.client.AIS.TransactionList(ctx, b.token, account, query)
		})
}

// Identity reads who gave the consent.
func (s *Service) Identity(ctx context.Context, caller access.Caller, id string) (ais.Identity, error) {
	return read(ctx, s, caller, id, "identity", func(ctx context.Context, b bank) (ais.Identity, error) {
		return b.client.AIS.Identity(ctx, b.token)
	})
}

// Beneficiaries lists whom the customer has recorded to pay to.
func (s *Service) Beneficiaries(ctx context.Context, caller access.Caller, id string) ([]ais.Beneficiary, error) {
	return read(ctx, s, caller, id, "beneficiaries",
		func(ctx context.Context, b bank) ([]ais.Beneficiary, error) {
			return b.client.AIS.Beneficiaries(ctx, b.token)
		})
}

// bank is what a reading works with.
type bank struct {
	client    *connector.Client
	token     *oauth.Token
	consentID string
}

// read authorises and records one reading.
func read[T any](
	ctx context.Context,
	s *Service,
	caller access.Caller,
	id, what string,
	call func(context.Context, bank) (T, error),
) (T, error) {
	var none T
	if err := s.cfg.Audit.Authorize(ctx, caller, access.AccountsRead, id); err != nil {
		return none, err
	}
	got, err := attempted(ctx, s, caller, id, call)
	return got, s.cfg.Audit.Finish(ctx, caller, access.AccountsRead, id, what, err)
}

// refusedAgain is how old tokens must be for a refusal to be answered with a
// refresh: a bank that refuses every token does not get one refresh per call.
const refusedAgain = time.Minute

// attempted calls the bank, and once more with a new token if it refused the first.
func attempted[T any](
	ctx context.Context, s *Service, caller access.Caller, id string, call func(context.Context, bank) (T, error),
) (T, error) {
	var none T
	c, err := s.own(ctx, caller, id)
	if err != nil {
		return none, err
	}
	if err := s.usable(c); err != nil {
		return none, err
	}
	b := bank{consentID: id}
	if b.client, err = s.cfg.Clients.Client(ctx, caller, c.RegistrationID); err != nil {
		return none, err
	}
	if b.token, err = s.token(ctx, caller, c); err != nil {
		return none, err
	}
	got, err := call(ctx, b)
	cause, ok := errors.AsType[*failure.Failure](err)
	if !ok {
		return got, err
	}
	if cause.Action == failure.RefreshToken && s.cfg.Now().Sub(c.RenewedAt) >= refusedAgain {
		if b.token, err = s.renewed(ctx, caller, c, c.RenewedAt); err != nil {
			return none, err
		}
		got, err = call(ctx, b)
		cause, _ = errors.AsType[*failure.Failure](err)
	}
	return got, s.judge(ctx, caller, id, cause, err)
}

// judge closes a consent that the bank says is gone: it is asked no more.
func (s *Service) judge(
	ctx context.Context, caller access.Caller, id string, cause *failure.Failure, err error,
) error {
	if cause == nil || cause.Code != "consent_gone" {
		return err
	}
	if closing := s.close(ctx, caller, id, Revoked, cause.Code); closing != nil && !errors.Is(closing,
		fault.Conflict) {
		return errors.Join(err, closing)
	}
	return err
}
