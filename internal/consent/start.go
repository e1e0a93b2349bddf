package consent

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/note"
	"github.com/sealkeeper/sealkeeper/internal/uid"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/vault"
)

// Request says whose consent is wanted, and for what.
type Request struct {
	RegistrationID string
	RedirectURI    string // one of the application's; empty: the first
	Customer       string // the caller's own reference to the customer, no name; may be empty
}

// Started is a consent under way: send the customer's browser to AuthorizeURL.
type Started struct {
	Consent      Consent
	AuthorizeURL string
	State        string // comes back with the code; works once
}

const (
	// answerTime is how long a customer may take at the bank.
	answerTime  = 15 * time.Minute
	maxCustomer = 100
)

// Start begins a consent.
func (s *Service) Start(ctx context.Context, caller access.Caller, r Request) (Started, error) {
	if err := s.cfg.Audit.Bound(ctx, caller, access.ConsentStart, r.RegistrationID); err != nil {
		return Started{}, err
	}
	caller, err := s.cfg.Audit.At(ctx, caller, r.RegistrationID) // a consent belongs where its registration does
	if err != nil {
		return Started{}, err
	}
	id := uid.New()
	var started Started
	err = s.cfg.Audit.Do(ctx, caller, access.ConsentStart, id, func() (_ note.Note, err error) {
		started, err = s.start(ctx, caller, id, r)
		return note.New("of_registration", "registration %s", started.Consent.RegistrationID), err
	})
	return started, err
}

func (s *Service) start(ctx context.Context, caller access.Caller, id string, r Request) (Started, error) {
	if len(r.Customer) > maxCustomer {
		return Started{}, fault.New(fault.Invalid, "customer_too_long",
			"The reference to the customer has more than %d characters; use an id of your own.", maxCustomer)
	}
	client, err := s.cfg.Clients.Client(ctx, caller, r.RegistrationID)
	if err != nil {
		return Started{}, err
	}
	view, _, err := s.cfg.Registrations.ActiveBundle(ctx, r.RegistrationID)
	if err != nil {
		return Started{}, err
	}
	redirect, err := redirectURI(view.Application, r.RedirectURI)
	if err != nil {
		return Started{}, err
	}
	state, verifier := rand.Text(), client.OAuth.NewVerifier()
	address, err := client.OAuth.AuthorizeURL(state, redirect, verifier)
	if err != nil {
		return Started{}, err
	}
	now := s.cfg.Now()
	c := Consent{
		ID:             id,
		RegistrationID: r.RegistrationID,
		InstitutionID:  view.Institution.ID,
		Segment:        view.Institution.Segment,
		Scope:          client.OAuth.Settings().AISScope,
		Customer:       r.Customer,
		RedirectURI:    redirect,
		StateHash:      hash(state),
		State:          Pending,
		CreatedAt:      now,
		CreatedBy:      caller.ID,
		AnswerBy:       now.Add(answerTime),
		RefreshesLeft:  unlimited,
		HoldsTokens:    true,
	}
	if err := s.cfg.Records.AddConsent(ctx, c); err != nil {
		return Started{}, err
	}
	// The document is there before the customer is: custody that is down is found out now, not with a code in hand.
	if _, err := s.cfg.Custody.PutTokens(ctx, caller, id, vault.Tokens{Verifier: verifier}); err != nil {
		return Started{}, err
	}
	return Started{Consent: c, AuthorizeURL: address, State: state}, nil
}

// redirectURI picks one of the application's: banks compare them letter by letter.
func redirectURI(a registration.Application, wanted string) (string, error) {
	if wanted == "" && len(a.RedirectURIs) > 0 {
		return a.RedirectURIs[0], nil
	}
	if !slices.Contains(a.RedirectURIs, wanted) {
		return "", fault.New(fault.Invalid, "redirect_uri_unknown",
			"The redirect URI is not one of the application's; URIs are compared exactly.")
	}
	return wanted, nil
}

func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

var _ Custody = (*vault.Vault)(nil)
