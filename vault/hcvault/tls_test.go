package hcvault_test

import (
	"crypto"
	"crypto/tls"
	"encoding/pem"
	"io"
	"log"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/vault/hcvault"
	"github.com/sealkeeper/sealkeeper/vault/vaulttest"
)

// TestRenewedCA has Vault's certificate come from another CA, whose certificate is
// in the file from then on.
func TestRenewedCA(t *testing.T) {
	server := vaulttest.Server(t)
	cfg, _ := bootstrap(t, server)
	target, err := url.Parse(server.Address)
	if err != nil {
		t.Fatal(err)
	}
	var shown atomic.Pointer[tls.Certificate]
	dir := t.TempDir()
	cfg.CACertFile = filepath.Join(dir, "ca.pem")
	renew := func() {
		ca := vaulttest.NewAuthority(t)
		pair, err := tls.LoadX509KeyPair(ca.Issue(t, dir, "vault"))
		if err != nil {
			t.Fatal(err)
		}
		shown.Store(&pair)
		writeFile(t, cfg.CACertFile, ca.PEM())
	}
	renew()
	front := httptest.NewUnstartedServer(httputil.NewSingleHostReverseProxy(target))
	front.Config.ErrorLog = log.New(io.Discard, "", 0)
	front.TLS = &tls.Config{GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
		return &tls.Config{Certificates: []tls.Certificate{*shown.Load()}}, nil
	}}
	front.StartTLS()
	t.Cleanup(front.Close)
	cfg.Address = front.URL
	custody := open(t, cfg)

	renew()
	front.CloseClientConnections()
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		err := custody.Health(t.Context())
		if err == nil {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("the new CA is not taken up: %v", err)
		}
	}
}

func TestHTTPS(t *testing.T) {
	server := vaulttest.Server(t)
	cfg, _ := bootstrap(t, server)
	target, err := url.Parse(server.Address)
	if err != nil {
		t.Fatal(err)
	}
	front := httptest.NewUnstartedServer(httputil.NewSingleHostReverseProxy(target))
	front.Config.ErrorLog = log.New(io.Discard, "", 0) // the first handshake is refused
	front.StartTLS()
	t.Cleanup(front.Close)
	cfg.Address = front.URL

	_, err = hcvault.Open(t.Context(), cfg)
	wantCode(t, err, fault.Unavailable, "vault_unreachable") // not in the system's roots

	cfg.CACertFile = filepath.Join(t.TempDir(), "ca.pem")
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: front.Certificate().Raw})
	if err := os.WriteFile(cfg.CACertFile, ca, 0o600); err != nil {
		t.Fatal(err)
	}
	custody := open(t, cfg)
	signer := openSigner(t, custody, "held", importKey(t, custody, "held"))
	if _, err := signer.Sign(nil, digest, crypto.SHA256); err != nil {
		t.Error(err)
	}
}
