package payment

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/connector/failure"
	"github.com/sealkeeper/sealkeeper/connector/pis"
	"github.com/sealkeeper/sealkeeper/connector/stet"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/issuer"
	"github.com/sealkeeper/sealkeeper/internal/note"
	"github.com/sealkeeper/sealkeeper/internal/uid"
)

// Input is a payment somebody wants to make.
type Input struct {
	RegistrationID string
	Payment        pis.Payment   // without initiator and addresses, which the registration knows
	RedirectURI    string        // one of the application's; empty means the first
	Customer       stet.Customer // told to the bank when known; not kept
}

// creatingFor is how long a payment may be on its way. It exceeds what the
// connector gives a request and its token.
const creatingFor = 2 * time.Minute

// Create records a payment and sends it to the bank, once. The same request
// again returns the payment there is; another one under the same
// paymentInformationId is refused. An error after it was sent is recorded with it.
func (s *Service) Create(ctx context.Context, caller access.Caller, in Input) (Payment, error) {
	if err := s.cfg.Audit.Bound(ctx, caller, access.PaymentCreate, in.RegistrationID); err != nil {
		return Payment{}, err
	}
	var p Payment
	err := s.cfg.Audit.Do(ctx, caller, access.PaymentCreate, in.RegistrationID, func() (_ note.Note, err error) {
		var again bool
		if p, again, err = s.create(ctx, caller, in); again {
			return note.New("payment_known", "payment %s was there", p.ID), err
		}
		return note.New("payment_made", "payment %s", p.ID), err
	})
	return p, err
}

// create reports besides whether the payment was there already.
func (s *Service) create(ctx context.Context, caller access.Caller, in Input) (p Payment, again bool, err error) {
	if err := in.Customer.Check(); err != nil {
		return Payment{}, false, err
	}
	hash := requestHash(in)
	p, again, err = s.recorded(ctx, caller, in, hash)
	if err != nil || again {
		return p, again, err
	}
	bank, err := s.cfg.Banks.Payments(ctx, caller, in.RegistrationID)
	if err != nil {
		return p, false, err
	}
	state, planned, err := prepare(bank, &in)
	if err != nil {
		return p, false, err
	}
	p = Payment{
		ID:             p.ID,
		Version:        p.Version,
		Note:           p.Note,
		RegistrationID: in.RegistrationID,
		Order:          planned,
		RedirectURI:    in.RedirectURI,
		RequestHash:    hash,
		State:          Creating,
		ReturnHash:     stateHash(state),
		ReturnFor:      ToApprove,
		CallerID:       caller.ID,
		CreatedAt:      s.cfg.Now(),
		NextCheck:      s.cfg.Now().Add(creatingFor),
	}
	if err := s.intend(ctx, &p); err != nil {
		return p, false, err
	}
	// From here on the outcome counts, whoever hangs up.
	ctx = stet.WithCustomer(context.WithoutCancel(ctx), in.Customer)
	created, err := bank.Client.PIS.Create(ctx, planned)
	err = s.created(ctx, bank, &p, created, err)
	return p, false, err
}

// recorded returns the payment there is under this id, and whether it answers the request.
func (s *Service) recorded(
	ctx context.Context, caller access.Caller, in Input, hash string,
) (p Payment, answers bool, err error) {
	found, err := s.cfg.Store.Payments(ctx, Filter{
		RegistrationID:       in.RegistrationID,
		PaymentInformationID: in.Payment.ID,
		Limit:                1,
	})
	if err != nil || len(found) == 0 || in.Payment.ID == "" {
		return Payment{}, false, err
	}
	p = found[0]
	switch {
	case p.RequestHash != hash || !p.mayBeKnownTo(caller):
		return Payment{}, false, fault.New(fault.Conflict, "payment_id_used",
			"Another payment already has this paymentInformationId; use a new one.")
	case p.State == Creating && s.cfg.Now().Sub(p.ChangedAt) < creatingFor:
		return p, false, fault.New(fault.Conflict, "payment_in_progress",
			"This payment is being sent; look at it again in a moment.")
	case p.State == Creating || p.State == Unclear:
		return p, false, unclear()
	case p.State == Refused:
		return p, false, pis.RecordedRefusal(p.FailureCode, p.Failure)
	}
	return p, p.State != NotSent, nil
}

func unclear() error {
	return fault.New(fault.Conflict, "payment_unclear",
		"Nobody knows whether the bank has this payment, so it is not sent again; ask the bank for it by its "+
			"paymentInformationId and record what it says.")
}

// prepare completes the request with what the registration knows, and plans it.
func prepare(bank issuer.PaymentAccess, in *Input) (state string, planned pis.Plan, err error) {
	if in.RedirectURI == "" && len(bank.RedirectURIs) > 0 {
		in.RedirectURI = bank.RedirectURIs[0]
	}
	if !slices.Contains(bank.RedirectURIs, in.RedirectURI) {
		return "", planned, fault.New(fault.Invalid, "redirect_uri_unknown",
			"The redirect URI is not one of the application's; URIs are compared exactly.")
	}
	state = rand.Text()
	in.Payment.Initiator = bank.Initiator
	in.Payment.SuccessURL, in.Payment.FailureURL = returnAddresses(in.RedirectURI, state)
	planned, err = bank.Client.PIS.Plan(in.Payment)
	return state, planned, err
}

// returnAddresses are where the bank sends the customer, after a yes and after anything else.
func returnAddresses(redirectURI, state string) (success, failure string) {
	u, err := url.Parse(redirectURI)
	if err != nil {
		return redirectURI, redirectURI // registration checked it
	}
	query := u.Query()
	query.Set("state", state)
	u.RawQuery = query.Encode()
	success = u.String()
	query.Set("error", "access_denied")
	u.RawQuery = query.Encode()
	return success, u.String()
}

// intend records that the payment is about to be sent.
func (s *Service) intend(ctx context.Context, p *Payment) error {
	if p.ID != "" {
		return s.save(ctx, p)
	}
	p.ID, p.ChangedAt = uid.New(), s.cfg.Now()
	err := s.cfg.Store.AddPayment(ctx, *p)
	if errors.Is(err, fault.Conflict) {
		return fault.New(fault.Conflict, "payment_in_progress",
			"This payment is being sent; look at it again in a moment.")
	}
	return err
}

// created records what became of the request.
func (s *Service) created(
	ctx context.Context, bank issuer.PaymentAccess, p *Payment, got pis.Creation, err error,
) error {
	p.ResourceID, p.ConsentURL = got.ResourceID, got.ConsentURL
	p.State, p.NextCheck = outcome(err), time.Time{}
	if p.State == Unclear && p.ResourceID != "" {
		if report, asked := bank.Client.PIS.Report(ctx, p.ResourceID, p.Order.ID); asked == nil {
			// The bank has it, and nobody can approve it: nothing will be paid.
			p.State, p.Status, p.Reason, p.CheckedAt = Refused, report.Status, report.Reason, s.cfg.Now()
		}
	}
	switch {
	case err != nil:
		_, p.FailureCode, p.Failure = fault.Public(err)
	default:
		p.FailureCode, p.Failure = "", ""
		s.checkLater(p)
	}
	if saved := s.save(ctx, p); err == nil {
		return saved
	}
	return err
}

// outcome is the state a payment is in after it was sent with this result.
func outcome(err error) State {
	cause, _ := errors.AsType[*failure.Failure](err)
	_, neverLeft := errors.AsType[*pis.NotSentError](err)
	switch {
	case err == nil:
		return Created
	case neverLeft:
		return NotSent
	case pis.Unclear(err) || cause == nil:
		return Unclear
	case cause.Action == failure.RetryLater:
		return NotSent // a limit of calls: the bank did not look at it
	}
	return Refused
}

// requestHash recognises a repetition, however amounts and account numbers are written.
func requestHash(in Input) string {
	p := in.Payment
	amount := p.Amount.String()
	if strings.Contains(amount, ".") {
		amount = strings.TrimSuffix(strings.TrimRight(amount, "0"), ".")
	}
	plain := func(account string) string { return strings.ToUpper(strings.ReplaceAll(account, " ", "")) }
	// strings always marshal
	text, _ := json.Marshal([]string{
		in.RegistrationID,
		p.ID,
		string(p.Kind),
		amount,
		p.Currency,
		plain(p.DebtorIBAN),
		p.CreditorName,
		plain(p.CreditorIBAN),
		plain(p.CreditorBIC),
		p.Reference,
		p.Remittance,
		p.ExecutionDate.String(),
		in.RedirectURI,
	})
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

func stateHash(state string) string {
	sum := sha256.Sum256([]byte(state))
	return hex.EncodeToString(sum[:])
}
