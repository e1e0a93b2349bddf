package api

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/certs/rules"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/listing"
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
		Facts:     rules.FactsOf(r.Leaf, r.Findings(now)),
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

// CertificateRow is what a list says of a certificate, for the command that says the same on the server.
func CertificateRow(c vault.Summary) api.CertificateRow {
	row := api.CertificateRow{
		ID:        c.ID,
		Name:      c.Name,
		State:     api.CertificateState(c.State),
		Custody:   c.Custody,
		CreatedAt: c.CreatedAt,
		KeyMode:   api.KeyMode(c.KeyMode),
		Line: api.CertificateLine{
			ID:      c.Line.ID,
			Version: c.Line.Version,
			Change:  string(c.Line.Change),
		},
		SHA256:                 c.SHA256,
		Kind:                   c.Kind,
		Organization:           c.Organization,
		OrganizationIdentifier: c.OrganizationIdentifier,
		Issuer:                 c.Issuer,
		Serial:                 c.Serial,
		NotBefore:              moment(c.NotBefore),
		NotAfter:               moment(c.NotAfter),
		Uses:                   c.Uses,
		SuccessorID:            c.Successor,
		Findings:               c.Judgement.Findings,
	}
	if c.Judgement.Findings > 0 {
		row.Worst = &c.Judgement.Worst
	}
	return row
}

func (a *API) certificates(r request[none], q listing.Query) (listing.Page[api.CertificateRow], error) {
	page, err := a.Vault.Page(r.echo.Request().Context(), r.caller, q)
	return listing.Map(page, CertificateRow), err
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
	if !caller.May(access.CertImport) && !caller.MayOnPart(access.CertImport) { // before a large body is read
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
	if err := a.Audit.PermitSomewhere(c.Request().Context(), callerOf(c), access.CertInspect, ""); err != nil {
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
		return api.InspectedCertificate{
			HasKey:       p.HasKey,
			KeyInCustody: p.KeyInCustody,
			Renews:       predecessorsOf(p.Renews),
			Facts:        rules.FactsOf(p.Leaf, p.Findings),
		}
	}))
}

func (a *API) requestOf(r vault.CSR) api.CSR {
	return api.CSR{
		ID:         r.ID,
		State:      string(r.State),
		Name:       r.Name,
		Kind:       r.Kind,
		SPKISHA256: r.SPKISHA256,
		CSRPEM:     r.PEM,
		CreatedAt:  r.CreatedAt,
		Replaces:   r.Replaces,
		Findings:   r.Findings(a.Now()),
	}
}

func (a *API) csrs(r request[none], q listing.Query) (listing.Page[api.CSR], error) {
	page, err := a.Vault.CSRPage(r.echo.Request().Context(), r.caller, q)
	return listing.Map(page, a.requestOf), err
}

func (a *API) createCSR(r request[api.NewCSR]) (api.CSR, error) {
	in := r.body
	made, err := a.Vault.CreateCSR(r.echo.Request().Context(), r.caller, vault.NewCSR{
		Template: certs.CSRTemplate{
			Kind:                   in.Kind,
			CommonName:             in.CommonName,
			Organization:           in.Organization,
			OrganizationIdentifier: in.OrganizationIdentifier,
			Country:                in.Country,
			Locality:               in.Locality,
			State:                  in.State,
			DNSNames:               in.DNSNames,
			Roles:                  in.Roles,
			NCAName:                in.NCAName,
			NCAID:                  in.NCAID,
		},
		Algorithm: in.Key,
		Replaces:  in.Replaces,
	})
	return a.requestOf(made), err
}
