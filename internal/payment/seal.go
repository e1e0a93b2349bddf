package payment

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/listing"
)

// Sealer encrypts columns with a key that custody keeps. about binds the result to its row: it opens with the same
// text only.
type Sealer interface {
	SealColumn(ctx context.Context, about string, plain []byte) ([]byte, error)
	OpenColumn(ctx context.Context, about string, sealed []byte) ([]byte, error)
}

// people is what a payment says of people, and the digest of it, which could be guessed at.
type people struct {
	DebtorIBAN   string `json:"debtor_iban,omitempty"`
	CreditorName string `json:"creditor_name"`
	CreditorIBAN string `json:"creditor_iban"`
	CreditorBIC  string `json:"creditor_bic,omitempty"`
	Reference    string `json:"reference,omitempty"`
	Remittance   string `json:"remittance"`
	RequestHash  string `json:"request_hash"`
}

func (p *Payment) setPeople(of people) {
	o := &p.Order
	o.DebtorIBAN, o.CreditorName, o.CreditorIBAN = of.DebtorIBAN, of.CreditorName, of.CreditorIBAN
	o.CreditorBIC, o.Reference, o.Remittance = of.CreditorBIC, of.Reference, of.Remittance
	p.RequestHash = of.RequestHash
}

// sealedStore is a Store whose rows have what payments say of people sealed alone.
type sealedStore struct {
	Store
	sealer Sealer
}

// seal returns the payment as its row has it.
func (s sealedStore) seal(ctx context.Context, p Payment) (Payment, error) {
	if p.Sealed != nil {
		return p, nil // it could not be opened
	}
	plain, err := json.Marshal(people{
		DebtorIBAN:   p.Order.DebtorIBAN,
		CreditorName: p.Order.CreditorName,
		CreditorIBAN: p.Order.CreditorIBAN,
		CreditorBIC:  p.Order.CreditorBIC,
		Reference:    p.Order.Reference,
		Remittance:   p.Order.Remittance,
		RequestHash:  p.RequestHash,
	})
	if err == nil {
		p.Sealed, err = s.sealer.SealColumn(ctx, about(p), plain)
	}
	p.setPeople(people{})
	return p, err
}

// open is the way back. What another key sealed stays as it is, with an error of the kind Internal.
func (s sealedStore) open(ctx context.Context, p *Payment) error {
	if len(p.Sealed) == 0 {
		p.Sealed = nil // it says nothing of people
		return nil
	}
	plain, err := s.sealer.OpenColumn(ctx, about(*p), p.Sealed)
	if err != nil {
		return err
	}
	var of people
	if err := json.Unmarshal(plain, &of); err != nil {
		return fault.Wrap(err, fault.Internal, "payment_damaged", "The sealed part of payment %s cannot be read.", p.ID)
	}
	p.Sealed = nil
	p.setPeople(of)
	return nil
}

func about(p Payment) string { return "payment\n" + p.ID }

// openAll opens what it can: where custody has lost the key, payments are listed and followed without account numbers.
func (s sealedStore) openAll(ctx context.Context, all []Payment) error {
	for i := range all {
		if err := s.open(ctx, &all[i]); err != nil && !errors.Is(err, fault.Internal) {
			return err
		}
	}
	return nil
}

// AddPayment implements Store.
func (s sealedStore) AddPayment(ctx context.Context, p Payment) error {
	p, err := s.seal(ctx, p)
	if err != nil {
		return err
	}
	return s.Store.AddPayment(ctx, p)
}

// UpdatePayment implements Store.
func (s sealedStore) UpdatePayment(ctx context.Context, p Payment) error {
	p, err := s.seal(ctx, p)
	if err != nil {
		return err
	}
	return s.Store.UpdatePayment(ctx, p)
}

// Payment implements Store.
func (s sealedStore) Payment(ctx context.Context, id string) (Payment, error) {
	p, err := s.Store.Payment(ctx, id)
	if err != nil {
		return p, err
	}
	return p, s.open(ctx, &p)
}

// PaymentPage implements Store.
func (s sealedStore) PaymentPage(
	ctx context.Context, reach access.Reach, q listing.Query, callerID string,
) (listing.Page[Payment], error) {
	page, err := s.Store.PaymentPage(ctx, reach, q, callerID)
	if err != nil {
		return page, err
	}
	return page, s.openAll(ctx, page.Items)
}

// Payments implements Store.
func (s sealedStore) Payments(ctx context.Context, f Filter) ([]Payment, error) {
	found, err := s.Store.Payments(ctx, f)
	if err != nil {
		return nil, err
	}
	return found, s.openAll(ctx, found)
}
