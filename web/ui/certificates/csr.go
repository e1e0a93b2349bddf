package certificates

import (
	"context"
	"encoding/pem"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/vault"
	"github.com/sealkeeper/sealkeeper/web/ui/lists"
	"github.com/sealkeeper/sealkeeper/web/ui/page"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
	"github.com/sealkeeper/sealkeeper/web/ui/wording"
)

// Requests makes CSRs with keys in custody.
type Requests interface {
	CreateCSR(ctx context.Context, caller access.Caller, n vault.NewCSR) (vault.CSR, error)
	CSRPage(ctx context.Context, caller access.Caller, q listing.Query) (listing.Page[vault.CSR], error)
	CSR(ctx context.Context, caller access.Caller, id string) (vault.CSR, error)
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
	r, err := h.Vault.CSR(ctx, v.Caller, c.Param("id"))
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
	r, err := h.Vault.CSR(c.Request().Context(), v.Caller, c.Param("id"))
	if err != nil {
		return err
	}
	if r.State == vault.CSRPending {
		return fault.New(fault.Conflict, "request_pending", "The request is still being made; try again in a moment.")
	}
	name := r.Name + "-" + r.SPKISHA256[:8] + ".csr"
	return h.Pages.Download(c, name, "application/pkcs10", []byte(r.PEM))
}

// csrListPage lists the CSRs.
type csrListPage struct {
	page.Page
	List lists.List
	Rows []vault.CSR
}

// ListCSRs shows a page of the CSRs.
func (h *Handler) ListCSRs(c echo.Context, v session.Visit) error {
	ctx := c.Request().Context()
	q, found, err := lists.Read(c, v.Caller, vault.CSRsListed, h.Vault.CSRPage)
	if err != nil {
		return err
	}
	data := csrListPage{
		Page: h.Pages.Page(c, "certificates", "certificates.csrs"),
		List: lists.Of(c, q, found),
		Rows: found.Items,
	}
	data.Path = c.Request().URL.RequestURI()
	data.List.Sort(q.Sort, vault.CSRsListed.Sorts...)
	for _, issued := range []string{"false", "true"} {
		err := data.List.Filter(vault.FilterIssued, issued, lists.Count(ctx, v.Caller, q, h.Vault.CSRPage))
		if err != nil {
			return err
		}
	}
	return h.Pages.Render(c, http.StatusOK, "certificates/csrs", data)
}

// waitingShown is how many CSRs stand above the certificates; their list has all of them.
const waitingShown = 5

// waiting are the newest CSRs whose certificate has not come, as far as the reader may see them.
func (h *Handler) waiting(ctx context.Context, caller access.Caller) (listing.Page[vault.CSR], error) {
	if !caller.MaySomewhere(access.CertList) {
		return listing.Page[vault.CSR]{}, nil
	}
	q := vault.CSRsListed.Query().With(vault.FilterIssued, "false")
	q.Limit = waitingShown
	return h.Vault.CSRPage(ctx, caller, q)
}
