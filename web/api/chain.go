package api

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/types/api"
	"github.com/sealkeeper/sealkeeper/vault"
	"github.com/sealkeeper/sealkeeper/web/intake"
)

// setCertificateChain gives a certificate the chain that is uploaded.
func (a *API) setCertificateChain(c echo.Context) error {
	ctx, caller, id := c.Request().Context(), callerOf(c), c.Param("id")
	if err := a.Audit.Permit(ctx, caller, access.CertChain, id); err != nil { // before a large body is read
		return err
	}
	files, err := intake.Files(c.Response(), c.Request())
	defer files.Passphrase.Wipe()
	if err != nil {
		return err
	}
	done, err := a.Vault.SetChain(ctx, caller, id, files)
	changed, err := a.changed(c, done, err)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, changed)
}

// completeCertificateChain asks the issuers' addresses and stores nothing.
func (a *API) completeCertificateChain(r request[none]) (api.ChainOffer, error) {
	offer, err := a.Vault.CompleteChain(r.echo.Request().Context(), r.caller, r.echo.Param("id"))
	if err != nil {
		return api.ChainOffer{}, err
	}
	return api.ChainOffer{
		ChainPEM: offer.PEM(),
		Links: each(offer.Links, func(l vault.ChainLink) api.ChainLink {
			return api.ChainLink{Subject: l.Subject, SHA256: l.SHA256, NotAfter: l.NotAfter, From: l.From}
		}),
	}, nil
}
