package client

import (
	"context"
	"net/http"

	"github.com/sealkeeper/sealkeeper/types/api"
)

// ListCertificates returns the certificates that are stored or on their way, newest first; or in their
// place those whose use has ended: retired ones, and what is known of destroyed ones.
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

// ImportCertificates takes certificates and their keys into custody, all or none.
func (c *Client) ImportCertificates(ctx context.Context, files Files) ([]api.Certificate, error) {
	return upload[[]api.Certificate](ctx, c, path("certificates"), files.form())
}

// InspectCertificates has files judged, and nothing stored.
func (c *Client) InspectCertificates(ctx context.Context, files Files) ([]api.InspectedCertificate, error) {
	return upload[[]api.InspectedCertificate](ctx, c, path("certificates", "inspect"), files.form())
}

// Sign signs one digest, or several of which each may fail on its own, with the certificate's key.
func (c *Client) Sign(ctx context.Context, id string, in api.SignatureRequest) (api.Signatures, error) {
	return send[api.Signatures](ctx, c, http.MethodPost, path("certificates", id, "signatures"), in)
}

// ReleaseKey returns a private key that is stored to be handed out.
func (c *Client) ReleaseKey(ctx context.Context, id string) (api.ReleasedKey, error) {
	return post[api.ReleasedKey](ctx, c, path("certificates", id, "key"))
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

// AllowCertificateOnLive agrees that a stored private key is handed out, and that live registrations use
// its certificate.
func (c *Client) AllowCertificateOnLive(ctx context.Context, id string) (api.CertificateChange, error) {
	return post[api.CertificateChange](ctx, c, path("certificates", id, "allow-on-live"))
}

// ListCertificateRequests returns the requests whose key was generated in custody, newest first.
func (c *Client) ListCertificateRequests(ctx context.Context) ([]api.CertificateRequest, error) {
	return get[[]api.CertificateRequest](ctx, c, path("certificate-requests"))
}

// OrderCertificate generates a key in custody and makes a request for it, to be sent to a QTSP.
func (c *Client) OrderCertificate(ctx context.Context, in api.NewCertificateRequest) (api.CertificateRequest, error) {
	return send[api.CertificateRequest](ctx, c, http.MethodPost, path("certificate-requests"), in)
}
