package client

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"sync"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/secret"
	"github.com/sealkeeper/sealkeeper/types/api"
)

// maxTokenFile bounds a file with a token, in bytes.
const maxTokenFile = 16 << 10

// TokenFile returns a function for [Config.TokenFunc] and [Config.WorkloadFunc] that reads a file each time, as
// platforms replace what is in it.
func TokenFile(path string) func(context.Context) (secret.Text, error) {
	return func(context.Context) (secret.Text, error) {
		f, err := os.Open(path)
		if err != nil {
			return secret.Text{}, tokenUnreadable(err, path)
		}
		defer func() { _ = f.Close() }()
		text, err := io.ReadAll(io.LimitReader(f, maxTokenFile+1))
		if text = bytes.TrimSpace(text); err != nil || len(text) == 0 || len(text) > maxTokenFile {
			return secret.Text{}, tokenUnreadable(err, path)
		}
		return secret.NewText(text), nil
	}
}

func tokenUnreadable(err error, path string) error {
	return fault.Wrap(err, fault.Unavailable, "token_file_unreadable",
		"The file %s cannot be read, or holds no token; it is read again at the next call.", path)
}

// tokenResponse has the tokens that the service gives for those of the platform.
type tokenResponse struct {
	workload func(context.Context) (secret.Text, error)
	account  string
	exchange func(ctx context.Context, jwt secret.Text, account string) (api.WorkloadToken, error)
	place    chan struct{} // of the one who asks for the next

	mu    sync.Mutex
	token secret.Text
	renew time.Time
	until time.Time
}

// get returns a token that is good. From two thirds of its life on the next is asked for; while the service or the
// platform has none, the one that there is goes on.
func (e *tokenResponse) get(ctx context.Context) (secret.Text, error) {
	now := time.Now()
	if token, renew, _ := e.known(); now.Before(renew) {
		return token, nil
	}
	select {
	case e.place <- struct{}{}:
		defer func() { <-e.place }()
	case <-ctx.Done():
		return secret.Text{}, fault.Wrap(ctx.Err(), fault.Unavailable, Unreachable,
			"The service gave no token in time.")
	}
	token, renew, until := e.known()
	if now.Before(renew) {
		return token, nil
	}
	jwt, err := e.workload(ctx)
	var answer api.WorkloadToken
	if err == nil {
		answer, err = e.exchange(ctx, jwt, e.account)
	}
	if err != nil {
		if now.Before(until) {
			return token, nil
		}
		return secret.Text{}, err
	}
	life := time.Duration(answer.ExpiresIn) * time.Second
	e.mu.Lock()
	defer e.mu.Unlock()
	e.token, e.renew, e.until = answer.AccessToken, now.Add(life*2/3), now.Add(life)
	return e.token, nil
}

func (e *tokenResponse) known() (token secret.Text, renew, until time.Time) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.token, e.renew, e.until
}

// drop forgets a token that the service has refused.
func (e *tokenResponse) drop(authorization string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if authorization == "Bearer "+e.token.Reveal() {
		e.token, e.renew, e.until = secret.Text{}, time.Time{}, time.Time{}
	}
}

// ExchangeToken gives a workload a short token for the JWT of its platform. account is the name or id of the service
// account that is meant, where the JWT stands for several. With [Config.WorkloadFunc] the Client does it by itself.
func (c *Client) ExchangeToken(ctx context.Context, jwt secret.Text, account string) (api.WorkloadToken, error) {
	var out api.WorkloadToken
	form := url.Values{
		"grant_type":         {api.GrantTokenExchange},
		"subject_token_type": {api.TokenTypeJWT},
		"subject_token":      {jwt.Reveal()},
	}
	if account != "" {
		form.Set("client_id", account)
	}
	err := c.askForToken(ctx, "/v1/token", "application/x-www-form-urlencoded", []byte(form.Encode()), &out)
	if err == nil && (out.AccessToken.Empty() || out.ExpiresIn <= 0) {
		err = noToken(nil)
	}
	return out, err
}

// FetchToken exchanges what the console has shown for the token that somebody has agreed to there. verifier is of the
// challenge that the console was come to with (PKCE with S256). It needs no token.
func (c *Client) FetchToken(ctx context.Context, code, verifier secret.Text) (api.FetchedToken, error) {
	var out api.FetchedToken
	body, err := json.Marshal(map[string]string{"code": code.Reveal(), "verifier": verifier.Reveal()})
	if err != nil {
		return out, fault.Wrap(err, fault.Invalid, "request_invalid", "This cannot be written as JSON.")
	}
	if err = c.askForToken(ctx, "/v1/tokens", "application/json", body, &out); err == nil && out.AccessToken.Empty() {
		err = noToken(nil)
	}
	return out, err
}

// askForToken asks an operation that needs no token, for it gives one.
func (c *Client) askForToken(ctx context.Context, path, contentType string, body []byte, out any) error {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	ask, err := http.NewRequestWithContext(ctx, http.MethodPost, c.server+path, bytes.NewReader(body))
	if err != nil {
		return fault.Wrap(err, fault.Invalid, "request_invalid", "This cannot be asked of a service.")
	}
	ask.Header.Set("Content-Type", contentType)
	answer, err := c.answer(ask)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(answer, out); err != nil {
		return noToken(err)
	}
	return nil
}

func noToken(err error) error {
	return fault.Wrap(err, fault.Unavailable, "answer_unreadable",
		"The service's answer is not what this program expects; use the versions of both that belong together.")
}
