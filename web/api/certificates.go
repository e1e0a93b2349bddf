package api

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/vault"
	"github.com/sealkeeper/sealkeeper/web/intake"
)

type storedCertificate struct {
	ID        string      `json:"id"`
	Name      string      `json:"name"`
	State     vault.State `json:"state"`
	Custody   string      `json:"custody"`
	CreatedAt time.Time   `json:"created_at"`
	ChainPEM  string      `json:"chain_pem"`
	life
	certs.Facts
}

func (a *API) stored(r vault.Record) storedCertificate { return storedOf(r, a.Now()) }

func storedOf(r vault.Record, now time.Time) storedCertificate {
	return storedCertificate{
		ID:        r.ID,
		Name:      r.Name,
		State:     r.State,
		Custody:   r.Custody,
		CreatedAt: r.CreatedAt,
		ChainPEM:  r.ChainPEM(),
		life:      lifeOf(r),
		Facts:     r.Leaf.Facts(r.Findings(now)),
	}
}

// CertificateList is what GET /v1/certificates answers, for the command that says the same on the server.
func CertificateList(records []vault.Record, now time.Time) any {
	return each(records, func(r vault.Record) storedCertificate { return storedOf(r, now) })
}

func (a *API) certificates(r request[none]) ([]storedCertificate, error) {
	list := a.Vault.List
	if r.echo.QueryParam("ended") == "true" {
		list = a.Vault.Ended
	}
	records, err := list(r.echo.Request().Context(), r.caller)
	return each(records, a.stored), err
}

func (a *API) certificate(r request[none]) (storedCertificate, error) {
	record, err := a.Vault.Get(r.echo.Request().Context(), r.caller, r.echo.Param("id"))
	if err != nil {
		return storedCertificate{}, err
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

type previewedCertificate struct {
	HasKey       bool `json:"has_key"`        // among the files
	KeyInCustody bool `json:"key_in_custody"` // requested here, or of a stored certificate that this one renews
	certs.Facts
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
	return c.JSON(http.StatusOK, each(previews, func(p vault.Preview) previewedCertificate {
		return previewedCertificate{HasKey: p.HasKey, KeyInCustody: p.KeyInCustody, Facts: p.Leaf.Facts(p.Findings)}
	}))
}

// each converts a list; the result is never null in JSON.
func each[A, B any](list []A, f func(A) B) []B {
	out := make([]B, len(list))
	for i, item := range list {
		out[i] = f(item)
	}
	return out
}
