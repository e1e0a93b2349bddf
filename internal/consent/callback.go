package consent

import (
	"context"
	"errors"
	"log/slog"

	"github.com/sealkeeper/sealkeeper/connector"
	"github.com/sealkeeper/sealkeeper/connector/failure"
	"github.com/sealkeeper/sealkeeper/connector/oauth"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/note"
	"github.com/sealkeeper/sealkeeper/vault"
)

// Callback takes what the customer's browser brought back from the bank, and
// turns the code into tokens, which are in custody before they are used.
//
// A state works for one code, and is used up when the bank has judged that
// code. While the bank or custody is down it is not: repeat the call with the same
// state and code until Consent.AnswerBy.
func (s *Service) Callback(ctx context.Context, caller access.Caller, r oauth.Return) (Consent, error) {
	if err := s.cfg.Audit.PermitSomewhere(ctx, caller, access.ConsentStart, ""); err != nil {
		return Consent{}, err
	}
	c, err := s.cfg.Records.ConsentByState(ctx, hash(r.State))
	if errors.Is(err, fault.NotFound) || (err == nil && (c.CreatedBy != caller.ID || !caller.Knows(c.RegistrationID))) {
		return Consent{}, fault.New(fault.Invalid, "state_unknown",
			"This return from the bank was not started here, or was started by somebody else; start the consent again.")
	}
	if err != nil {
		return Consent{}, err
	}
	err = s.cfg.Audit.Do(ctx, caller, access.ConsentStart, c.ID, func() (_ note.Note, err error) {
		c, err = s.answer(ctx, caller, c, r)
		return note.New("customer_returned", "the customer came back"), err
	})
	return c, err
}

func (s *Service) answer(ctx context.Context, caller access.Caller, c Consent, r oauth.Return) (Consent, error) {
	refused := r.Check()
	if r.Error == "" && refused != nil {
		return c, refused // neither a code nor an error: the right answer may still come
	}
	// What is in the way of the client is found before anything is used up.
	client, err := s.cfg.Clients.Client(ctx, caller, c.RegistrationID)
	if err != nil {
		return c, err
	}
	policy, err := s.policy(ctx, c, client)
	if err != nil {
		return c, err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), workLife)
	defer cancel()
	if c, _, err = s.lease(ctx, c.ID); err != nil {
		return c, err
	}
	if err := s.claim(&c, r); err != nil {
		return c, errors.Join(err, s.cfg.Leases.SaveConsent(ctx, c, true))
	}
	if refused != nil {
		code := fault.Code(refused)
		c.end(Broken, code)
		c, err = s.finish(ctx, caller, c)
		return c, errors.Join(refused, err)
	}
	// From here on no other code works with this state, crash or not.
	if err := s.cfg.Leases.SaveConsent(ctx, c, false); err != nil {
		return c, err
	}
	return s.exchange(ctx, caller, c, client, policy, r.Code)
}

func (s *Service) policy(ctx context.Context, c Consent, client *connector.Client) (Policy, error) {
	view, _, err := s.cfg.Registrations.ActiveBundle(ctx, c.RegistrationID)
	if err != nil {
		return Policy{}, err
	}
	settings := client.OAuth.Settings()
	settings.AnnouncedTokens = view.Institution.AnnouncedInForce() // a client may have been made before it was recorded
	return PolicyOf(view.Institution.Tokens, settings), nil
}

// claim binds the code to the state, which has not been used yet.
func (s *Service) claim(c *Consent, r oauth.Return) error {
	switch {
	case c.State == Pending && !s.cfg.Now().Before(c.AnswerBy):
		return fault.New(fault.Invalid, "state_expired",
			"The customer took too long at the bank; start the consent again.")
	case c.State != Pending, c.CodeHash != "" && c.CodeHash != hash(r.Code):
		return fault.New(fault.Conflict, "state_used",
			"This return from the bank was already handled; look at the consent, or start another one.")
	}
	if r.Code != "" {
		c.CodeHash = hash(r.Code)
	}
	return nil
}

func (s *Service) exchange(
	ctx context.Context, caller access.Caller, c Consent, client *connector.Client, policy Policy, code string,
) (Consent, error) {
	tokens, err := s.cfg.Custody.RenewTokens(ctx, caller, c.ID, func(old vault.Tokens) (vault.Tokens, error) {
		if !old.Access.Empty() {
			return old, nil // exchanged before, and the answer was lost on its way to the database
		}
		token, err := client.OAuth.ExchangeCode(ctx, code, c.RedirectURI, old.Verifier)
		if err != nil {
			return vault.Tokens{}, err
		}
		return received(old, token, policy.RefreshLife, s.cfg.Now()), nil
	})
	if err != nil {
		c.exchangeFailed(err)
		c, saved := s.finish(ctx, caller, c)
		return c, errors.Join(err, saved)
	}
	policy.begin(&c, tokens, s.cfg.Now())
	if !policy.Refresh && !tokens.Refresh.Empty() {
		s.cfg.Logger.LogAttrs(ctx, slog.LevelWarn,
			"the bank sends refresh tokens, and they are not used: record that its announced token rules are in force",
			slog.String("institution", c.InstitutionID), slog.String("consent", c.ID))
	}
	return s.finish(ctx, caller, c)
}

// exchangeFailed ends the consent if the bank has judged the code. Whatever
// else failed, the customer's browser can be sent here again with it.
func (c *Consent) exchangeFailed(err error) {
	code := fault.Code(err)
	c.LastFailure = code
	cause, ok := errors.AsType[*failure.Failure](err)
	if ok && (cause.Action == failure.NewConsent || cause.Action == failure.Terminal ||
		cause.Action == failure.Bug) {
		c.end(Broken, code)
	}
}
