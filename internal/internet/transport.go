package internet

import (
	"bytes"
	"io"
	"net/http"
	"time"
)

// Transport sends a library's requests by the rules for everything outside: bounded, and inside a network only to what
// is allowed. Answers to GET are given again for as long as keep says; 0: never.
func (c *Client) Transport(purpose string, keep time.Duration) http.RoundTripper {
	return transport{client: c, purpose: purpose, keep: keep}
}

type transport struct {
	client  *Client
	purpose string
	keep    time.Duration
}

// RoundTrip implements http.RoundTripper.
func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	q := Question{Purpose: t.purpose, URL: r.URL.String(), Method: r.Method, Header: r.Header, KeepFor: t.keep}
	if q.Method == http.MethodGet {
		q.Method = ""
	}
	if r.Body != nil {
		defer func() { _ = r.Body.Close() }()
		var err error
		if q.Body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
	}
	answer, err := t.client.Ask(r.Context(), q)
	if err != nil && answer.Status == 0 {
		return nil, err
	}
	header := answer.Header
	if header == nil {
		header = http.Header{}
	}
	return &http.Response{
		Status:        http.StatusText(answer.Status),
		StatusCode:    answer.Status,
		Proto:         "HTTP/1.1",
		ProtoMajor:    1,
		ProtoMinor:    1,
		Header:        header,
		Body:          io.NopCloser(bytes.NewReader(answer.Body)),
		ContentLength: int64(len(answer.Body)),
		Request:       r,
	}, nil
}
