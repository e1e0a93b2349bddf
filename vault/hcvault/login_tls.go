package hcvault

import (
	"context"
	"crypto/tls"

	"github.com/hashicorp/vault/api"

	"github.com/sealkeeper/sealkeeper/fault"
)

// tlsCertificate logs in with the client certificate that every connection to
// Vault presents: Vault wants to see it again when the token is renewed.
type tlsCertificate struct {
	auth  Auth
	vault *client
}

func (c *tlsCertificate) login(ctx context.Context) (*api.SecretAuth, error) {
	if _, err := c.auth.clientCertificate(nil); err != nil {
		return nil, err
	}
	request := map[string]string{}
	if c.auth.CertRole != "" {
		request["name"] = c.auth.CertRole
	}
	return logIn(ctx, c.vault, c.auth.CertMount, request,
		"Vault does not accept the TLS certificate; compare it with the role's trusted CA and allowed names, and "+
			"check that nothing between here and Vault ends TLS.")
}

func (c *tlsCertificate) logout(ctx context.Context, vault *client) error {
	return revokeSelf(ctx, vault)
}

// clientCertificate reads the files for each new connection, so that a renewed certificate needs no restart.
func (a Auth) clientCertificate(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
	pair, err := tls.LoadX509KeyPair(a.CertFile, a.KeyFile)
	if err != nil {
		return nil, fault.Wrap(err, fault.Unavailable, "vault_login",
			"The files %s and %s, to log in to Vault with, are not a certificate and its private key in PEM.",
			a.CertFile, a.KeyFile)
	}
	return &pair, nil
}
