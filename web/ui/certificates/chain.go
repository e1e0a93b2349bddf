package certificates

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/vault"
	"github.com/sealkeeper/sealkeeper/web/intake"
	"github.com/sealkeeper/sealkeeper/web/ui/page"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
)

// Chains adds to the chains of stored certificates.
type Chains interface {
	ChainOffers(ctx context.Context, caller access.Caller, files vault.Files) ([]vault.ChainOffer, error)
	CompleteChain(ctx context.Context, caller access.Caller, id string) (vault.ChainOffer, error)
	SetChain(ctx context.Context, caller access.Caller, id string, files vault.Files) (done bool, err error)
}

// chainPage shows chains before they are set.
type chainPage struct {
	page.Page
	Offers []vault.ChainOffer
}

// ChainWanting reports whether what is wrong with the certificate is its chain.
func (p certificatePage) ChainWanting() bool {
	for _, check := range p.Checks {
		if check.Code == "chain_incomplete" || check.Code == "issuer_expired" {
			return p.Record.State == vault.Stored && p.Waiting == nil
		}
	}
	return false
}

// CompleteChain asks the issuers' addresses and shows what they answered.
func (h *Handler) CompleteChain(c echo.Context, v session.Visit) error {
	offer, err := h.Vault.CompleteChain(c.Request().Context(), v.Caller, c.Param("id"))
	if err != nil {
		return h.show(c, v, err)
	}
	return h.offer(c, []vault.ChainOffer{offer})
}

func (h *Handler) offer(c echo.Context, offers []vault.ChainOffer) error {
	data := chainPage{Page: h.Pages.Page(c, "certificates", "chain.title"), Offers: offers}
	return h.Pages.Render(c, http.StatusOK, "certificates/chain", data)
}

// orOffers shows the chains in an upload that holds nothing else to store, or the form with the reason of its refusal.
func (h *Handler) orOffers(c echo.Context, v session.Visit, files vault.Files, refused error) error {
	if code := fault.Code(refused); code == certs.CodeNoLeaf || code == "certificate_exists" {
		offers, err := h.Vault.ChainOffers(c.Request().Context(), v.Caller, files)
		if err == nil && len(offers) > 0 {
			return h.offer(c, offers)
		}
	}
	return h.uploadForm(c, v, files, nil, refused)
}

// SetChain sets the chain that was shown.
func (h *Handler) SetChain(c echo.Context, v session.Visit) error {
	shown := certs.File{Name: "chain.pem", Data: []byte(c.FormValue("chain_pem"))}
	return h.setChain(c, v, vault.Files{Files: []certs.File{shown}})
}

// UploadChain sets the chain in files.
func (h *Handler) UploadChain(c echo.Context, v session.Visit) error {
	files, err := intake.Files(c.Response(), c.Request())
	if err != nil {
		return h.show(c, v, err)
	}
	defer files.Passphrase.Wipe()
	return h.setChain(c, v, files)
}

func (h *Handler) setChain(c echo.Context, v session.Visit, files vault.Files) error {
	done, err := h.Vault.SetChain(c.Request().Context(), v.Caller, c.Param("id"), files)
	return h.changed(c, v, done, "notice.chain_changed", err)
}
