package vaulttest

import (
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"math/big"
	"net"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/vault"
)

func testTLS(t *testing.T, custody vault.Custody) {
	server := selfSigned(t, newKey(t, p256).Signer(), x509.ExtKeyUsageServerAuth)
	for _, kind := range []keyKind{rsa2048, rsa3072, p256, p384, edwards} {
		_, _, signer := imported(t, custody, kind)
		client := selfSigned(t, signer, x509.ExtKeyUsageClientAuth)
		for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
			t.Run(string(kind)+" "+tls.VersionName(version), func(t *testing.T) {
				handshake(t, server, client, version)
			})
		}
	}
}

// selfSigned makes a certificate for key, signed with it.
func selfSigned(t *testing.T, key crypto.Signer, usage x509.ExtKeyUsage) tls.Certificate {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: "sealkeeper test"},
		DNSNames:     []string{"localhost"},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(time.Hour),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{usage},
	}
	der, err := x509.CreateCertificate(nil, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

// handshake does mutual TLS over loopback and fails unless the server has seen
// the client's certificate and one byte came through.
func handshake(t *testing.T, server, client tls.Certificate, version uint16) {
	t.Helper()
	clients, servers := x509.NewCertPool(), x509.NewCertPool()
	clients.AddCert(client.Leaf)
	servers.AddCert(server.Leaf)
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{
		Certificates: []tls.Certificate{server},
		ClientAuth:   tls.RequireAndVerifyClientCert,
		ClientCAs:    clients,
		MinVersion:   version,
		MaxVersion:   version,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	served := make(chan error, 1)
	go func() { served <- serveOne(listener, client) }()
	conn, err := tls.Dial("tcp", listener.Addr().String(), &tls.Config{
		RootCAs:              servers,
		ServerName:           "localhost",
		MinVersion:           version,
		MaxVersion:           version,
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &client, nil },
	})
	if err != nil {
		t.Fatalf("client: %v; server: %v", err, <-served)
	}
	defer func() { _ = conn.Close() }()
	_, readErr := io.ReadFull(conn, make([]byte, 1))
	if err := errors.Join(<-served, readErr); err != nil {
		t.Fatal(err)
	}
}

func serveOne(listener net.Listener, client tls.Certificate) error {
	conn, err := listener.Accept()
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	if _, err := conn.Write([]byte{1}); err != nil {
		return err
	}
	if seen := conn.(*tls.Conn).ConnectionState().PeerCertificates; len(seen) != 1 || !seen[0].Equal(client.Leaf) {
		return errors.New("the server saw another client certificate")
	}
	return nil
}
