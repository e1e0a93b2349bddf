package banksim_test

import (
	"crypto/tls"
	"strings"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/certs/certstest"
)

// TestTransportCertificate: a wrong certificate gets an alert, never HTTP.
func TestTransportCertificate(t *testing.T) {
	other, err := certstest.New(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name  string
		qwac  *certstest.Issued // nil: none
		alert string            // as crypto/tls words it; "" when accepted
	}{
		{"good", issue(t, certstest.Request{Kind: certs.QWAC}), ""},
		{"good with an ECDSA key", issue(t, certstest.Request{KeyType: certstest.P256}), ""},
		{"none", nil, "certificate required"},
		{"QSealC", issue(t, certstest.Request{Kind: certs.QSealC}), "bad certificate"},
		{"no QcType", issue(t, certstest.Request{Kind: certs.Other, DNSNames: []string{"tpp.example"}}), "bad certificate"},
		{"expired", issue(t, certstest.Request{Kind: certs.QWAC, NotBefore: time.Now().AddDate(0, -6, 0), NotAfter: time.Now().Add(-time.Minute)}), "expired certificate"},
		{"not yet valid", issue(t, certstest.Request{Kind: certs.QWAC, NotBefore: time.Now().Add(time.Hour)}), "expired certificate"},
		{"other QTSP", other.MustIssue(t, certstest.Request{KeyType: certstest.P256}), "unknown certificate authority"},
	}
	bank := newBank(t)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			config := &tls.Config{RootCAs: certstest.Must(t).Pool()}
			if test.qwac != nil {
				config.Certificates = []tls.Certificate{*test.qwac.Identity().TLS()}
			}
			conn, err := tls.Dial("tcp", strings.TrimPrefix(bank.APIURL, "https://"), config)
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
	if seen := bank.Seen(); seen.FullHandshakes != 2 {
		t.Errorf("%d handshakes succeeded, want 2", seen.FullHandshakes)
	}
}
