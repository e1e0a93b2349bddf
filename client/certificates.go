package client

import (
	"context"
	"net/http"
	"strconv"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/certs/rules"
	"github.com/sealkeeper/sealkeeper/types/api"
)

// CertificateFilter selects certificates; an empty field selects all that are in use.
type CertificateFilter struct {
	Listing
	State        api.CertificateState
	Ended        bool           // instead those out of use: retired, and what is known of destroyed ones
	Kind         certs.Kind     // of the certificate
	Organization string         // organizationIdentifier
	Finding      rules.Severity // severity of the most serious finding, or "none"
	EndsInDays   int            // at most; 0: whenever
}

// ListCertificates returns a page of the certificates, newest first unless sorted otherwise.
func (c *Client) ListCertificates(ctx context.Context, f CertificateFilter) (api.Page[api.CertificateRow], error) {
	ended, days := "", ""
	if f.Ended {
		ended = "true"
	}
	if f.EndsInDays != 0 {
		days = strconv.Itoa(f.EndsInDays)
	}
	return get[api.Page[api.CertificateRow]](ctx, c,
		f.on(path("certificates"), "state", string(f.State), "ended", ended,
			"kind", string(f.Kind), "organization", f.Organization, "finding", string(f.Finding), "ends_in_days", days))
}

// GetCertificate returns one certificate.
func (c *Client) GetCertificate(ctx context.Context, id string) (api.Certificate, error) {
	return get[api.Certificate](ctx, c, path("certificates", id))
}

// ListCertificateLine returns the versions of a certificate's line, version 1 first, destroyed ones included.
func (c *Client) ListCertificateLine(ctx context.Context, id string) ([]api.Certificate, error) {
	return get[[]api.Certificate](ctx, c, path("certificates", id, "line"))
}

// ListPredecessors returns the stored certificates whose place a certificate may take, the surest first.
func (c *Client) ListPredecessors(ctx context.Context, id string) ([]api.Predecessor, error) {
	return get[[]api.Predecessor](ctx, c, path("certificates", id, "predecessors"))
}

// LinkCertificate says whose place a certificate takes, and returns its line.
func (c *Client) LinkCertificate(ctx context.Context, id string, in api.CertificateLink) ([]api.Certificate, error) {
	return send[[]api.Certificate](ctx, c, http.MethodPut, path("certificates", id, "line"), in)
}

// ImportCertificates imports certificates and their keys into custody. If a write fails half way, those
// before it are stored: list them.
func (c *Client) ImportCertificates(ctx context.Context, files Files) ([]api.Certificate, error) {
	return upload[[]api.Certificate](ctx, c, path("certificates"), files.form())
}

// InspectCertificates has the service judge files and store nothing.
func (c *Client) InspectCertificates(ctx context.Context, files Files) ([]api.InspectedCertificate, error) {
	return upload[[]api.InspectedCertificate](ctx, c, path("certificates", "inspect"), files.form())
}

// SetCertificateChain gives a stored certificate the chain that is in files. The next connection presents it.
func (c *Client) SetCertificateChain(ctx context.Context, id string, files Files) (api.CertificateChange, error) {
	return uploadBy[api.CertificateChange](ctx, c, http.MethodPut, path("certificates", id, "chain"), files.form())
}

// CompleteCertificateChain has the service ask the addresses in a certificate for what is missing in its chain, and
// stores nothing: give what you agree to, ChainPEM, to SetCertificateChain.
func (c *Client) CompleteCertificateChain(ctx context.Context, id string) (api.ChainOffer, error) {
	return post[api.ChainOffer](ctx, c, path("certificates", id, "chain", "completion"))
}

// GetCertificateRevocation returns what issuers have said of a stored certificate and its chain.
func (c *Client) GetCertificateRevocation(ctx context.Context, id string) (api.CertificateRevocation, error) {
	return get[api.CertificateRevocation](ctx, c, path("certificates", id, "revocation"))
}

// AskCertificateRevocation has the service ask the issuers now. It does so once in a minute.
func (c *Client) AskCertificateRevocation(ctx context.Context, id string) (api.CertificateRevocation, error) {
	return post[api.CertificateRevocation](ctx, c, path("certificates", id, "revocation"))
}

// GetCertificateTrust returns what the EU's trusted lists say of the service that issued a stored certificate.
func (c *Client) GetCertificateTrust(ctx context.Context, id string) (api.CertificateTrust, error) {
	return get[api.CertificateTrust](ctx, c, path("certificates", id, "trust"))
}

// GetTrustedLists returns the EU's trusted lists and how they stand.
func (c *Client) GetTrustedLists(ctx context.Context) (api.TrustedLists, error) {
	return get[api.TrustedLists](ctx, c, path("trusted-lists"))
}

// ExportKey exports an exportable private key.
func (c *Client) ExportKey(ctx context.Context, id string) (api.ExportedKey, error) {
	return post[api.ExportedKey](ctx, c, path("certificates", id, "export"))
}

// RetireCertificate takes a certificate out of use for good.
func (c *Client) RetireCertificate(
	ctx context.Context, id string, in api.RetireCertificate,
) (api.CertificateChange, error) {
	return send[api.CertificateChange](ctx, c, http.MethodPost, path("certificates", id, "retire"), in)
}

// DestroyCertificate destroys a retired certificate and its private key.
func (c *Client) DestroyCertificate(
	ctx context.Context, id string, in api.DestroyCertificate,
) (api.CertificateChange, error) {
	return send[api.CertificateChange](ctx, c, http.MethodPost, path("certificates", id, "destroy"), in)
}

// AllowExport allows the export of an exportable private key, and the use of its certificate on
// live. Where live takes two people, it requests that.
func (c *Client) AllowExport(ctx context.Context, id string) (api.CertificateChange, error) {
	return post[api.CertificateChange](ctx, c, path("certificates", id, "allow-export"))
}

// CSRFilter selects CSRs.
type CSRFilter struct {
	Listing
	Issued *bool // those whose certificate has come, or those that wait for it; nil: all
}

// ListCSRs returns a page of the CSRs whose key was generated in custody, newest first unless sorted otherwise.
func (c *Client) ListCSRs(ctx context.Context, f CSRFilter) (api.Page[api.CSR], error) {
	issued := ""
	if f.Issued != nil {
		issued = strconv.FormatBool(*f.Issued)
	}
	return get[api.Page[api.CSR]](ctx, c, f.on(path("csrs"), "issued", issued))
}

// CreateCSR generates a key in custody and makes a CSR for it, to be sent to a QTSP.
func (c *Client) CreateCSR(ctx context.Context, in api.NewCSR) (api.CSR, error) {
	return send[api.CSR](ctx, c, http.MethodPost, path("csrs"), in)
}

// GetCertificateAuthorisation returns what registers of payment firms say of the authorisation in a stored certificate.
func (c *Client) GetCertificateAuthorisation(ctx context.Context, id string) (api.Authorisation, error) {
	return get[api.Authorisation](ctx, c, path("certificates", id, "authorisation"))
}

// GetOrganizationAuthorisation returns what registers of payment firms say of an organization's authorisation.
func (c *Client) GetOrganizationAuthorisation(ctx context.Context, id string) (api.Authorisation, error) {
	return get[api.Authorisation](ctx, c, path("organizations", id, "authorisation"))
}

// ListRegisters returns the registers that are configured and how they stand.
func (c *Client) ListRegisters(ctx context.Context) ([]api.Register, error) {
	return get[[]api.Register](ctx, c, path("registers"))
}

// ImportRegister gives the service a register that was downloaded, of at most 500 MB.
func (c *Client) ImportRegister(ctx context.Context, id, name string, content []byte) (api.Register, error) {
	f := newForm()
	f.file("file", name, content)
	return upload[api.Register](ctx, c, path("registers", id, "file"), f)
}

// KeyCopyFilter selects copies of private keys; a search is for words of the holder, an empty field selects all.
type KeyCopyFilter struct {
	Listing
	Certificate string // id of one of the key's certificates
	Kind        string // person, service, provider, backup or machine
	Ended       string // "true": destroyed; "false": those that may still be there
}

// ListKeyCopies returns a page of the copies, the newest first, each with the certificates that it belongs to: what is
// affected if a holder is breached.
func (c *Client) ListKeyCopies(ctx context.Context, f KeyCopyFilter) (api.Page[api.KeyCopy], error) {
	return get[api.Page[api.KeyCopy]](ctx, c,
		f.on(path("key-copies"), "certificate", f.Certificate, "kind", f.Kind, "ended", f.Ended))
}

// GetKeyCopies returns where copies of a certificate's private key may be.
func (c *Client) GetKeyCopies(ctx context.Context, id string) (api.KeyCopies, error) {
	return get[api.KeyCopies](ctx, c, path("certificates", id, "key-copies"))
}

// DeclareKeyCopy records that somebody holds a copy of a certificate's private key.
func (c *Client) DeclareKeyCopy(ctx context.Context, id string, in api.NewKeyCopy) (api.KeyCopy, error) {
	return send[api.KeyCopy](ctx, c, http.MethodPost, path("certificates", id, "key-copies"), in)
}

// EndKeyCopy records that a copy was destroyed.
func (c *Client) EndKeyCopy(ctx context.Context, id string, in api.EndKeyCopy) (api.KeyCopy, error) {
	return send[api.KeyCopy](ctx, c, http.MethodPost, path("key-copies", id, "end"), in)
}
