package hcvault_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/vault/hcvault"
	"github.com/sealkeeper/sealkeeper/vault/vaulttest"
)

// authority is a CA of the test's own.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{CommonName: "Internal CA"},
		IsCA:                  true,
		BasicConstraintsValid: true,
		NotBefore:             time.Now().Add(-time.Hour),
		NotAfter:              time.Now().Add(time.Hour),
		KeyUsage:              x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &authority{certificate, key}
}

func (a *authority) pem() string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.certificate.Raw}))
}

// issue writes NAME.pem and NAME.key.
func (a *authority) issue(t *testing.T, dir, name string) (certificate, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()),
		Subject:      pkix.Name{CommonName: name},
		DNSNames:     []string{name},
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(time.Hour),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, private.Public(), a.key)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	certificate, key = filepath.Join(dir, name+".pem"), filepath.Join(dir, name+".key")
	writeFile(t, certificate, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})))
	writeFile(t, key, string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8})))
	return certificate, key
}

// tlsVault is a real Vault that listens with TLS and lets in the certificates of ca
// with the common name "app". The configuration's log is the one returned.
func tlsVault(t *testing.T, dir string, ca *authority) (*vaulttest.Vault, hcvault.Config, events) {
	t.Helper()
	serverCert, serverKey := ca.issue(t, dir, "vault")
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	_ = listener.Close()
	configuration := filepath.Join(dir, "listener.hcl")
	writeFile(t, configuration,
		fmt.Sprintf("listener \"tcp\" {\n  address = %q\n  tls_cert_file = %q\n  tls_key_file = %q\n}\n", address,
			serverCert, serverKey))
	server := vaulttest.StartWith(t, configuration)
	cfg, result := bootstrap(t, server)

	server.Root(t, http.MethodPost, "sys/auth/cert", map[string]any{"type": "cert"})
	server.Root(t, http.MethodPost, "auth/cert/certs/sealkeeper", map[string]any{
		"certificate":             ca.pem(),
		"allowed_common_names":    []string{"app"},
		"token_policies":          []string{result.Role},
		"token_no_default_policy": true,
		"token_ttl":               "3s",
		"token_max_ttl":           "1h",
	})
	caFile := filepath.Join(dir, "ca.pem")
	writeFile(t, caFile, ca.pem())
	log := make(events, 1000)
	cfg.Address, cfg.CACertFile, cfg.Log = "https://"+address, caFile, slog.New(log)
	return server, cfg, log
}

// certificateLogin logs in with a new certificate of that common name.
func certificateLogin(t *testing.T, by *authority, dir, name string) hcvault.Auth {
	t.Helper()
	certificate, key := by.issue(t, dir, name)
	return hcvault.Auth{Certificate: hcvault.CertificateFiles(certificate, key), CertRole: "sealkeeper"}
}

func TestTLSCertificateLogin(t *testing.T) {
	dir, ca := t.TempDir(), newAuthority(t)
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
		certificateLogin(t, newAuthority(t), dir, "app"),
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
	dir, ca := t.TempDir(), newAuthority(t)
	server, cfg, log := tlsVault(t, dir, ca)
	cfg.Auth = certificateLogin(t, ca, dir, "app")
	custody := open(t, cfg)
	log.wait(t, "renewed the Vault login")

	server.Root(t, http.MethodPost, "auth/cert/certs/sealkeeper",
		map[string]any{"allowed_common_names": []string{"app-2"}})
	certificate, key := ca.issue(t, dir, "app-2")
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
