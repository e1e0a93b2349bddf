package vault_test

import (
	"crypto/tls"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/connector/mtls"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/secret"
	"github.com/sealkeeper/sealkeeper/vault/hcvault"
	"github.com/sealkeeper/sealkeeper/vault/vaulttest"
)

// TestConnectionsOutliveVault: while Vault is sealed or gone, a connector goes on
// over its open connection and over resumed sessions; what needs a signature fails
// at once and says why; and when Vault returns everything goes on with the same
// client, also if the token there was has been revoked.
func TestConnectionsOutliveVault(t *testing.T) {
	server := vaulttest.StartDurable(t)
	cfg := hcvault.Config{
		Address: server.Address,
		Auth:    hcvault.Auth{Token: hcvault.Fixed(secret.NewTextString(server.RootToken))},
	}
	role, err := hcvault.Bootstrap(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	cfg.Auth = role.Auth()
	custody, err := hcvault.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = custody.Close() })
	b := newBench(t)
	b.custody.Custody = custody
	issuing := qtsp.Must(t)
	issued := issuing.MustIssue(t, qtsp.Request{Kind: certs.QWAC})
	stored, err := b.Import(t.Context(), officer, files(issued))
	if err != nil {
		t.Fatal(err)
	}
	source, err := b.Source(t.Context(), connector, stored[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	bank := mtlsBank(t, issuing)
	client := bankClient(t, issuing, source)

	want := func(when string, c *mtls.Client, resumed bool) {
		t.Helper()
		if got, err := visit(c, bank); err != nil || got != fmt.Sprint("resumed ", resumed) {
			t.Fatalf("%s: %q, %v", when, got, err)
		}
	}
	refused := func(when, why string) { // crypto/tls passes on the text of an error and not its type
		t.Helper()
		if _, err := visit(bankClient(t, issuing, source), bank); err == nil || !strings.Contains(err.Error(), why) {
			t.Fatalf("%s: got %v, want %q", when, err, why)
		}
	}
	want("at first", client, false)
	server.Seal(t)
	want("sealed, open connection", client, false)
	client.CloseIdleConnections()
	want("sealed, resumed session", client, true)
	refused("sealed, a stranger to the bank", "Vault is sealed")

	server.Restart(t)
	client.CloseIdleConnections()
	want("restarted, resumed session", client, true)
	server.Unseal(t)
	want("back, the client there was", client, true)
	want("back, a new client", bankClient(t, issuing, source), false)

	// The token there was has been revoked meanwhile: custody logs in anew by itself.
	server.Root(t, http.MethodPost, "sys/leases/revoke-prefix/auth/approle", nil)
	client.CloseIdleConnections()
	want("token revoked, resumed session", client, true)
	for err := b.Health(t.Context()); err != nil; err = b.Health(t.Context()) {
		if !errors.Is(err, fault.Unavailable) || t.Context().Err() != nil {
			t.Fatal(err)
		}
	}
	want("logged in anew, a new client", bankClient(t, issuing, source), false)
}

func mtlsBank(t *testing.T, issuing *qtsp.QTSP) string {
	t.Helper()
	certificate, err := issuing.ServerCertificate("127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	bank := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = fmt.Fprint(w, "resumed ", r.TLS.DidResume)
	}))
	bank.TLS = &tls.Config{
		MinVersion:   tls.VersionTLS13,
		Certificates: []tls.Certificate{certificate},
		ClientAuth:   tls.RequireAndVerifyClientCert,
		ClientCAs:    issuing.Pool(),
	}
	bank.StartTLS()
	t.Cleanup(bank.Close)
	return bank.URL
}

func bankClient(t *testing.T, issuing *qtsp.QTSP, source certs.Source) *mtls.Client {
	t.Helper()
	settings := mtls.Defaults()
	settings.TrustAnchors = []string{string(pem.EncodeToMemory(&pem.Block{
		Type:  "CERTIFICATE",
		Bytes: issuing.Root().Raw,
	}))}
	client, err := mtls.New(source, settings)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

func visit(c *mtls.Client, url string) (string, error) {
	response, err := c.HTTPClient().Get(url)
	if err != nil {
		return "", err
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	return string(body), err
}
