package client

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/sealkeeper/sealkeeper/types/api"
)

// ListTLS returns the registrations that this service account is bound to.
func (c *Client) ListTLS(ctx context.Context) (api.TLSRegistrations, error) {
	return get[api.TLSRegistrations](ctx, c, path("tls"))
}

// LookUpTLS returns the TLS configuration of an application at an institution, each by its name or id.
func (c *Client) LookUpTLS(ctx context.Context, application, institution string) (api.TLSConfiguration, error) {
	at := query(path("tls", "lookup"), "application", application, "institution", institution)
	return get[api.TLSConfiguration](ctx, c, at)
}

// GetTLS returns the TLS configuration of a registration.
func (c *Client) GetTLS(ctx context.Context, registration string) (api.TLSConfiguration, error) {
	return get[api.TLSConfiguration](ctx, c, path("tls", registration))
}

// LendBankToken returns an access token of the bank, for a request that the service makes itself. Each is audited.
func (c *Client) LendBankToken(
	ctx context.Context, registration string, in api.NewBankToken,
) (api.BankToken, error) {
	return send[api.BankToken](ctx, c, http.MethodPost, path("tls", registration, "bank-tokens"), in)
}

// GetTLSCredentials returns the client id and secret at the bank. Each reading is audited.
func (c *Client) GetTLSCredentials(ctx context.Context, registration string) (api.TLSCredentials, error) {
	return get[api.TLSCredentials](ctx, c, path("tls", registration, "credentials"))
}

// SignHandshake signs a TLS client's CertificateVerify with the QWAC.
func (c *Client) SignHandshake(
	ctx context.Context, registration string, in api.HandshakeRequest,
) (api.HandshakeSignature, error) {
	return send[api.HandshakeSignature](ctx, c, http.MethodPost, path("tls", registration, "handshakes"), in)
}

// SignDigests signs one digest, or several, with the QSealC. Of several each may fail on its own.
func (c *Client) SignDigests(
	ctx context.Context, registration string, in api.SigningRequest,
) (api.Signatures, error) {
	return send[api.Signatures](ctx, c, http.MethodPost, path("tls", registration, "signatures"), in)
}

// SignHTTPRequest returns the headers with which the bank accepts a request.
func (c *Client) SignHTTPRequest(
	ctx context.Context, registration string, in api.HTTPSignatureRequest,
) (api.HTTPSignature, error) {
	return send[api.HTTPSignature](ctx, c, http.MethodPost, path("tls", registration, "http-signatures"), in)
}

// ExportTLS returns the exportable private keys of a version. Each export is audited.
func (c *Client) ExportTLS(ctx context.Context, registration string, in api.KeyExport) (api.ExportedKeys, error) {
	return send[api.ExportedKeys](ctx, c, http.MethodPost, path("tls", registration, "export"), in)
}

// WatchTLS returns what has changed since the cursor, or nothing after the wait, which is in whole seconds and at
// most 55. Without a cursor every registration is told.
func (c *Client) WatchTLS(ctx context.Context, cursor string, wait time.Duration) (api.TLSEvents, error) {
	at := query(path("tls", "events"), "cursor", cursor, "wait", strconv.Itoa(int(wait/time.Second)))
	return get[api.TLSEvents](ctx, c, at)
}

// ReportTLS tells which certificates this instance presents to which hosts.
func (c *Client) ReportTLS(ctx context.Context, in api.ServiceReport) (api.ReportAnswer, error) {
	return send[api.ReportAnswer](ctx, c, http.MethodPost, path("tls", "reports"), in)
}
