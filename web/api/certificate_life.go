package api

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/keyfile"
	"github.com/sealkeeper/sealkeeper/types/api"
	"github.com/sealkeeper/sealkeeper/vault"
	"github.com/sealkeeper/sealkeeper/web/intake"
)

func (a *API) certificateLine(r request[none]) ([]api.Certificate, error) {
	versions, err := a.Vault.Line(r.echo.Request().Context(), r.caller, r.echo.Param("id"))
	return each(versions, a.stored), err
}

func predecessorsOf(found []vault.Predecessor) []api.Predecessor {
	likely := vault.Likely(found)
	return each(found, func(p vault.Predecessor) api.Predecessor {
		return api.Predecessor{CertificateRow: CertificateRow(p.Summary), By: string(p.By), Likely: p.ID == likely}
	})
}

// predecessors are the stored certificates whose place one may take.
func (a *API) predecessors(r request[none]) ([]api.Predecessor, error) {
	ctx := r.echo.Request().Context()
	record, err := a.Vault.Get(ctx, r.caller, r.echo.Param("id"))
	if err != nil {
		return nil, err
	}
	found, err := a.Vault.Predecessors(ctx, r.caller, record.Leaf)
	return predecessorsOf(found), err
}

func (a *API) linkCertificate(r request[api.CertificateLink]) ([]api.Certificate, error) {
	ctx, id := r.echo.Request().Context(), r.echo.Param("id")
	var err error
	if r.body.Predecessor == "" {
		err = a.Vault.Unlink(ctx, r.caller, id)
	} else {
		err = a.Vault.Link(ctx, r.caller, id, r.body.Predecessor)
	}
	if err != nil {
		return nil, err
	}
	versions, err := a.Vault.Line(ctx, r.caller, id)
	return each(versions, a.stored), err
}

func (a *API) changed(c echo.Context, done bool, err error) (api.CertificateChange, error) {
	if err != nil {
		return api.CertificateChange{}, err
	}
	r, err := a.Vault.Get(c.Request().Context(), callerOf(c), c.Param("id"))
	if err != nil {
		return api.CertificateChange{}, err
	}
	return api.CertificateChange{Done: done, Certificate: a.stored(r)}, nil
}

func (a *API) retireCertificate(r request[api.RetireCertificate]) (api.CertificateChange, error) {
	done, err := a.Vault.Retire(r.echo.Request().Context(), r.caller, r.echo.Param("id"), r.body.Reason)
	return a.changed(r.echo, done, err)
}

func (a *API) destroyCertificate(r request[api.DestroyCertificate]) (api.CertificateChange, error) {
	done, err := a.Vault.Destroy(r.echo.Request().Context(), r.caller, r.echo.Param("id"), r.body.Confirmation)
	return a.changed(r.echo, done, err)
}

func (a *API) allowExport(r request[none]) (api.CertificateChange, error) {
	done, err := a.Vault.AllowExport(r.echo.Request().Context(), r.caller, r.echo.Param("id"))
	return a.changed(r.echo, done, err)
}

// keyWithSecret is an api.ExportedKey on its way out: its key hides the one that would print as [redacted].
type keyWithSecret struct {
	PrivateKeyPEM string `json:"private_key_pem"`
	api.ExportedKey
}

// exportKey answers with an exportable private key. No cache may keep the answer. A service account has the
// keys of its registrations alone, by exportTLS.
func (a *API) exportKey(r request[none]) (keyWithSecret, error) {
	ctx, id := r.echo.Request().Context(), r.echo.Param("id")
	if err := a.Audit.Permit(ctx, r.caller, access.CertRead, id); err != nil {
		return keyWithSecret{}, err
	}
	released, err := a.Vault.ExportKey(ctx, r.caller, id, string(keyfile.PEM))
	if err != nil {
		return keyWithSecret{}, err
	}
	defer released.KeyPEM.Wipe()
	r.echo.Response().Header().Set(echo.HeaderCacheControl, "no-store")
	return keyWithSecret{
		PrivateKeyPEM: released.KeyPEM.Reveal(),
		ExportedKey:   api.ExportedKey{ChainPEM: released.ChainPEM},
	}, nil
}

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
