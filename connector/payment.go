package connector

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/connector/failure"
	"github.com/sealkeeper/sealkeeper/connector/mtls"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/secret"
)

// CreatedPayment is a payment the bank has taken. Nothing is paid before the
// customer has approved it there.
type CreatedPayment struct {
	ResourceID string // the bank's name for it; may be set on an error too
	ConsentURL string // where the customer's browser goes
}

// CreatePayment sends a planned payment, once. On an error, Unclear says
// whether nobody knows if the bank has it, and a NotSentError that it never left.
func (c *Client) CreatePayment(ctx context.Context, p PlannedPayment) (CreatedPayment, error) {
	body, err := c.paymentBody(p, "", "")
	if err != nil {
		return CreatedPayment{}, &NotSentError{err}
	}
	got, err := c.write(ctx, paymentRequest{call: createPayment, method: http.MethodPost, body: body})
	if err != nil {
		return CreatedPayment{}, err
	}
	consentURL, err := decodeCreation(got.Body)
	created := CreatedPayment{ResourceID: c.profile.Payments.paymentID(got.Header, consentURL), ConsentURL: consentURL}
	switch {
	case err != nil:
		return created, outcomeUnknown.Because(&failure.Failure{Status: got.Status, Err: err})
	case consentURL == "":
		return created, creationUnusable.Because(&failure.Failure{Status: got.Status})
	}
	if err := checkConsentURL(consentURL); err != nil {
		return CreatedPayment{ResourceID: created.ResourceID}, creationUnusable.Because(&failure.Failure{
			Status: got.Status,
			Err:    err,
		})
	}
	if created.ResourceID == "" {
		return created, outcomeUnknown.Because(&failure.Failure{Status: got.Status, Detail: "the answer names no payment"})
	}
	return created, nil
}

// Payment asks the bank how far a payment is. paymentInformationID is ours: an
// answer about another payment is an error.
func (c *Client) Payment(ctx context.Context, resourceID, paymentInformationID string) (PaymentReport, error) {
	got, err := c.readPayment(ctx, resourceID)
	if err != nil {
		return PaymentReport{}, err
	}
	return reportOf(got, paymentInformationID)
}

func reportOf(got *mtls.Answer, paymentInformationID string) (PaymentReport, error) {
	id, report, err := decodePayment(got.Body)
	if err == nil && id != "" && id != paymentInformationID {
		err = errOtherPayment
	}
	if err != nil {
		return PaymentReport{}, failure.Unreadable.Because(&failure.Failure{Status: got.Status, Err: err})
	}
	return report, nil
}

// Approval is what the customer's return brought, for banks that confirm with
// a token of the customer's authorization.
type Approval struct{ Code, RedirectURI string }

// ConfirmPayment tells the bank to execute a payment the customer has approved.
// It is sent once. After an error whose action is CheckStatus, Payment decides.
func (c *Client) ConfirmPayment(
	ctx context.Context, resourceID, paymentInformationID string, approval Approval,
) (PaymentReport, error) {
	request := paymentRequest{
		call:   confirmPayment,
		method: http.MethodPost,
		path:   "/" + resourceID + "/" + string(c.profile.Payments.Confirmation),
	}
	if c.profile.Payments.ConfirmationBody {
		request.body = []byte("{}")
	}
	if c.profile.Payments.Confirmation == ConfirmOAuth {
		if approval.Code == "" {
			return PaymentReport{}, &NotSentError{fault.New(fault.Conflict, "code_missing",
				"This bank confirms with the code it sends back with the customer; complete the payment with it.")}
		}
		token, err := c.OAuth.ExchangeCode(ctx, approval.Code, approval.RedirectURI, secret.Text{})
		if err != nil {
			return PaymentReport{}, &NotSentError{err}
		}
		request.token = token
	}
	got, err := c.write(ctx, request)
	if err != nil {
		return PaymentReport{}, err
	}
	report, err := reportOf(got, paymentInformationID)
	if err != nil {
		return report, outcomeUnknown.Because(&failure.Failure{Status: got.Status, Err: err})
	}
	return report, nil
}

// CancelPayment asks the bank not to execute a payment, which must be the one
// that was created. Some banks want the customer to approve this too: then the
// address of the page is not empty.
func (c *Client) CancelPayment(
	ctx context.Context, resourceID string, p PlannedPayment, reason PaymentReason,
) (consentURL string, err error) {
	if !c.profile.Payments.Cancellable {
		return "", &NotSentError{fault.New(fault.Conflict, "cancellation_not_offered",
			"This bank cancels no payments through its interface; the customer has to ask the bank.")}
	}
	if err := reason.CheckCancels(); err != nil {
		return "", &NotSentError{err}
	}
	body, err := c.paymentBody(p, StatusCANC, reason)
	if err != nil {
		return "", &NotSentError{err}
	}
	got, err := c.write(ctx, paymentRequest{
		call:   changePayment,
		method: http.MethodPut,
		path:   "/" + resourceID,
		body:   body,
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

func (c *Client) paymentBody(p PlannedPayment, status PaymentStatus, reason PaymentReason) ([]byte, error) {
	body, err := p.wire(c.profile.Payments, c.zone)
	if err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "amount_invalid", "Give an amount in euro and cents.")
	}
	body.Status, body.Reason = status, reason
	return json.Marshal(body)
}

// BankTime shows a time by the bank's clock.
func (c *Client) BankTime(t time.Time) time.Time { return t.In(c.zone) }

// AwaitsConfirmation reports whether a payment in this status was approved by
// the customer and waits for ConfirmPayment.
func (c *Client) AwaitsConfirmation(status PaymentStatus) bool {
	return slices.Contains(c.profile.Payments.ConfirmOn, status)
}
