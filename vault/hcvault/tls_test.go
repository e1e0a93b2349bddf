package hcvault_test

import (
	"crypto"
	"encoding/pem"
	"io"
	"log"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/vault/hcvault"
	"github.com/sealkeeper/sealkeeper/vault/vaulttest"
)

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
