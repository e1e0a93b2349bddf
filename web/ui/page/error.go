package page

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/web/problem"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
	"github.com/sealkeeper/sealkeeper/web/ui/wording"
)

type errorPage struct {
	Page
	Status int
	Code   string
	What   wording.Sentence
	Advice string // key of what to do
}

// Error answers with a page that says what went wrong and what to do. What
// is inside the error stays inside.
func (r *Responder) Error(c echo.Context, err error) error {
	p, t := problem.Of(err), r.Translator(c)
	r.needConfirmation(c, err)
	data := errorPage{
		Page:   r.Page(c, "", titleKey(p.Status)),
		Status: p.Status,
		Code:   p.Code,
		What:   *t.Problem(err),
		Advice: advice(p.Status),
	}
	if p.Code == "http_error" { // Echo's own: not about anything of ours
		data.What, data.Code = t.Say(httpErrorKey(p.Status)), ""
	}
	html, err := r.languages[session.VisitOf(c).Lang].execute("page/error", data)
	if err != nil {
		return err
	}
	return c.HTMLBlob(p.Status, html)
}

func titleKey(status int) string {
	switch status {
	case http.StatusNotFound:
		return "error.title.not_found"
	case http.StatusForbidden:
		return "error.title.denied"
	case http.StatusServiceUnavailable, http.StatusTooManyRequests:
		return "error.title.unavailable"
	}
	if status >= http.StatusInternalServerError {
		return "error.title.internal"
	}
	return "error.title.refused"
}

func httpErrorKey(status int) string {
	if status == http.StatusNotFound {
		return "error.what.not_found"
	}
	return "error.what.refused"
}

func advice(status int) string {
	switch status {
	case http.StatusNotFound:
		return "error.advice.not_found"
	case http.StatusForbidden:
		return "error.advice.denied"
	case http.StatusServiceUnavailable, http.StatusTooManyRequests:
		return "error.advice.unavailable"
	}
	if status >= http.StatusInternalServerError {
		return "error.advice.internal"
	}
	return "error.advice.refused"
}
