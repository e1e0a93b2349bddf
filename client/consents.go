package client

import (
	"context"
	"net/http"
	"strconv"

	"github.com/sealkeeper/sealkeeper/connector/ais"
	"github.com/sealkeeper/sealkeeper/connector/stet"
	"github.com/sealkeeper/sealkeeper/types/api"
)

// ConsentFilter selects consents; an empty field selects all.
type ConsentFilter struct {
	Listing
	RegistrationID string
	Customer       string // your own reference
	ExpiringDays   *int   // only active ones that end within so many days
}

// ListConsents returns a page of the consents, the newest first unless sorted otherwise.
func (c *Client) ListConsents(ctx context.Context, f ConsentFilter) (api.Page[api.Consent], error) {
	days := ""
	if f.ExpiringDays != nil {
		days = strconv.Itoa(*f.ExpiringDays)
	}
	return get[api.Page[api.Consent]](ctx, c, f.on(path("consents"),
		"registration_id", f.RegistrationID, "customer", f.Customer, "expiring_days", days))
}

// StartConsent starts a customer's consent. Send the customer's browser to the address in the answer.
func (c *Client) StartConsent(ctx context.Context, in api.NewConsent) (api.ConsentStart, error) {
	return send[api.ConsentStart](ctx, c, http.MethodPost, path("consents"), in)
}

// CompleteConsent passes on the parameters with which the bank sent the customer's browser back.
func (c *Client) CompleteConsent(ctx context.Context, in api.ConsentReturn) (api.Consent, error) {
	return send[api.Consent](ctx, c, http.MethodPost, path("consents", "callback"), in)
}

// GetConsent returns one consent.
func (c *Client) GetConsent(ctx context.Context, id string) (api.Consent, error) {
	return get[api.Consent](ctx, c, path("consents", id))
}

// RevokeConsent gives a consent up and deletes its tokens.
func (c *Client) RevokeConsent(ctx context.Context, id string) (api.Consent, error) {
	return decoded[api.Consent](c.do(ctx, request{method: http.MethodDelete, path: path("consents", id)}))
}

// read reads at the bank, and tells it if the customer is present: the bank then does not count the call.
func read[Out any](ctx context.Context, c *Client, path string, there stet.Customer) (Out, error) {
	header := http.Header{}
	if there.IPAddress != "" {
		header.Set("PSU-IP-Address", there.IPAddress)
	}
	if there.UserAgent != "" {
		header.Set("PSU-User-Agent", there.UserAgent)
	}
	return decoded[Out](c.do(ctx, request{method: http.MethodGet, path: path, header: header}))
}

// ListAccounts returns the accounts of a consent. The zero Customer means that the customer is not present.
func (c *Client) ListAccounts(ctx context.Context, consent string, there stet.Customer) (api.Accounts, error) {
	return read[api.Accounts](ctx, c, path("consents", consent, "accounts"), there)
}

// ListBalances returns the balances of an account, by its resource id.
func (c *Client) ListBalances(
	ctx context.Context, consent, account string, there stet.Customer,
) (api.Balances, error) {
	return read[api.Balances](ctx, c, path("consents", consent, "accounts", account, "balances"), there)
}

// TransactionQuery selects transactions; an empty field does not restrict.
type TransactionQuery struct {
	From   string // first day: 2026-01-31
	To     string // day after the last
	After  string // only what is newer than this entry reference
	Limit  int    // at most so many; 0: 500, the most there are in an answer
	Cursor string // Next of the answer before; takes the place of the days
}

// ListTransactions returns transactions of an account, by its resource id.
func (c *Client) ListTransactions(
	ctx context.Context, consent, account string, q TransactionQuery, there stet.Customer,
) (api.Transactions, error) {
	limit := ""
	if q.Limit != 0 {
		limit = strconv.Itoa(q.Limit)
	}
	at := query(path("consents", consent, "accounts", account, "transactions"),
		"from", q.From, "to", q.To, "after", q.After, "limit", limit, "cursor", q.Cursor)
	return read[api.Transactions](ctx, c, at, there)
}

// GetCustomerIdentity returns the identity of the customer who gave a consent.
func (c *Client) GetCustomerIdentity(
	ctx context.Context, consent string, there stet.Customer,
) (ais.Identity, error) {
	return read[ais.Identity](ctx, c, path("consents", consent, "identity"), there)
}

// ListBeneficiaries returns the payees that the customer has recorded at the bank.
func (c *Client) ListBeneficiaries(
	ctx context.Context, consent string, there stet.Customer,
) (api.Beneficiaries, error) {
	return read[api.Beneficiaries](ctx, c, path("consents", consent, "beneficiaries"), there)
}

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
