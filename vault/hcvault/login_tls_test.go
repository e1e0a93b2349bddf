package hcvault_test

import (
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/vault/hcvault"
	"github.com/sealkeeper/sealkeeper/vault/vaulttest"
)

// tlsVault is a real Vault that listens with TLS and lets in the certificates of ca
// with the common name "app". The configuration's log is the one returned.
func tlsVault(t *testing.T, dir string, ca *vaulttest.Authority) (*vaulttest.Vault, hcvault.Config, events) {
	t.Helper()
	server, address := vaulttest.StartTLS(t, ca, dir)
	cfg, result := bootstrap(t, server)

	server.Root(t, http.MethodPost, "sys/auth/cert", map[string]any{"type": "cert"})
	server.Root(t, http.MethodPost, "auth/cert/certs/sealkeeper", map[string]any{
		"certificate":             ca.PEM(),
		"allowed_common_names":    []string{"app"},
		"token_policies":          []string{result.Role},
		"token_no_default_policy": true,
		"token_ttl":               "3s",
		"token_max_ttl":           "1h",
	})
	caFile := filepath.Join(dir, "ca.pem")
	writeFile(t, caFile, ca.PEM())
	log := make(events, 1000)
	cfg.Address, cfg.CACertFile, cfg.Log = address, caFile, slog.New(log)
	return server, cfg, log
}

// certificateLogin logs in with a new certificate of that common name.
func certificateLogin(t *testing.T, by *vaulttest.Authority, dir, name string) hcvault.Auth {
	t.Helper()
	certificate, key := by.Issue(t, dir, name)
	return hcvault.Auth{Certificate: hcvault.CertificateFiles(certificate, key), CertRole: "sealkeeper"}
}

func TestTLSCertificateLogin(t *testing.T) {
	dir, ca := t.TempDir(), vaulttest.NewAuthority(t)
	_, cfg, log := tlsVault(t, dir, ca)
	cfg.Auth = certificateLogin(t, ca, dir, "app")
	custody := open(t, cfg)
	log.wait(t, "renewed the Vault login") // for which Vault wants the certificate again
	if err := custody.Health(t.Context()); err != nil {
		t.Error(err)
	}
	importKey(t, custody, "held")

	for _, auth := range []hcvault.Auth{
		certificateLogin(t, ca, dir, "somebody-else"),
		certificateLogin(t, vaulttest.NewAuthority(t), dir, "app"),
	} {
		cfg.Auth = auth
		_, err := hcvault.Open(t.Context(), cfg)
		wantCode(t, err, fault.Unavailable, "vault_login")
	}
	cfg.Auth = hcvault.Auth{Certificate: hcvault.CertificateFiles(cfg.CACertFile, cfg.CACertFile)}
	_, err := hcvault.Open(t.Context(), cfg)
	wantCode(t, err, fault.Unavailable, "vault_login")
}

// TestRenewedTLSCertificate replaces the certificate by one that Vault lets in from
// now on alone: it is presented, although connections with the former one are open.
func TestRenewedTLSCertificate(t *testing.T) {
	dir, ca := t.TempDir(), vaulttest.NewAuthority(t)
	server, cfg, log := tlsVault(t, dir, ca)
	cfg.Auth = certificateLogin(t, ca, dir, "app")
	custody := open(t, cfg)
	log.wait(t, "renewed the Vault login")

	server.Root(t, http.MethodPost, "auth/cert/certs/sealkeeper",
		map[string]any{"allowed_common_names": []string{"app-2"}})
	certificate, key := ca.Issue(t, dir, "app-2")
	for from, to := range map[string]string{key: "app.key", certificate: "app.pem"} {
		if err := os.Rename(from, filepath.Join(dir, to)); err != nil {
			t.Fatal(err)
		}
	}
	log.wait(t, "logged in to Vault")
	log.wait(t, "renewed the Vault login")
	if err := custody.Health(t.Context()); err != nil {
		t.Error(err)
	}
}
