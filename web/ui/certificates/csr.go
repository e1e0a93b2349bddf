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
	CreateCSR(ctx context.Context, caller access.Caller, n vault.NewCSR) (vault.CSR, error)
	CSRs(ctx context.Context, caller access.Caller) ([]vault.CSR, error)
}

// csrPage is a CSR: what it asks for, and what to do with it.
type csrPage struct {
	page.Page
	vault.CSR
	Asked *certs.CSR // nil while the request is being made
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
		Page:   h.Pages.Named(c, "certificates", r.Name),
		CSR:    r,
		By:     h.People.Name(ctx, r.CreatedBy),
		Checks: h.Pages.Translator(c).Findings(r.Findings(h.Now())),
	}
	if block, _ := pem.Decode([]byte(r.PEM)); block != nil {
		if data.Asked, err = certs.ParseCSR(block.Bytes); err != nil {
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
	if r.State == vault.CSRPending {
		return fault.New(fault.Conflict, "request_pending", "The request is still being made; try again in a moment.")
	}
	name := r.Name + "-" + r.SPKISHA256[:8] + ".csr"
	return h.Pages.Download(c, name, "application/pkcs10", []byte(r.PEM))
}

func (h *Handler) csr(ctx context.Context, caller access.Caller, id string) (vault.CSR, error) {
	all, err := h.Vault.CSRs(ctx, caller)
	if err != nil {
		return vault.CSR{}, err
	}
	i := slices.IndexFunc(all, func(r vault.CSR) bool { return r.ID == id })
	if i < 0 {
		return vault.CSR{}, fault.New(fault.NotFound, "csr_unknown", "There is no such CSR.")
	}
	return all[i], nil
}

// waiting are the CSRs whose certificate has not come, newest first, as
// far as the reader may see them.
func (h *Handler) waiting(ctx context.Context, caller access.Caller) ([]vault.CSR, error) {
	if !caller.May(access.CertList) {
		return nil, nil
	}
	all, err := h.Vault.CSRs(ctx, caller)
	return slices.DeleteFunc(all, func(r vault.CSR) bool { return r.State == vault.CSRIssued }), err
}
