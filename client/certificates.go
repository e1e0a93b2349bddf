package client

import (
	"context"
	"net/http"

	"github.com/sealkeeper/sealkeeper/types/api"
)

// ListCertificates returns the certificates that are stored or being imported, newest first; with ended,
// those that are retired or destroyed.
func (c *Client) ListCertificates(ctx context.Context, ended bool) ([]api.Certificate, error) {
	at := path("certificates")
	if ended {
		at = query(at, "ended", "true")
	}
	return get[[]api.Certificate](ctx, c, at)
}

// GetCertificate returns one certificate.
func (c *Client) GetCertificate(ctx context.Context, id string) (api.Certificate, error) {
	return get[api.Certificate](ctx, c, path("certificates", id))
}

// ListCertificateLine returns the versions of a certificate's line, version 1 first, destroyed ones included.
func (c *Client) ListCertificateLine(ctx context.Context, id string) ([]api.Certificate, error) {
	return get[[]api.Certificate](ctx, c, path("certificates", id, "line"))
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

// Sign signs one digest with the certificate's key, or several, each of which may fail on its own.
func (c *Client) Sign(ctx context.Context, id string, in api.SignatureRequest) (api.Signatures, error) {
	return send[api.Signatures](ctx, c, http.MethodPost, path("certificates", id, "signatures"), in)
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

// ListCertificateRequests returns the CSRs whose key was generated in custody, newest first.
func (c *Client) ListCertificateRequests(ctx context.Context) ([]api.CertificateRequest, error) {
	return get[[]api.CertificateRequest](ctx, c, path("certificate-requests"))
}

// OrderCertificate generates a key in custody and makes a CSR for it, to be sent to a QTSP.
func (c *Client) OrderCertificate(ctx context.Context, in api.NewCertificateRequest) (api.CertificateRequest, error) {
	return send[api.CertificateRequest](ctx, c, http.MethodPost, path("certificate-requests"), in)
}
