package client

import (
	"context"
	"net/http"

	"github.com/sealkeeper/sealkeeper/types/api"
)

// PaymentFilter selects payments; an empty field selects all.
type PaymentFilter struct {
	Listing
	RegistrationID       string
	PaymentInformationID string // your id of it
}

// ListPayments returns a page of the payments in their last known state, the newest first unless sorted otherwise.
func (c *Client) ListPayments(ctx context.Context, f PaymentFilter) (api.Page[api.Payment], error) {
	return get[api.Page[api.Payment]](ctx, c, f.on(path("payments"),
		"registration_id", f.RegistrationID, "payment_information_id", f.PaymentInformationID))
}

// CreatePayment sends a SEPA transfer to the bank, once. After an error with the code
// outcome_unknown, nobody knows whether the bank has it: a person has to ask.
func (c *Client) CreatePayment(ctx context.Context, in api.NewPayment) (api.Payment, error) {
	return send[api.Payment](ctx, c, http.MethodPost, path("payments"), in)
}

// CompletePayment passes on the parameters with which the bank sent the customer's browser back. It confirms
// a payment that the customer has approved.
func (c *Client) CompletePayment(ctx context.Context, in api.PaymentReturn) (api.Payment, error) {
	return send[api.Payment](ctx, c, http.MethodPost, path("payments", "returns"), in)
}

// GetPayment returns one payment, as the bank sees it now.
func (c *Client) GetPayment(ctx context.Context, id string) (api.Payment, error) {
	return get[api.Payment](ctx, c, path("payments", id))
}

// ConfirmPayment has the bank execute a payment that the customer has approved.
func (c *Client) ConfirmPayment(ctx context.Context, id string) (api.Payment, error) {
	return post[api.Payment](ctx, c, path("payments", id, "confirm"))
}

// CancelPayment asks the bank not to execute a payment.
func (c *Client) CancelPayment(ctx context.Context, id string, in api.CancelPayment) (api.Payment, error) {
	return send[api.Payment](ctx, c, http.MethodPost, path("payments", id, "cancel"), in)
}

// ResolvePayment records the bank's answer about a payment whose outcome was unknown.
func (c *Client) ResolvePayment(ctx context.Context, id string, in api.ResolvePayment) (api.Payment, error) {
	return send[api.Payment](ctx, c, http.MethodPost, path("payments", id, "resolve"), in)
}
