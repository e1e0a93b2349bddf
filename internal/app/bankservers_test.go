package app_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/connector/mtls"
	"github.com/sealkeeper/sealkeeper/internal/app"
	"github.com/sealkeeper/sealkeeper/lab/stack"
)

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// path issues certificates, each by the one before, and names where the issuer of each is.
type path struct {
	t     *testing.T
	key   *ecdsa.PrivateKey
	url   string
	made  []*x509.Certificate
	serve map[string][]byte
}

func (p *path) issue(name string, ca bool) *x509.Certificate {
	p.t.Helper()
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(int64(len(p.made) + 1)),
		Subject:               pkix.Name{CommonName: name},
		NotBefore:             time.Now().Add(-time.Hour),
		NotAfter:              time.Now().Add(time.Hour),
		BasicConstraintsValid: true,
		IsCA:                  ca,
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	if !ca {
		template.DNSNames = []string{"bank.example"}
	}
	parent := template
	if n := len(p.made); n > 0 {
		parent = p.made[n-1]
		template.IssuingCertificateURL = []string{p.url + "/" + parent.Subject.CommonName}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, p.key.Public(), p.key)
	check(p.t, err)
	c, err := x509.ParseCertificate(der)
	check(p.t, err)
	p.made = append(p.made, c)
	p.serve["/"+name] = der
	return c
}

// A chain of which an upper part is missing is told from one whose root is unknown by what its addresses answer.
func TestWhatAHostDoesNotSend(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	check(t, err)
	served := map[string][]byte{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		der, known := served[r.URL.Path]
		if !known {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write(der)
	}))
	t.Cleanup(server.Close)
	p := &path{t: t, key: key, url: server.URL, serve: served}
	root := p.issue("root", true)
	p.issue("upper", true)
	lower, leaf := p.issue("lower", true), p.issue("leaf", false)
	trusting := func(c *x509.Certificate) mtls.Settings {
		s := mtls.Defaults()
		s.TrustAnchors = []string{string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}))}
		return s
	}
	stranger := (&path{t: t, key: key, url: server.URL, serve: map[string][]byte{}}).issue("stranger", true)
	sent := mtls.Handshake{Host: "bank.example", Chain: []*x509.Certificate{leaf, lower}}
	for _, tt := range []struct {
		name string
		s    mtls.Settings
		h    mtls.Handshake
		lost string // what is served nowhere
		want bool
	}{
		{"an upper certificate is missing", trusting(root), sent, "", true},
		{"two are", trusting(root), mtls.Handshake{Host: sent.Host, Chain: sent.Chain[:1]}, "", true},
		{"the root is unknown", trusting(stranger), sent, "", false},
		{"nobody serves it", trusting(root), sent, "/upper", false},
		{"it is for another host", trusting(root), mtls.Handshake{Host: "other.example", Chain: sent.Chain}, "", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			lost := served[tt.lost]
			delete(served, tt.lost)
			if got := app.Completes(t.Context(), stack.Outgoing(t), tt.s, tt.h); got != tt.want {
				t.Errorf("completed: %t", got)
			}
			if lost != nil {
				served[tt.lost] = lost
			}
		})
	}
	if app.Completes(t.Context(), nil, trusting(root), sent) {
		t.Error("somebody was asked, where nobody is")
	}
}
