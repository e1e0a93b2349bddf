// Package payment answers one question: what has become of this payment? It keeps
// every payment from before it is sent until the bank has said its last word, and
// sees to it that none is sent twice.
//
// A payment has personal data: account numbers, the creditor's name and the text.
// They are needed to show the payment, to recognise a repetition, and because a
// cancellation repeats the whole request. Its row has them sealed (see sealing).
package payment

import (
	"context"
	"time"

	"github.com/sealkeeper/sealkeeper/connector/pis"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/clock"
	"github.com/sealkeeper/sealkeeper/internal/issuer"
	"github.com/sealkeeper/sealkeeper/internal/listing"
)

// State is how far a payment is, for us. The bank's own word is its Status.
type State string

// The states.
const (
	Creating   State = "creating"   // recorded, on its way to the bank
	NotSent    State = "not_sent"   // it never reached the bank; the same request may be made again
	Refused    State = "refused"    // the bank did not take it
	Unclear    State = "unclear"    // nobody knows whether the bank has it; a person has to find out
	Created    State = "created"    // the bank has it, the customer has to approve it
	Declined   State = "declined"   // the customer came back without approving it
	Confirming State = "confirming" // the confirmation is on its way, or its outcome is unknown
	Confirmed  State = "confirmed"  // the bank will execute it, or is executing it
	Completed  State = "completed"  // the money has left the debtor's account
	Rejected   State = "rejected"   // the bank will not execute it; the reason says why
	Cancelled  State = "cancelled"  // it was cancelled and is not executed
	Expired    State = "expired"    // the bank no longer says what became of it
)

// Open reports whether the bank may still change its mind.
func (s State) Open() bool {
	return s == Created || s == Declined || s == Confirming || s == Confirmed
}

// Purpose is what a customer was sent to the bank for.
type Purpose string

// The purposes.
const (
	ToApprove Purpose = "approve"
	ToCancel  Purpose = "cancel"
)

// Payment is one payment and all that is known of it.
type Payment struct {
	ID             string
	RegistrationID string
	Order          pis.Plan // without the addresses for the customer's return
	RedirectURI    string
	RequestHash    string // of what was asked: tells a repetition from another payment
	Sealed         []byte // what its row has of people; nil once it was opened

	State       State
	ResourceID  string // the bank's name for it; empty while it has none
	ConsentURL  string // where the customer approves it
	CancelURL   string // where the customer approves its cancellation, at banks that want this
	Status      pis.Status
	Reason      pis.Reason
	FailureCode string // why it is not where it was meant to be; empty otherwise
	Failure     string // the same as a sentence
	Note        string // what a person found out about an unclear payment

	ReturnHash  string // SHA-256 of the state of the customer's return; empty once it was used
	ReturnFor   Purpose
	CallerID    string // who made it
	CreatedAt   time.Time
	SentAt      time.Time // when the last confirmation was sent
	ConfirmedAt time.Time // zero: not confirmed
	ChangedAt   time.Time
	CheckedAt   time.Time // when the bank last said the status
	NextCheck   time.Time // zero: never
	Checks      int       // since the state last changed
	Version     int       // of the row
}

// Store keeps payments.
type Store interface {
	// AddPayment adds a payment; Conflict when its registration has one with that paymentInformationId.
	AddPayment(ctx context.Context, p Payment) error
	// UpdatePayment writes p if the stored version is still p.Version, and counts it up; else Conflict.
	UpdatePayment(ctx context.Context, p Payment) error
	Payment(ctx context.Context, id string) (Payment, error)
	// PaymentPage returns a page of the list Listed, only of a caller's unless callerID is empty.
	PaymentPage(
		ctx context.Context, reach access.Reach, q listing.Query, callerID string,
	) (listing.Page[Payment], error)
	// Payments returns payments, newest first.
	Payments(ctx context.Context, f Filter) ([]Payment, error)
}

// The filters of the list of payments.
const (
	FilterRegistration = "registration_id"
	FilterPaymentID    = "payment_information_id"
)

// Listed is what can be asked of the list of payments.
var Listed = listing.Spec{
	Name:    "payments",
	Sorts:   []string{"-created_at", "created_at"},
	Filters: map[string]listing.Check{FilterRegistration: listing.Text, FilterPaymentID: listing.Text},
}

// Filter chooses payments; what is empty does not restrict.
type Filter struct {
	RegistrationID       string
	PaymentInformationID string
	ReturnHash           string
	CallerID             string
	DueAt                time.Time // with a next check that is not later, oldest check first
	Limit                int
}

// Banks gives access to the payment interface of a registration's bank.
type Banks interface {
	Payments(ctx context.Context, caller access.Caller, registrationID string) (issuer.PaymentAccess, error)
}

// Config is what a Service is made of. Every field is required.
type Config struct {
	Store     Store
	Sealer    Sealer
	Banks     Banks
	Approvals Approvals
	// Live reports whether a registration is at a bank's live environment.
	Live  func(ctx context.Context, registrationID string) (bool, error)
	Audit *audit.Log
	Now   func() time.Time
}

// Service makes payments. It is safe for concurrent use, also by several replicas.
type Service struct{ cfg Config }

// New returns a service.
func New(cfg Config) *Service {
	cfg.Now = clock.Micros(cfg.Now)
	cfg.Store = sealedStore{cfg.Store, cfg.Sealer}
	return &Service{cfg}
}

// save writes p, also when the caller has hung up meanwhile: what the bank did has happened.
func (s *Service) save(ctx context.Context, p *Payment) error {
	p.ChangedAt = s.cfg.Now()
	if err := s.cfg.Store.UpdatePayment(context.WithoutCancel(ctx), *p); err != nil {
		return err
	}
	p.Version++
	return nil
}
