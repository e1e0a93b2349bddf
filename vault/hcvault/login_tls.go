package hcvault

import (
	"context"
	"crypto/tls"
	"os"

	"github.com/hashicorp/vault/api"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/secretfile"
	"github.com/sealkeeper/sealkeeper/secret"
)

// tlsCertificate logs in with the client certificate that every connection to
// Vault presents: Vault wants to see it again when the token is renewed.
type tlsCertificate struct {
	auth  Auth
	vault *client
}

func (c *tlsCertificate) read() (credential, error) {
	pair, err := c.auth.Certificate()
	if err != nil {
		return credential{}, err
	}
	return credential{id: secret.NewText(pair.Certificate[0])}, nil
}

func (c *tlsCertificate) login(ctx context.Context, _ credential) (*api.SecretAuth, error) {
	c.vault.connections.reconnect() // an open connection has presented the certificate of its day
	request := map[string]string{}
	if c.auth.CertRole != "" {
		request["name"] = c.auth.CertRole
	}
	return logIn(ctx, c.vault, c.auth.CertMount, request, refusals{
		wrong: "it does not accept the TLS certificate; compare it with the role's trusted CA and allowed names, and " +
			"check that nothing between here and Vault ends TLS.",
	})
}

func (c *tlsCertificate) logout(ctx context.Context, vault *client) error {
	return revokeSelf(ctx, vault)
}

// CertificateFiles reads a certificate with its chain, and its private key, from
// files in PEM each time it is asked, so that a renewed one needs no restart.
func CertificateFiles(certificate, key string) func() (*tls.Certificate, error) {
	return func() (*tls.Certificate, error) {
		private, err := secretfile.Read(key)
		if err != nil {
			return nil, err
		}
		defer private.Wipe()
		chain, err := os.ReadFile(certificate)
		if err != nil {
			return nil, fault.Wrap(err, fault.Unavailable, "vault_login", "The file %s cannot be read.", certificate)
		}
		pair, err := tls.X509KeyPair(chain, private.Bytes())
		if err != nil {
			return nil, fault.Wrap(err, fault.Unavailable, "vault_login",
				"The files %s and %s are not a certificate and its private key in PEM.", certificate, key)
		}
		return &pair, nil
	}
}
