package certificates

import (
	"context"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/vault"
	"github.com/sealkeeper/sealkeeper/web/ui/ending"
	"github.com/sealkeeper/sealkeeper/web/ui/form"
	"github.com/sealkeeper/sealkeeper/web/ui/link"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
)

// LifeCycle ends certificates, and allows the export of an exportable key.
type LifeCycle interface {
	Retire(ctx context.Context, caller access.Caller, id, reason string) (done bool, err error)
	Destroy(ctx context.Context, caller access.Caller, id, confirmation string) (done bool, err error)
	AllowExport(ctx context.Context, caller access.Caller, id string) (done bool, err error)
	ending.Certificates
}

// lifeCycle is what a certificate's page says of its line, its key and its end.
type lifeCycle struct {
	Line        []vault.Record
	ExportBy    string
	AllowedBy   string
	RetiredBy   string
	DestroyedBy string
	Reason      string // as typed, when it was refused
	ending.Ending
}

// KeyExportable reports whether the private key is exportable.
func (p certificatePage) KeyExportable() bool { return p.Record.KeyMode == vault.KeyExportable }

// ExportNotAllowed reports whether the export of the key is not allowed yet.
func (p certificatePage) ExportNotAllowed() bool {
	return p.KeyExportable() && p.Record.State == vault.Stored && p.Record.Export.ApprovedBy == ""
}

func (h *Handler) lifeCycle(c echo.Context, v session.Visit, r vault.Record) (lifeCycle, error) {
	ctx := c.Request().Context()
	line, err := h.Vault.Line(ctx, v.Caller, r.ID)
	if err != nil {
		return lifeCycle{}, err
	}
	l := lifeCycle{
		Line:        line,
		ExportBy:    h.People.Name(ctx, r.Export.By),
		AllowedBy:   h.People.Name(ctx, r.Export.ApprovedBy),
		RetiredBy:   h.People.Name(ctx, r.Retired.By),
		DestroyedBy: h.People.Name(ctx, r.Destroyed.By),
		Reason:      c.FormValue("reason"),
	}
	l.Ending, err = h.endings().Of(ctx, v.Caller, r.ID, r.State)
	return l, err
}

func (h *Handler) endings() ending.Reader {
	return ending.Reader{Certificates: h.Vault, Institutions: h.Registrations, Approvals: h.Approvals}
}

// Retire takes a certificate out of use.
func (h *Handler) Retire(c echo.Context, v session.Visit) error {
	done, err := h.Vault.Retire(c.Request().Context(), v.Caller, c.Param("id"), form.Text(c, "reason"))
	return h.changed(c, v, done, "notice.certificate_retired", err)
}

// Destroy destroys a retired certificate and its key.
func (h *Handler) Destroy(c echo.Context, v session.Visit) error {
	done, err := h.Vault.Destroy(c.Request().Context(), v.Caller, c.Param("id"), c.FormValue("confirmation"))
	return h.changed(c, v, done, "notice.certificate_destroyed", err)
}

// AllowExport allows the export of an exportable key, and the use of its certificate on live.
func (h *Handler) AllowExport(c echo.Context, v session.Visit) error {
	done, err := h.Vault.AllowExport(c.Request().Context(), v.Caller, c.Param("id"))
	return h.changed(c, v, done, "notice.certificate_allowed", err)
}

// changed goes back to the certificate: changed, waiting for a second person, or as it was with the reason.
func (h *Handler) changed(c echo.Context, v session.Visit, done bool, notice string, err error) error {
	if err != nil {
		return h.show(c, v, err)
	}
	if !done {
		notice = "notice.requested"
	}
	return h.Pages.Done(c, notice, link.Certificate(c.Param("id")))
}
