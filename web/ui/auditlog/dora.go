package auditlog

import (
	"bytes"
	"context"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/dora"
	"github.com/sealkeeper/sealkeeper/web/ui/page"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
)

// Register has rows for DORA's register of information.
type Register interface {
	Rows(ctx context.Context, caller access.Caller) ([]dora.Row, error)
}

type registerPage struct {
	page.Page
	Templates []templateRows
}

// templateRows is how many rows a template has.
type templateRows struct {
	Name, Key string
	Count     int
}

// Register shows for which templates something is known.
func (h *Handler) Register(c echo.Context, v session.Visit) error {
	rows, err := h.Dora.Rows(c.Request().Context(), v.Caller)
	if err != nil {
		return err
	}
	data := registerPage{Page: h.Pages.Page(c, "audit", "dora.title")}
	for _, name := range dora.Templates() {
		t := templateRows{Name: name, Key: strings.NewReplacer("_", "", ".", "").Replace(strings.ToLower(name))}
		for _, r := range rows {
			if r.Template == name {
				t.Count++
			}
		}
		data.Templates = append(data.Templates, t)
	}
	return h.Pages.Render(c, http.StatusOK, "auditlog/dora", data)
}

// DownloadRegister hands out all rows as JSON lines.
func (h *Handler) DownloadRegister(c echo.Context, v session.Visit) error {
	rows, err := h.Dora.Rows(c.Request().Context(), v.Caller)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	if err := dora.WriteLines(&out, rows); err != nil {
		return err
	}
	return h.Pages.Download(c, "dora-register.jsonl", "application/jsonl", out.Bytes())
}

// DownloadTemplate hands out the rows of a template as CSV.
func (h *Handler) DownloadTemplate(c echo.Context, v session.Visit) error {
	rows, err := h.Dora.Rows(c.Request().Context(), v.Caller)
	if err != nil {
		return err
	}
	template := c.Param("template")
	var out bytes.Buffer
	if err := dora.WriteCSV(&out, rows, template); err != nil {
		return err
	}
	return h.Pages.Download(c, strings.ToLower(template)+".csv", "text/csv; charset=utf-8", out.Bytes())
}
