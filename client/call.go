package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/types/api"
)

// Unreachable is the code of the error when the service did not answer, or not completely.
const Unreachable = "server_unreachable"

// maxAnswer bounds an answer, in bytes: a list of ten thousand certificates has some 40 MB.
const maxAnswer = 64 << 20

// request is one call to be made.
type request struct {
	method      string
	path        string // behind /v1, with the query
	contentType string // of the body; empty: there is none
	body        []byte
	header      http.Header // more of it; may be nil
}

type idempotencyKey struct{}

// WithIdempotencyKey has the calls that create or do something (POST) made under a key, which is new for each of them:
// a UUID, for example. A call that is repeated under its key within a day, with the same request and token, is not done
// again, and has the answer of the first. Operations whose answer is a secret take no key, and say so.
func WithIdempotencyKey(ctx context.Context, key string) context.Context {
	return context.WithValue(ctx, idempotencyKey{}, key)
}

// get sends a GET.
func get[Out any](ctx context.Context, c *Client, path string) (Out, error) {
	return decoded[Out](c.do(ctx, request{method: http.MethodGet, path: path}))
}

// post sends a POST without a body.
func post[Out any](ctx context.Context, c *Client, path string) (Out, error) {
	return decoded[Out](c.do(ctx, request{method: http.MethodPost, path: path}))
}

// send sends a body as JSON.
func send[Out any](ctx context.Context, c *Client, method, path string, in any) (Out, error) {
	body, err := json.Marshal(in)
	if err != nil {
		var none Out
		return none, fault.Wrap(err, fault.Invalid, "request_invalid", "This cannot be written as JSON.")
	}
	return decoded[Out](c.do(ctx, request{method: method, path: path, contentType: "application/json", body: body}))
}

// decoded decodes an answer.
func decoded[Out any](answer []byte, err error) (Out, error) {
	var out Out
	if err != nil {
		return out, err
	}
	if err := json.Unmarshal(answer, &out); err != nil {
		return out, fault.Wrap(err, fault.Unavailable, "answer_unreadable",
			"The service's answer is not what this program expects; use the versions of both that belong together.")
	}
	return out, nil
}

// do makes a call and returns the answer's body.
func (c *Client) do(ctx context.Context, r request) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	out, err := c.request(ctx, r)
	if err != nil {
		return nil, err
	}
	answer, err := c.answer(out)
	if c.refused(out, err) {
		if out, err = c.request(ctx, r); err != nil {
			return nil, err
		}
		return c.answer(out)
	}
	return answer, err
}

// refused reports whether a request was refused for the token that the service itself had given for the platform's, or
// for a certificate that has been replaced since its connection was made. The next request has another: so a token that
// was revoked, or lost with a database, is in nobody's way.
func (c *Client) refused(out *http.Request, err error) bool {
	switch {
	case out == nil || !errors.Is(err, fault.Unauthenticated):
		return false
	case c.presents:
		c.http.CloseIdleConnections()
		return true
	case c.exchanged == nil:
		return false
	}
	c.exchanged.drop(out.Header.Get("Authorization"))
	return true
}

// answer makes a request and returns the answer's body.
func (c *Client) answer(out *http.Request) ([]byte, error) {
	response, err := c.http.Do(out)
	if err != nil {
		return nil, fault.Wrap(err, fault.Unavailable, Unreachable, "The service at %s does not answer.", c.server)
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	switch {
	case err != nil:
		return nil, fault.Wrap(err, fault.Unavailable, Unreachable, "The service at %s broke off.", c.server)
	case len(answer) > maxAnswer:
		return nil, fault.New(fault.TooLarge, "answer_too_large",
			"The service's answer is larger than %d MB; ask for less at once.", maxAnswer>>20)
	case response.StatusCode >= http.StatusMultipleChoices:
		return nil, refusal(response, answer)
	}
	return answer, nil
}

// request is the call with the caller's token.
func (c *Client) request(ctx context.Context, r request) (*http.Request, error) {
	token, err := c.token(ctx)
	if err != nil {
		return nil, err
	}
	if token.Empty() && !c.presents {
		return nil, fault.New(fault.Unauthenticated, "token_missing",
			"The service needs a bearer token; `sealkeeper token add` makes one.")
	}
	out, err := http.NewRequestWithContext(ctx, r.method, c.server+"/v1"+r.path, bytes.NewReader(r.body))
	if err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "request_invalid", "This cannot be asked of a service.")
	}
	if r.header != nil {
		out.Header = r.header
	}
	if !c.presents {
		out.Header.Set("Authorization", "Bearer "+token.Reveal())
	}
	if key, ok := ctx.Value(idempotencyKey{}).(string); ok && key != "" && r.method == http.MethodPost {
		out.Header.Set("Idempotency-Key", strconv.Quote(key))
	}
	if r.contentType != "" {
		out.Header.Set("Content-Type", r.contentType)
	}
	return out, nil
}

// refusal is the service's own error. An answer in another form comes from something else, such as a proxy.
func refusal(response *http.Response, answer []byte) error {
	kind := api.Kind(response.StatusCode)
	media, _, _ := mime.ParseMediaType(response.Header.Get("Content-Type"))
	var p api.Problem
	if media != api.ProblemType || json.Unmarshal(answer, &p) != nil || p.Code == "" || p.Detail == "" {
		return fault.New(kind, "answer_unexpected",
			"The service answered %s, which Sealkeeper does not; check its address, and what is in front of it.",
			response.Status)
	}
	e := &fault.Error{Kind: kind, Code: p.Code, Message: p.Detail, Request: p.RequestID}
	// The service answers in seconds, never with a date.
	if seconds, err := strconv.Atoi(response.Header.Get("Retry-After")); err == nil && seconds > 0 {
		e.After = time.Duration(seconds) * time.Second
	}
	return e
}

// path joins the parts of a path, each escaped.
func path(parts ...string) string {
	var b strings.Builder
	for _, part := range parts {
		b.WriteByte('/')
		b.WriteString(url.PathEscape(part))
	}
	return b.String()
}

// query appends those of the pairs name, value that have a value to a path.
func query(path string, pairs ...string) string {
	values := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			values.Set(pairs[i], pairs[i+1])
		}
	}
	if len(values) == 0 {
		return path
	}
	return path + "?" + values.Encode()
}
