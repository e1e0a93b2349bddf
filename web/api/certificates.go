package api

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/types/api"
	"github.com/sealkeeper/sealkeeper/vault"
	"github.com/sealkeeper/sealkeeper/web/intake"
)

func (a *API) stored(r vault.Record) api.Certificate { return storedOf(r, a.Now()) }

func storedOf(r vault.Record, now time.Time) api.Certificate {
	c := api.Certificate{
		ID:        r.ID,
		Name:      r.Name,
		State:     api.CertificateState(r.State),
		Custody:   r.Custody,
		CreatedAt: r.CreatedAt,
		ChainPEM:  r.ChainPEM(),
		KeyMode:   api.KeyMode(r.KeyMode),
		Line:      api.CertificateLine{ID: r.Line.ID, Version: r.Line.Version, Change: string(r.Line.Change)},
		Facts:     r.Leaf.Facts(r.Findings(now)),
	}
	if r.KeyMode == vault.KeyExportable {
		c.Export = &api.ExportChoice{
			Reason:     r.Export.Reason,
			By:         r.Export.By,
			ApprovedBy: r.Export.ApprovedBy,
			ApprovedAt: moment(r.Export.ApprovedAt),
		}
	}
	if !r.Retired.At.IsZero() {
		c.Retired = &api.CertificateRetirement{Reason: r.Retired.Reason, By: r.Retired.By, At: r.Retired.At}
	}
	if !r.Destroyed.At.IsZero() {
		c.Destroyed = &api.CertificateDestruction{By: r.Destroyed.By, At: r.Destroyed.At}
	}
	return c
}

// CertificateList is what GET /v1/certificates answers, for the command that says the same on the server.
func CertificateList(records []vault.Record, now time.Time) []api.Certificate {
	return each(records, func(r vault.Record) api.Certificate { return storedOf(r, now) })
}

func (a *API) certificates(r request[none]) ([]api.Certificate, error) {
	list := a.Vault.List
	if r.echo.QueryParam("ended") == "true" {
		list = a.Vault.Ended
	}
	records, err := list(r.echo.Request().Context(), r.caller)
	return each(records, a.stored), err
}

func (a *API) certificate(r request[none]) (api.Certificate, error) {
	record, err := a.Vault.Get(r.echo.Request().Context(), r.caller, r.echo.Param("id"))
	if err != nil {
		return api.Certificate{}, err
	}
	return a.stored(record), nil
}

// importCertificates stores what is uploaded: 201 with the certificates stored.
func (a *API) importCertificates(c echo.Context) error {
	ctx, caller := c.Request().Context(), callerOf(c)
	if !caller.May(access.CertImport) { // before a large body is read
		return a.Vault.RefuseImport(ctx, caller, nil)
	}
	files, err := intake.Files(c.Response(), c.Request())
	defer files.Passphrase.Wipe()
	if err != nil {
		return a.Vault.RefuseImport(ctx, caller, err)
	}
	records, err := a.Vault.Import(ctx, caller, files)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, each(records, a.stored))
}

// inspectCertificates judges what is uploaded and stores nothing.
func (a *API) inspectCertificates(c echo.Context) error {
	if err := a.Audit.Permit(c.Request().Context(), callerOf(c), access.CertInspect, ""); err != nil {
		return err
	}
	files, err := intake.Files(c.Response(), c.Request())
	defer files.Passphrase.Wipe()
	if err != nil {
		return err
	}
	previews, err := a.Vault.Inspect(c.Request().Context(), callerOf(c), files)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, each(previews, func(p vault.Preview) api.InspectedCertificate {
		return api.InspectedCertificate{HasKey: p.HasKey, KeyInCustody: p.KeyInCustody, Facts: p.Leaf.Facts(p.Findings)}
	}))
}
