package certificates

import (
	"context"
	"errors"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/internal/environment"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
	"github.com/sealkeeper/sealkeeper/vault"
	"github.com/sealkeeper/sealkeeper/web/ui/form"
	"github.com/sealkeeper/sealkeeper/web/ui/link"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
)

// LifeCycle ends certificates, and allows the export of an exportable key.
type LifeCycle interface {
	Retire(ctx context.Context, caller access.Caller, id, reason string) (done bool, err error)
	Destroy(ctx context.Context, caller access.Caller, id, confirmation string) (done bool, err error)
	AllowExport(ctx context.Context, caller access.Caller, id string) (done bool, err error)
	Ending(ctx context.Context, caller access.Caller, id string) (vault.Mentions, environment.Name, error)
}

// lifeCycle is what a certificate's page says of its line, its key and its end.
type lifeCycle struct {
	Line        []vault.Record
	ExportBy    string
	AllowedBy   string
	RetiredBy   string
	DestroyedBy string
	Waiting     *approval.Request // for a second person
	Reason      string            // as typed, when it was refused

	NamedBy    []bundleUse // the first versions of bundles that name it, those in use first
	NamedByAll int         // how many there are
	InUse      bool        // a version in use is among them
	InDraft    bool        // a draft is
	TwoPeople  bool        // its end takes two people
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
	if err := h.ending(ctx, v, r, &l); err != nil || !v.Caller.MaySomewhere(access.ApprovalRead) {
		return l, err
	}
	waiting, err := h.Approvals.List(ctx, v.Caller, approval.Filter{
		Object: r.ID,
		States: []approval.State{approval.Open},
	})
	if len(waiting) > 0 {
		l.Waiting = &waiting[0]
	}
	return l, err
}

// ending says what names a certificate that may end, before anybody types a reason.
func (h *Handler) ending(ctx context.Context, v session.Visit, r vault.Record, l *lifeCycle) error {
	if r.State != vault.Stored && r.State != vault.Retired || !v.Caller.May(access.RegistrationRead) {
		return nil
	}
	named, env, err := h.Vault.Ending(ctx, v.Caller, r.ID)
	if err != nil {
		return err
	}
	l.NamedByAll, l.TwoPeople = named.Count(), h.Approvals.Required(ctx, env)
	l.InUse = named.Count(string(registration.Active)) > 0
	l.InDraft = named.Count(string(registration.Draft)) > 0
	for _, use := range named.First[:min(len(named.First), usesShown)] {
		in, err := h.Registrations.Institution(ctx, v.Caller, use.InstitutionID)
		if errors.Is(err, fault.NotFound) {
			in, err = catalogue.Gone(use.InstitutionID), nil
		}
		if err != nil {
			return err
		}
		l.NamedBy = append(l.NamedBy, bundleUse{use, in.Name})
	}
	return nil
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
