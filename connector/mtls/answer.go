package mtls

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"

	"github.com/sealkeeper/sealkeeper/connector/failure"
	"github.com/sealkeeper/sealkeeper/fault"
)

// AnswerTooLarge is the failure of an answer that exceeds max_response_bytes.
var AnswerTooLarge = failure.NewClass(fault.Unavailable, "answer_too_large", failure.Operator,
	"The bank's answer is larger than this bank's profile allows; the operator may raise max_response_bytes.")

// Answer is an HTTP response with its whole body.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte // text is UTF-8, whatever it was sent as
}

// Send makes one request and reads the whole answer, whatever its status. The
// error says why there is no answer, and what to do about it.
func (c *Client) Send(req *http.Request) (*Answer, error) {
	response, err := c.http.Do(req) //nolint:gosec // the address is a profile's, or a link that was held to it
	if err != nil {
		return nil, c.diagnose(req, hostOnly(err))
	}
	defer func() { _ = response.Body.Close() }()
	limit := c.settings.MaxResponseBytes
	body, err := io.ReadAll(io.LimitReader(response.Body, limit+1))
	if err != nil {
		return nil, Explain(err)
	}
	if int64(len(body)) > limit {
		return nil, AnswerTooLarge.Because(&failure.Failure{Status: response.StatusCode})
	}
	return &Answer{
		Status: response.StatusCode,
		Header: response.Header,
		Body:   inUTF8(body, response.Header.Get("Content-Type")),
	}, nil
}

// hostOnly leaves path and query of the request out of an error: logs are not for the numbers of customers' accounts.
func hostOnly(err error) error {
	asked, ok := errors.AsType[*url.Error](err)
	if !ok {
		return err
	}
	host := ""
	if at, err := url.Parse(asked.URL); err == nil {
		host = at.Scheme + "://" + at.Host
	}
	return &url.Error{Op: asked.Op, URL: host, Err: asked.Err}
}

// diagnose classifies the failure of a request that got no answer. A TLS 1.3
// server refuses a certificate after the client's side of the handshake is over.
// If the request is on its way by then, the alert may be lost in the reset of the
// connection; a handshake without a request shows it.
func (c *Client) diagnose(req *http.Request, cause error) error {
	err := explained(req.Context(), c.source, Explain(cause))
	if op, ok := errors.AsType[*net.OpError](cause); ok && op.Op == "dial" || !Unreachable.Is(err) {
		return err
	}
	if found := c.Probe(req.Context(), Address(req.URL), req.URL.EscapedPath()); found.Alert != "" {
		return found.Err
	}
	return err
}
