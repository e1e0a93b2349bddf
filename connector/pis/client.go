// Package pis answers one question: how is a payment made and followed at a bank? It plans,
// creates, reads, confirms and cancels SEPA credit transfers (STET 1.4.2 and 1.5).
// A call that changes a payment is sent once.
package pis

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/connector/failure"
	"github.com/sealkeeper/sealkeeper/connector/mtls"
	"github.com/sealkeeper/sealkeeper/connector/oauth"
	"github.com/sealkeeper/sealkeeper/connector/stet"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/secret"
)

// Config is what a Client is made of.
type Config struct {
	Caller   *stet.Caller
	OAuth    *oauth.Client
	BaseURL  string // empty: the bank takes no payments
	Settings Settings
	Zone     *time.Location // of the bank's clock
	Now      func() time.Time
}

// Client makes payments. It is safe for concurrent use.
type Client struct {
	cfg    Config
	tokens tokenCache
}

// New returns a Client.
func New(cfg Config) *Client { return &Client{cfg: cfg} }

// Creation is a payment that the bank has accepted. Nothing is paid before the
// customer has approved it there.
type Creation struct {
	ResourceID string // the bank's name for it; may be set on an error too
	ConsentURL string // where the customer's browser goes
}

// Create sends a planned payment, once. If Unclear reports true for its error, nobody
// knows whether the bank has the payment; a NotSentError means that it was never sent.
func (c *Client) Create(ctx context.Context, p Plan) (Creation, error) {
	body, err := c.body(p, "", "")
	if err != nil {
		return Creation{}, &NotSentError{err}
	}
	got, err := c.write(ctx, request{operation: create, method: http.MethodPost, body: body})
	if err != nil {
		return Creation{}, err
	}
	consentURL, err := decodeCreation(got.Body)
	created := Creation{ResourceID: c.cfg.Settings.resourceID(got.Header, consentURL), ConsentURL: consentURL}
	switch {
	case err != nil:
		return created, outcomeUnknown.Because(&failure.Failure{Status: got.Status, Err: err})
	case consentURL == "":
		return created, creationUnusable.Because(&failure.Failure{Status: got.Status})
	}
	if err := checkConsentURL(consentURL); err != nil {
		return Creation{ResourceID: created.ResourceID}, creationUnusable.Because(&failure.Failure{
			Status: got.Status,
			Err:    err,
		})
	}
	if created.ResourceID == "" {
		return created, outcomeUnknown.Because(&failure.Failure{
			Status: got.Status,
			Detail: "the answer names no payment",
		})
	}
	return created, nil
}

// Report asks the bank for a payment's status. paymentInformationID is the caller's
// id: an answer about another payment is an error.
func (c *Client) Report(ctx context.Context, resourceID, paymentInformationID string) (Report, error) {
	got, err := c.read(ctx, resourceID)
	if err != nil {
		return Report{}, err
	}
	return reportOf(got, paymentInformationID)
}

func reportOf(got *mtls.Answer, paymentInformationID string) (Report, error) {
	id, report, err := decodePayment(got.Body)
	if err == nil && id != "" && id != paymentInformationID {
		err = errOtherPayment
	}
	if err != nil {
		return Report{}, failure.Unreadable.Because(&failure.Failure{Status: got.Status, Err: err})
	}
	return report, nil
}

// Approval has the parameters of the customer's return, for banks that confirm with
// a token of the customer's authorization.
type Approval struct{ Code, RedirectURI string }

// Confirm tells the bank to execute a payment the customer has approved.
// It is sent once. After an error whose action is CheckStatus, Report decides.
func (c *Client) Confirm(
	ctx context.Context, resourceID, paymentInformationID string, approval Approval,
) (Report, error) {
	r := request{
		operation: confirm,
		method:    http.MethodPost,
		path:      "/" + resourceID + "/" + string(c.cfg.Settings.Confirmation),
	}
	if c.cfg.Settings.ConfirmationBody {
		r.body = []byte("{}")
	}
	if c.cfg.Settings.Confirmation == ConfirmOAuth {
		if approval.Code == "" {
			return Report{}, &NotSentError{fault.New(fault.Conflict, "code_missing",
				"This bank confirms with the code it sends back with the customer; complete the payment with it.")}
		}
		token, err := c.cfg.OAuth.ExchangeCode(ctx, approval.Code, approval.RedirectURI, secret.Text{})
		if err != nil {
			return Report{}, &NotSentError{err}
		}
		r.token = token
	}
	got, err := c.write(ctx, r)
	if err != nil {
		return Report{}, err
	}
	report, err := reportOf(got, paymentInformationID)
	if err != nil {
		return report, outcomeUnknown.Because(&failure.Failure{Status: got.Status, Err: err})
	}
	return report, nil
}

// Cancel asks the bank not to execute a payment, which must be the one that was
// created. Some banks want the customer to approve this too; Cancel then returns the
// address of the page.
func (c *Client) Cancel(
	ctx context.Context, resourceID string, p Plan, reason Reason,
) (consentURL string, err error) {
	if !c.cfg.Settings.Cancellable {
		return "", &NotSentError{fault.New(fault.Conflict, "cancellation_not_offered",
			"This bank does not cancel payments through its interface; the customer has to ask the bank.")}
	}
	if err := reason.CheckCancels(); err != nil {
		return "", &NotSentError{err}
	}
	body, err := c.body(p, StatusCANC, reason)
	if err != nil {
		return "", &NotSentError{err}
	}
	got, err := c.write(ctx, request{
		operation: change,
		method:    http.MethodPut,
		path:      "/" + resourceID,
		body:      body,
	})
	if err != nil {
		return "", err
	}
	if len(strings.TrimSpace(string(got.Body))) == 0 {
		return "", nil
	}
	consentURL, err = decodeCreation(got.Body)
	if err == nil && consentURL != "" {
		err = checkConsentURL(consentURL)
	}
	if err != nil {
		return "", outcomeUnknown.Because(&failure.Failure{Status: got.Status, Err: err})
	}
	return consentURL, nil
}

func (c *Client) body(p Plan, status Status, reason Reason) ([]byte, error) {
	body, err := p.wire(c.cfg.Settings, c.cfg.Zone)
	if err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "amount_invalid", "Give an amount in euro and cents.")
	}
	body.Status, body.Reason = status, reason
	return json.Marshal(body)
}

// BankTime returns a time in the bank's time zone.
func (c *Client) BankTime(t time.Time) time.Time { return t.In(c.cfg.Zone) }

// AwaitsConfirmation reports whether a payment in this status was approved by
// the customer and waits for Confirm.
func (c *Client) AwaitsConfirmation(status Status) bool {
	return slices.Contains(c.cfg.Settings.ConfirmOn, status)
}
