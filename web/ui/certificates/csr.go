package certificates

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
	"github.com/sealkeeper/sealkeeper/web/ui/page"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
	"github.com/sealkeeper/sealkeeper/web/ui/wording"
)

// Requests makes CSRs with keys in custody.
type Requests interface {
	Order(ctx context.Context, caller access.Caller, n vault.NewRequest) (vault.Request, error)
	Ordered(ctx context.Context, caller access.Caller) ([]vault.Request, error)
}

// csrPage is a CSR: what it asks for, and what to do with it.
type csrPage struct {
	page.Page
	vault.Request
	Asked *certs.Request // nil while the request is being made
	By    string

	Checks []wording.Finding // about its key
}

// Roles are the PSD2 roles asked for, by name.
func (p csrPage) Roles() []string { return roleNames(p.Asked.PSD2) }

// ShowCSR shows a CSR.
func (h *Handler) ShowCSR(c echo.Context, v session.Visit) error {
	ctx := c.Request().Context()
	r, err := h.csr(ctx, v.Caller, c.Param("id"))
	if err != nil {
		return err
	}
	data := csrPage{
		Page:    h.Pages.Named(c, "certificates", r.Name),
		Request: r,
		By:      h.People.Name(ctx, r.CreatedBy),
		Checks:  h.Pages.Translator(c).Findings(r.Findings(h.Now())),
	}
	if block, _ := pem.Decode([]byte(r.PEM)); block != nil {
		if data.Asked, err = certs.ParseRequest(block.Bytes); err != nil {
			return err
		}
	}
	return h.Pages.Render(c, http.StatusOK, "certificates/csr", data)
}

// DownloadCSR is the CSR as a file. QTSPs' portals take it as PEM.
func (h *Handler) DownloadCSR(c echo.Context, v session.Visit) error {
	r, err := h.csr(c.Request().Context(), v.Caller, c.Param("id"))
	if err != nil {
		return err
	}
	if r.State == vault.RequestPending {
		return fault.New(fault.Conflict, "request_pending", "The request is still being made; try again in a moment.")
	}
	name := r.Name + "-" + r.SPKISHA256[:8] + ".csr"
	return h.Pages.Download(c, name, "application/pkcs10", []byte(r.PEM))
}

func (h *Handler) csr(ctx context.Context, caller access.Caller, id string) (vault.Request, error) {
	all, err := h.Vault.Ordered(ctx, caller)
	if err != nil {
		return vault.Request{}, err
	}
	i := slices.IndexFunc(all, func(r vault.Request) bool { return r.ID == id })
	if i < 0 {
		return vault.Request{}, fault.New(fault.NotFound, "request_unknown", "There is no such certificate request.")
	}
	return all[i], nil
}

// waiting are the CSRs whose certificate has not come, newest first, as
// far as the reader may see them.
func (h *Handler) waiting(ctx context.Context, caller access.Caller) ([]vault.Request, error) {
	if !caller.May(access.CertList) {
		return nil, nil
	}
	all, err := h.Vault.Ordered(ctx, caller)
	return slices.DeleteFunc(all, func(r vault.Request) bool { return r.State == vault.RequestIssued }), err
}
