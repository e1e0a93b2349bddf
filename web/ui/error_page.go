package ui

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/web/problem"
	"github.com/sealkeeper/sealkeeper/web/ui/wording"
)

type errorPage struct {
	page
	Status int
	Code   string
	What   wording.Sentence
	Advice string // key of what to do
}

// ErrorPage answers with a page that says what went wrong and what to do. What
// is inside the error stays inside.
func (u *UI) ErrorPage(c echo.Context, err error) error {
	p := problem.Of(err)
	w := u.words(c)
	data := errorPage{
		page:   u.page(c, "", ""),
		Status: p.Status,
		Code:   p.Code,
		What:   *w.Problem(err),
		Advice: advice(p.Status),
	}
	if p.Code == "http_error" { // Echo's own: not about anything of ours
		data.What, data.Code = w.Say(httpErrorKey(p.Status)), ""
	}
	data.Title = u.title(c, titleKey(p.Status))
	html, err := u.execute(visitOf(c).Lang, "error", data)
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
	case http.StatusServiceUnavailable:
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
	case http.StatusServiceUnavailable:
		return "error.advice.unavailable"
	}
	if status >= http.StatusInternalServerError {
		return "error.advice.internal"
	}
	return "error.advice.refused"
}
