package bank_test

import (
	"crypto/tls"
	"strings"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
)

// TestTransportCertificate: a wrong certificate gets an alert, never HTTP.
func TestTransportCertificate(t *testing.T) {
	other, err := qtsp.New(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name  string
		qwac  *qtsp.Issued // nil: none
		alert string       // as crypto/tls words it; "" when accepted
	}{
		{"good", issue(t, qtsp.Request{Kind: certs.QWAC}), ""},
		{"good with an ECDSA key", issue(t, qtsp.Request{KeyType: qtsp.P256}), ""},
		{"none", nil, "certificate required"},
		{"QSealC", issue(t, qtsp.Request{Kind: certs.QSealC}), "bad certificate"},
		{"no QcType", issue(t, qtsp.Request{Kind: certs.Other, DNSNames: []string{"tpp.example"}}), "bad certificate"},
		{"expired", issue(t, qtsp.Request{
			Kind:      certs.QWAC,
			NotBefore: time.Now().AddDate(0, -6, 0),
			NotAfter:  time.Now().Add(-time.Minute),
		}), "expired certificate"},
		{"not yet valid", issue(t, qtsp.Request{
			Kind:      certs.QWAC,
			NotBefore: time.Now().Add(time.Hour),
		}), "expired certificate"},
		{"other QTSP", other.MustIssue(t, qtsp.Request{KeyType: qtsp.P256}), "unknown certificate authority"},
	}
	sim := newBank(t)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			config := &tls.Config{RootCAs: qtsp.Must(t).Pool()}
			if test.qwac != nil {
				config.Certificates = []tls.Certificate{*test.qwac.Identity().TLS()}
			}
			conn, err := tls.Dial("tcp", strings.TrimPrefix(sim.APIURL, "https://"), config)
			if err != nil {
				t.Fatal(err) // in TLS 1.3 the server objects after our side is done
			}
			defer func() { _ = conn.Close() }()
			if test.alert == "" {
				if _, err := conn.Write([]byte("GET /nothing HTTP/1.0\r\n\r\n")); err != nil {
					t.Fatal(err)
				}
			}
			_, err = conn.Read(make([]byte, 1))
			switch {
			case test.alert == "" && err != nil:
				t.Error(err)
			case test.alert != "" && (err == nil || !strings.Contains(err.Error(), test.alert)):
				t.Errorf("got %v, want %q", err, test.alert)
			}
		})
	}
	if seen := sim.Traffic(); seen.FullHandshakes != 2 {
		t.Errorf("%d handshakes succeeded, want 2", seen.FullHandshakes)
	}
}
