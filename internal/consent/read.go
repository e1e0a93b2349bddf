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
	"github.com/sealkeeper/sealkeeper/internal/note"
)

// Accounts lists the accounts of a consent.
func (s *Service) Accounts(ctx context.Context, caller access.Caller, id string) ([]ais.Account, error) {
	return read(ctx, s, caller, id, accountsResource, s.listAccounts)
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

// accountsResource is the list of accounts, which is what a consent is for.
const accountsResource = "accounts"

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
	var got T
	err := s.cfg.Audit.Do(ctx, caller, access.AccountsRead, id, func() (_ note.Note, err error) {
		got, err = attempted(ctx, s, caller, id, what, call)
		return note.New("read_"+what, "%s", what), err
	})
	return got, err
}

// refusedAgain is how old tokens must be for a refusal to be answered with a
// refresh: a bank that refuses every token does not get one refresh per call.
const refusedAgain = time.Minute

// Whoever reads with a consent is given no token to refresh, so the two refusals say what else there is to do.

func refusedEarly(cause error, wait time.Duration) error {
	early := fault.Wrap(cause, fault.Conflict, failure.TokenRefused.Code,
		"The bank refused a token that it had just issued; try again after a minute, when it is renewed first.")
	early.Case = "early"
	return early.RetryAfter(wait)
}

func refusedTwice(cause error) error {
	twice := fault.Wrap(cause, fault.Conflict, failure.TokenRefused.Code,
		"The bank refused the consent's token, and the one it gave in its place; ask the customer for a new consent.")
	twice.Case = "twice"
	return twice
}

// attempted calls the bank, and once more with a new token if it refused the first.
func attempted[T any](
	ctx context.Context,
	s *Service,
	caller access.Caller,
	id, what string,
	call func(context.Context, bank) (T, error),
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
	if b.token, err = s.token(ctx, caller, c, s.cfg.Custody.TokensWithin); err != nil {
		return none, err
	}
	got, err := call(ctx, b)
	cause, ok := errors.AsType[*failure.Failure](err)
	if !ok {
		return got, err
	}
	if cause.Action == failure.RefreshToken {
		if age := s.cfg.Now().Sub(c.RenewedAt); age < refusedAgain {
			return none, refusedEarly(err, refusedAgain-age)
		}
		if b.token, err = s.renewed(ctx, caller, c, c.RenewedAt); err != nil {
			return none, err
		}
		if got, err = call(ctx, b); failure.TokenRefused.Is(err) {
			return none, refusedTwice(err)
		}
	}
	return got, s.judge(ctx, caller, b, what, err)
}

// judge closes a consent that the bank says is gone: it is asked no more. One account that
// the customer took out of the consent, or closed, is refused in the same words, so the list of
// accounts has the last word: while the bank gives it, what was refused is not granted, and no more.
func (s *Service) judge(ctx context.Context, caller access.Caller, b bank, what string, err error) error {
	if !failure.ConsentGone.Is(err) {
		return err
	}
	if what != accountsResource {
		_, listing := s.listAccounts(ctx, b)
		if listing == nil {
			return failure.NotGranted.Because(&failure.Failure{Err: err})
		}
		if !failure.ConsentGone.Is(listing) {
			return listing
		}
	}
	closing := s.close(ctx, caller, b.consentID, Revoked, failure.ConsentGone.Code)
	if closing != nil && !errors.Is(closing, fault.Conflict) {
		return errors.Join(err, closing)
	}
	return err
}
