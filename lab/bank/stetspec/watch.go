package stetspec

import (
	"bytes"
	"io"
	"net/http"
	"strings"
)

// Watch wraps a bank's handler (bank.Config.Wrap) and reports every call
// of its APIs, so that tests of a client can check what the client sends.
func Watch(report func(Exchange)) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "/oauth2/token") {
				next.ServeHTTP(w, r)
				return
			}
			body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
			if err != nil {
				return // the client has gone
			}
			r.Body = io.NopCloser(bytes.NewReader(body))
			copied := &copying{ResponseWriter: w, status: http.StatusOK}
			next.ServeHTTP(copied, r)
			report(Exchange{
				Request:     r,
				RequestBody: body,
				Status:      copied.status,
				Header:      w.Header().Clone(),
				Body:        copied.body.Bytes(),
			})
		})
	}
}

// copying keeps what passes through it.
type copying struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

// WriteHeader notes the status.
func (c *copying) WriteHeader(status int) {
	c.status = status
	c.ResponseWriter.WriteHeader(status)
}

// Write notes the bytes.
func (c *copying) Write(b []byte) (int, error) {
	c.body.Write(b)
	return c.ResponseWriter.Write(b)
}

// Unwrap is for http.ResponseController.
func (c *copying) Unwrap() http.ResponseWriter { return c.ResponseWriter }
