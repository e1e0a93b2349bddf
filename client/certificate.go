package client

import (
	"bytes"
	"crypto/sha256"
	"crypto/tls"
	"net/http"
	"os"
	"strings"
	"sync"

	"github.com/sealkeeper/sealkeeper/fault"
)

// CertificateFiles returns a function for [Config.GetClientCertificate] that presents the certificate, with its issuers,
// of one PEM file with the key of another. They are read at each handshake, as what renews them replaces them; while
// they do not belong together, the last good pair is presented.
func CertificateFiles(certificate, key string) func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
	f := &certificateFiles{certificate: certificate, key: key}
	return f.get
}

type certificateFiles struct {
	certificate, key string

	mu   sync.Mutex
	read []byte // SHA-256 of both files
	pair *tls.Certificate
}

func (f *certificateFiles) get(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	certificate, err := os.ReadFile(f.certificate)
	var key []byte
	if err == nil {
		key, err = os.ReadFile(f.key)
	}
	defer clear(key)
	both := digestOf(certificate, key)
	if err == nil && !bytes.Equal(both, f.read) {
		var pair tls.Certificate
		if pair, err = tls.X509KeyPair(certificate, key); err == nil {
			f.read, f.pair = both, &pair
		}
	}
	if err != nil && f.pair == nil {
		return nil, fault.Wrap(err, fault.Unavailable, "client_certificate_file",
			"The client certificate in %s and its key cannot be read, or do not belong together; they are read again "+
				"at the next connection.", f.certificate)
	}
	return f.pair, nil
}

func digestOf(certificate, key []byte) []byte {
	h := sha256.New()
	h.Write(certificate)
	h.Write(key)
	return h.Sum(nil)
}

// presenting is the transport of calls with a client certificate, made of the one that was given.
func (c Config) presenting(server string) (*http.Transport, error) {
	given := Transport()
	if c.HTTPClient != nil && c.HTTPClient.Transport != nil {
		plain, ok := c.HTTPClient.Transport.(*http.Transport)
		if !ok {
			return nil, certificateConfig()
		}
		given = plain.Clone()
	}
	if !c.Token.Empty() || c.TokenFunc != nil || c.WorkloadFunc != nil || !strings.HasPrefix(server, "https://") {
		return nil, certificateConfig()
	}
	if given.TLSClientConfig == nil {
		given.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	given.TLSClientConfig.GetClientCertificate = c.GetClientCertificate
	given.TLSClientConfig.ClientSessionCache = nil // a session would go on with the certificate it began with
	// A connection of HTTP/2 that has a stream open would never be idle, and never present the next certificate.
	given.Protocols = new(http.Protocols)
	given.Protocols.SetHTTP1(true)
	given.ForceAttemptHTTP2, given.TLSNextProto = false, nil
	return given, nil
}

func certificateConfig() error {
	return fault.New(fault.Invalid, "client_certificate_config",
		"A client certificate takes the place of a token and needs https: give one of them, with a transport "+
			"of net/http.")
}
