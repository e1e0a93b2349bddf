package connector

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/sealkeeper/sealkeeper/connector/failure"
	"github.com/sealkeeper/sealkeeper/connector/mtls"
	"github.com/sealkeeper/sealkeeper/connector/oauth"
	"github.com/sealkeeper/sealkeeper/connector/signature"
	"github.com/sealkeeper/sealkeeper/fault"
)

// paymentToken is the client's own token for payments, kept in memory only.
type paymentToken struct {
	mu    sync.Mutex
	token *oauth.Token
}

// earlier is how long before its end a token is no longer used.
const earlier = time.Minute

// paymentToken returns a token that is valid for a while, a new one if the bank refused used.
func (c *Client) paymentToken(ctx context.Context, refused *oauth.Token) (*oauth.Token, error) {
	c.payments.mu.Lock()
	defer c.payments.mu.Unlock()
	if t := c.payments.token; t != nil && t != refused && c.now().Add(earlier).Before(t.ExpiresAt) {
		return t, nil
	}
	token, err := c.OAuth.ClientCredentials(ctx, "")
	if err == nil {
		c.payments.token = token
	}
	return token, err
}

// paymentRequest is one call to the payment interface.
type paymentRequest struct {
	call   paymentCall // of a write
	method string
	path   string // after /payment-requests
	body   []byte
	token  *oauth.Token // nil: the client's own
}

// write sends a call that changes something, once. The exception is a 401: the
// bank did not look at the request, so a fresh token may bring it again.
func (c *Client) write(ctx context.Context, call paymentRequest) (*mtls.Answer, error) {
	token := call.token
	for attempt := 0; ; attempt++ {
		if call.token == nil {
			fresh, err := c.paymentToken(ctx, token)
			if err != nil {
				return nil, &NotSentError{err}
			}
			token = fresh
		}
		got, err := c.writeOnce(ctx, call, token)
		if err != nil {
			return nil, err
		}
		switch {
		case got.Status == http.StatusOK, got.Status == http.StatusCreated:
			return got, nil
		case got.Status == http.StatusUnauthorized && attempt == 0 && call.token == nil:
			continue
		}
		return nil, writeError(c.paymentRefusal(ctx, token, got), call.call)
	}
}

func (c *Client) writeOnce(ctx context.Context, call paymentRequest, token *oauth.Token) (*mtls.Answer, error) {
	var sent, reused bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(info httptrace.GotConnInfo) {
		sent, reused = true, info.Reused
	}})
	req, err := c.newPaymentRequest(ctx, call, token)
	if err != nil {
		return nil, &NotSentError{err}
	}
	got, err := c.transport.Send(req)
	switch {
	case err == nil:
		return got, nil
	case !sent, mtls.TLSRefused.Is(err) && !reused:
		// The connection was never there, or the bank refused our certificate on it.
		return nil, &NotSentError{err}
	}
	cause, ok := errors.AsType[*failure.Failure](err)
	if !ok {
		cause = &failure.Failure{Err: err}
	}
	return nil, outcomeUnknown.Because(cause)
}

func (c *Client) paymentRefusal(ctx context.Context, token *oauth.Token, got *mtls.Answer) failure.Refusal {
	reader := c.refusals(token.Access)
	reader.Attended = customerOf(ctx).IPAddress != ""
	return reader.Read(got.Status, got.Header, got.Body)
}

func (c *Client) newPaymentRequest(ctx context.Context, call paymentRequest, token *oauth.Token) (*http.Request, error) {
	base, err := url.Parse(c.profile.PISBaseURL)
	if err != nil || c.profile.PISBaseURL == "" {
		return nil, fault.Wrap(err, fault.Invalid, "payments_not_offered",
			"This bank takes no payments here; its profile names no address.")
	}
	segments := strings.Split("payment-requests"+call.path, "/")
	for i, s := range segments {
		segments[i] = url.PathEscape(s)
	}
	base = base.JoinPath(segments...)
	req, err := c.newRequest(ctx, call.method, base.String(), call.body, token)
	if err != nil {
		return nil, err
	}
	if call.body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if _, err := customerOf(ctx).announce(req.Header); err != nil {
		return nil, err
	}
	return req, c.signer.Sign(ctx, req, call.body, signature.PIS)
}

// readPayment does a GET of a payment and repeats it, within bounds, when the
// bank is briefly out of order.
func (c *Client) readPayment(ctx context.Context, resourceID string) (*mtls.Answer, error) {
	var refused *oauth.Token
	return c.transport.Retry(ctx, func() (*mtls.Answer, error) {
		got, token, err := c.readPaymentOnce(ctx, resourceID, refused)
		if failure.TokenRefused.Is(err) && refused == nil {
			refused = token
			got, _, err = c.readPaymentOnce(ctx, resourceID, refused)
		}
		return got, err
	})
}

func (c *Client) readPaymentOnce(ctx context.Context, resourceID string, refused *oauth.Token) (*mtls.Answer, *oauth.Token, error) {
	token, err := c.paymentToken(ctx, refused)
	if err != nil {
		return nil, nil, err
	}
	req, err := c.newPaymentRequest(ctx, paymentRequest{method: http.MethodGet, path: "/" + resourceID}, token)
	if err != nil {
		return nil, token, err
	}
	got, err := c.transport.Send(req)
	if err == nil && got.Status != http.StatusOK {
		err = c.paymentRefusal(ctx, token, got).ResourceError()
	}
	return got, token, err
}
