package ui

import (
	"context"
	"encoding/pem"
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/vault"
	"github.com/sealkeeper/sealkeeper/web/ui/link"
	"github.com/sealkeeper/sealkeeper/web/ui/page"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
	"github.com/sealkeeper/sealkeeper/web/ui/wording"
)

// orderedPage is a certificate request: what it asks for, and what to do with it.
type orderedPage struct {
	page.Page
	vault.Request
	Asked *certs.Request // nil while the request is being made
	By    string
}

// Roles are the PSD2 roles asked for, by name.
func (p orderedPage) Roles() []string { return roleNames(p.Asked.PSD2) }

func (u *UI) ordered(c echo.Context, v session.Visit) error {
	ctx := c.Request().Context()
	r, err := u.findRequest(ctx, v, c.Param("id"))
	if err != nil {
		return err
	}
	data := orderedPage{Page: u.pages.Named(c, "certificates", r.Name), Request: r, By: u.people.Name(ctx, r.CreatedBy)}
	if block, _ := pem.Decode([]byte(r.PEM)); block != nil {
		if data.Asked, err = certs.ParseRequest(block.Bytes); err != nil {
			return err
		}
	}
	return u.pages.Render(c, http.StatusOK, "certificates/csr", data)
}

// csr is the request as a file. QTSPs' portals take it as PEM.
func (u *UI) csr(c echo.Context, v session.Visit) error {
	r, err := u.findRequest(c.Request().Context(), v, c.Param("id"))
	if err != nil {
		return err
	}
	if r.State == vault.RequestPending {
		return fault.New(fault.Conflict, "request_pending", "The request is still being made; try again in a moment.")
	}
	name := r.Name + "-" + r.SPKISHA256[:8] + ".csr"
	return u.pages.Download(c, name, "application/pkcs10", []byte(r.PEM))
}

func (u *UI) findRequest(ctx context.Context, v session.Visit, id string) (vault.Request, error) {
	all, err := u.cfg.Vault.Ordered(ctx, v.Caller)
	if err != nil {
		return vault.Request{}, err
	}
	i := slices.IndexFunc(all, func(r vault.Request) bool { return r.ID == id })
	if i < 0 {
		return vault.Request{}, fault.New(fault.NotFound, "request_unknown", "There is no such certificate request.")
	}
	return all[i], nil
}

// waitingRequests are those whose certificate has not come, newest first, as
// far as the reader may see them.
func (u *UI) waitingRequests(ctx context.Context, v session.Visit) ([]vault.Request, error) {
	if !v.Caller.May(access.CertList) {
		return nil, nil
	}
	all, err := u.cfg.Vault.Ordered(ctx, v.Caller)
	return slices.DeleteFunc(all, func(r vault.Request) bool { return r.State == vault.RequestIssued }), err
}

// homeRequests has the home page say what is waited for.
func (u *UI) homeRequests(ctx context.Context, v session.Visit, w *wording.Translator, data *homePage) error {
	waiting, err := u.waitingRequests(ctx, v)
	if err != nil {
		return err
	}
	for _, r := range waiting {
		data.name(r.ID, named{r.Name, link.CSR(r.ID)})
		data.Tasks = append(data.Tasks, task{
			Group: taskWaiting,
			What:  r.Name,
			Says:  w.Say("home.ordered", w.Until(r.CreatedAt)),
			URL:   link.CSR(r.ID),
		})
	}
	return nil
}
