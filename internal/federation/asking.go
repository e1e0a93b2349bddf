package federation

import (
	"bytes"
	"io"
	"net/http"

	"github.com/sealkeeper/sealkeeper/internal/outgoing"
)

// asking sends a library's requests by the rules for everything outside: bounded, and inside a network only to what is
// allowed.
type asking struct{ client *outgoing.Client }

// RoundTrip implements http.RoundTripper.
func (a asking) RoundTrip(r *http.Request) (*http.Response, error) {
	q := outgoing.Question{Purpose: "oidc", URL: r.URL.String(), Method: r.Method, Header: r.Header}
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
	answer, err := a.client.Ask(r.Context(), q)
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
