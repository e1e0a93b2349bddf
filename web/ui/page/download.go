package page

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"
)

// Download answers with a file of ours, to be kept.
func (r *Responder) Download(c echo.Context, name, contentType string, data []byte) error {
	return r.File(c, `attachment; filename="`+fileName(name)+`"`, contentType, data)
}

// File answers with a file under a Content-Disposition. What it is, is never guessed: what somebody uploaded
// is no page of ours.
func (r *Responder) File(c echo.Context, disposition, contentType string, data []byte) error {
	if err := r.cfg.Sessions.Save(c); err != nil {
		return err
	}
	h := c.Response().Header()
	h.Set(echo.HeaderContentDisposition, disposition)
	h.Set(echo.HeaderXContentTypeOptions, "nosniff")
	return c.Blob(http.StatusOK, contentType, data)
}

// Stream answers with a file of ours that write writes as it is made. What goes wrong on the way breaks it off.
func (r *Responder) Stream(c echo.Context, name, contentType string, write func() error) error {
	if err := r.cfg.Sessions.Save(c); err != nil {
		return err
	}
	h := c.Response().Header()
	h.Set(echo.HeaderContentDisposition, `attachment; filename="`+fileName(name)+`"`)
	h.Set(echo.HeaderXContentTypeOptions, "nosniff")
	h.Set(echo.HeaderContentType, contentType)
	c.Response().WriteHeader(http.StatusOK)
	return write()
}

// fileName is text with nothing in it that file systems or headers mind.
func fileName(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '-', r == '.':
			return r
		}
		return '-'
	}, text)
}
