package pis

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
	"github.com/sealkeeper/sealkeeper/connector/stet"
	"github.com/sealkeeper/sealkeeper/fault"
)

// tokenCache keeps the client's own token for payments, in memory only.
type tokenCache struct {
	mu     sync.Mutex
	token  *oauth.Token
	issued time.Time
}

// earlier is how long before its expiry a token is no longer used.
const earlier = time.Minute

// ownToken returns a token that is valid for a while, a new one if the bank refused used.
func (c *Client) ownToken(ctx context.Context, refused *oauth.Token) (*oauth.Token, error) {
	c.tokens.mu.Lock()
	defer c.tokens.mu.Unlock()
	if t := c.tokens.token; t != nil && t != refused && c.cfg.Now().Add(earlier).Before(t.ExpiresAt) {
		return t, nil
	}
	token, err := c.cfg.OAuth.ClientCredentials(ctx, "")
	if err == nil {
		c.tokens.token, c.tokens.issued = token, c.cfg.Now()
	}
	return token, err
}

// refusedAgain is how old a token must be for its refusal to be answered with another one.
const refusedAgain = time.Minute

// Token returns the client's own token, for requests that are made elsewhere, and when it was issued. If the bank has
// refused the one that was issued at refused, it is another one.
func (c *Client) Token(ctx context.Context, refused time.Time) (*oauth.Token, time.Time, error) {
	c.tokens.mu.Lock()
	var stale *oauth.Token
	issued := c.tokens.issued
	if !refused.IsZero() && !issued.After(refused) && c.cfg.Now().Sub(issued) >= refusedAgain {
		stale = c.tokens.token
	}
	c.tokens.mu.Unlock()
	token, err := c.ownToken(ctx, stale)
	if err != nil {
		return nil, time.Time{}, err
	}
	c.tokens.mu.Lock()
	defer c.tokens.mu.Unlock()
	return token, c.tokens.issued, nil
}

// request is one call to the payment interface.
type request struct {
	operation operation // of a write
	method    string
	path      string // after /payment-requests
	body      []byte
	token     *oauth.Token // nil: the client's own
}

// write sends a call that changes something, once. The exception is a 401: the
// bank did not process the request, so it may be sent again with a fresh token.
func (c *Client) write(ctx context.Context, r request) (*mtls.Answer, error) {
	token := r.token
	for attempt := 0; ; attempt++ {
		if r.token == nil {
			fresh, err := c.ownToken(ctx, token)
			if err != nil {
				return nil, &NotSentError{err}
			}
			token = fresh
		}
		call, err := c.call(r, token)
		if err != nil {
			return nil, &NotSentError{err}
		}
		got, err := c.writeOnce(ctx, call)
		if err != nil {
			return nil, err
		}
		switch {
		case got.Status == http.StatusOK, got.Status == http.StatusCreated:
			return got, nil
		case got.Status == http.StatusUnauthorized && attempt == 0 && r.token == nil:
			continue
		}
		return nil, writeError(c.cfg.Caller.Refusal(ctx, call, got), r.operation)
	}
}

func (c *Client) writeOnce(ctx context.Context, call stet.Call) (*mtls.Answer, error) {
	var sent, reused bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(info httptrace.GotConnInfo) {
		sent, reused = true, info.Reused
	}})
	got, err := c.cfg.Caller.Send(ctx, call)
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

func (c *Client) call(r request, token *oauth.Token) (stet.Call, error) {
	base, err := url.Parse(c.cfg.BaseURL)
	if err != nil || c.cfg.BaseURL == "" {
		return stet.Call{}, fault.Wrap(err, fault.Invalid, "payments_not_offered",
			"This bank does not accept payments here; its profile names no address.")
	}
	segments := strings.Split("payment-requests"+r.path, "/")
	for i, s := range segments {
		segments[i] = url.PathEscape(s)
	}
	return stet.Call{
		Product: signature.PIS,
		Method:  r.method,
		URL:     base.JoinPath(segments...).String(),
		Body:    r.body,
		Access:  token.Access,
	}, nil
}

// read makes a GET of a payment, and retries it, within limits, while the bank is
// briefly out of order.
func (c *Client) read(ctx context.Context, resourceID string) (*mtls.Answer, error) {
	var refused *oauth.Token
	return c.cfg.Caller.Retry(ctx, func() (*mtls.Answer, error) {
		got, token, err := c.readOnce(ctx, resourceID, refused)
		if failure.TokenRefused.Is(err) && refused == nil {
			refused = token
			got, _, err = c.readOnce(ctx, resourceID, refused)
		}
		return got, err
	})
}

func (c *Client) readOnce(
	ctx context.Context, resourceID string, refused *oauth.Token,
) (*mtls.Answer, *oauth.Token, error) {
	token, err := c.ownToken(ctx, refused)
	if err != nil {
		return nil, nil, err
	}
	call, err := c.call(request{method: http.MethodGet, path: "/" + resourceID}, token)
	if err != nil {
		return nil, token, err
	}
	got, err := c.cfg.Caller.Send(ctx, call)
	if err == nil && got.Status != http.StatusOK {
		err = c.cfg.Caller.Refusal(ctx, call, got).ResourceError()
	}
	return got, token, err
}
