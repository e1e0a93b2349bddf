package api

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/idempotency"
)

// HeaderIdempotencyKey is the header with the key (draft-ietf-httpapi-idempotency-key-header).
const HeaderIdempotencyKey = "Idempotency-Key"

// keyless are the operations that take no key, because their answer must not be kept, or their body is not read at
// once. What they do may be repeated: a secret is handed out again, and files that are stored already are refused.
var keyless = []string{
	"/v1/certificates",
	"/v1/certificates/inspect",
	"/v1/certificates/:id/export",
	"/v1/checklists/:id/steps/:step/evidence",
	"/v1/registration-imports",
	"/v1/registration-imports/check",
	"/v1/registers/:id/file",
	"/v1/service-accounts/:id/tokens",
	"/v1/tls/:registration/bank-tokens",
	"/v1/tls/:registration/export",
	"/v1/tls/:registration/handshakes",
	"/v1/tls/:registration/http-signatures",
	"/v1/tls/:registration/signatures",
	"/v1/tls/reports",
}

// finishTime bounds keeping an answer, whoever still waits for it.
const finishTime = 10 * time.Second

// once answers a POST that was made before under the same key as it was answered then.
func (a *API) once(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		key := c.Request().Header.Get(HeaderIdempotencyKey)
		if c.Request().Method != http.MethodPost || key == "" {
			return next(c)
		}
		if slices.Contains(keyless, c.Path()) {
			return fault.New(fault.Invalid, "idempotency_key_unused",
				"This operation takes no Idempotency-Key, because its answer is not kept; send it without.")
		}
		held := heldBy(c)
		if held.token.Empty() { // a certificate is no secret, so nothing could be sealed with it
			return fault.New(fault.Invalid, "idempotency_key_needs_token",
				"An answer is kept for who holds the token it is sealed with; with a client certificate send no "+
					"Idempotency-Key.")
		}
		body, err := wholeBody(c)
		if err != nil {
			return err
		}
		defer clear(body)
		ctx := c.Request().Context()
		running, answer, err := a.Requests.Begin(ctx, idempotency.Request{
			Caller:    callerOf(c).ID,
			Token:     held.token,
			Key:       unquoted(key),
			Operation: c.Request().Method + " " + c.Request().URL.RequestURI(),
			Body:      body,
		})
		switch {
		case err != nil:
			return err
		case answer != nil:
			return c.Blob(answer.Status, answer.ContentType, answer.Body)
		}
		return keeping(c, running, next)
	}
}

// keeping answers and keeps the answer. A failure of ours, or of something that is down, is not kept: the request may
// be made again. If something here panics, nobody knows how far it came, and the key stays taken.
func keeping(c echo.Context, running *idempotency.Running, next echo.HandlerFunc) error {
	copied := &copiedAnswer{ResponseWriter: c.Response().Writer}
	c.Response().Writer = copied
	if err := next(c); err != nil {
		c.Error(err)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.Request().Context()), finishTime)
	defer cancel()
	switch status := c.Response().Status; {
	case status >= http.StatusInternalServerError, status == http.StatusTooManyRequests:
		return running.Forget(ctx)
	case copied.lost:
		return nil
	default:
		return running.Finish(ctx, idempotency.Answer{
			Status:      status,
			ContentType: c.Response().Header().Get(echo.HeaderContentType),
			Body:        copied.body.Bytes(),
		})
	}
}

// wholeBody reads the body, and leaves it to be read again.
func wholeBody(c echo.Context) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(c.Response(), c.Request().Body, maxJSON))
	if err != nil {
		return nil, unread(err)
	}
	c.Request().Body = io.NopCloser(bytes.NewReader(body))
	return body, nil
}

// unquoted takes the key as the string of RFC 9651 that the draft asks for, and as most clients send it.
func unquoted(key string) string {
	if len(key) > 1 && strings.HasPrefix(key, `"`) && strings.HasSuffix(key, `"`) {
		return key[1 : len(key)-1]
	}
	return key
}

// copiedAnswer copies what is answered, up to what is kept of it.
type copiedAnswer struct {
	http.ResponseWriter
	body bytes.Buffer
	lost bool
}

// Write implements http.ResponseWriter.
func (w *copiedAnswer) Write(p []byte) (int, error) {
	if w.lost = w.lost || w.body.Len()+len(p) > idempotency.MaxAnswer; !w.lost {
		w.body.Write(p)
	}
	return w.ResponseWriter.Write(p)
}

// Unwrap is for http.ResponseController.
func (w *copiedAnswer) Unwrap() http.ResponseWriter { return w.ResponseWriter }
