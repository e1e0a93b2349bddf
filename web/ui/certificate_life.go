package ui

import (
	"context"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/vault"
	"github.com/sealkeeper/sealkeeper/web/problem"
	"github.com/sealkeeper/sealkeeper/web/ui/link"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
)

// certificateLife is what a certificate's page says of its line, its key and its end.
type certificateLife struct {
	Line        []vault.Record
	KeptBy      string
	AllowedBy   string
	RetiredBy   string
	DestroyedBy string
	Waiting     *approval.Request // for a second person
	Reason      string            // as typed, when it was refused
}

// KeyStored reports whether the private key can be handed out.
func (p certificatePage) KeyStored() bool { return p.Record.KeyMode == vault.KeyStored }

// AskLive reports whether live registrations may not use the stored key yet.
func (p certificatePage) AskLive() bool {
	return p.KeyStored() && p.Record.State == vault.Stored && p.Record.Kept.ApprovedBy == ""
}

func (u *UI) certificateLife(ctx context.Context, v session.Visit, r vault.Record) (certificateLife, error) {
	line, err := u.cfg.Vault.Line(ctx, v.Caller, r.ID)
	if err != nil {
		return certificateLife{}, err
	}
	l := certificateLife{
		Line:        line,
		KeptBy:      u.people.Name(ctx, r.Kept.By),
		AllowedBy:   u.people.Name(ctx, r.Kept.ApprovedBy),
		RetiredBy:   u.people.Name(ctx, r.Retired.By),
		DestroyedBy: u.people.Name(ctx, r.Destroyed.By),
	}
	if !v.Caller.May(access.ApprovalRead) {
		return l, nil
	}
	waiting, err := u.cfg.Approvals.List(ctx, v.Caller, approval.Filter{
		Object: r.ID,
		States: []approval.State{approval.Open},
	})
	if len(waiting) > 0 {
		l.Waiting = &waiting[0]
	}
	return l, err
}

func (u *UI) retireCertificate(c echo.Context, v session.Visit) error {
	done, err := u.cfg.Vault.Retire(c.Request().Context(), v.Caller, c.Param("id"),
		strings.TrimSpace(c.FormValue("reason")))
	return u.certificateChanged(c, v, done, "notice.certificate_retired", err)
}

func (u *UI) destroyCertificate(c echo.Context, v session.Visit) error {
	done, err := u.cfg.Vault.Destroy(c.Request().Context(), v.Caller, c.Param("id"), c.FormValue("confirmation"))
	return u.certificateChanged(c, v, done, "notice.certificate_destroyed", err)
}

func (u *UI) allowOnLive(c echo.Context, v session.Visit) error {
	done, err := u.cfg.Vault.AllowOnLive(c.Request().Context(), v.Caller, c.Param("id"))
	return u.certificateChanged(c, v, done, "notice.certificate_allowed", err)
}

// certificateChanged goes back to the certificate: changed, waiting for a second person, or as it was with the reason.
func (u *UI) certificateChanged(c echo.Context, v session.Visit, done bool, notice string, err error) error {
	if err != nil {
		return u.certificatePage(c, v, problem.Of(err).Status, u.pages.Translator(c).Problem(err))
	}
	u.sessions.Confirm(c, notice)
	if !done {
		u.sessions.Confirm(c, "notice.requested")
	}
	return u.pages.Redirect(c, link.Certificate(c.Param("id")))
}

// replaceable are the certificates a new one can take the place of.
func (u *UI) replaceable(c echo.Context, v session.Visit) ([]vault.Record, error) {
	if !v.Caller.May(access.CertList) {
		return nil, nil
	}
	return u.cfg.Vault.List(c.Request().Context(), v.Caller)
}

func (u *UI) certificate(c echo.Context, v session.Visit) error {
	return u.certificatePage(c, v, http.StatusOK, nil)
}
