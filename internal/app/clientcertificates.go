package app

import (
	"github.com/sealkeeper/sealkeeper/internal/clientcert"
	"github.com/sealkeeper/sealkeeper/internal/config"
)

// ConfiguredClientCertificates reads the file of anchors.
func ConfiguredClientCertificates(cfg config.Config) (clientcert.Config, error) {
	set := cfg.ClientCertificates
	read := clientcert.Config{
		Form:    clientcert.Form(set.Form),
		Header:  set.Header,
		Proxies: cfg.TrustedProxies,
	}
	if set.AnchorsFile == "" {
		return read, nil
	}
	anchors, err := certificatesIn(set.AnchorsFile, "client_certificates.anchors_file")
	for _, c := range anchors {
		read.Anchors = append(read.Anchors, c.X509)
	}
	return read, err
}

// clientCertificates is nil where no anchors are configured: then no certificate counts.
func (s *Services) clientCertificates() *clientcert.Reader {
	cfg := s.cfg.ClientCertificates
	if len(cfg.Anchors) == 0 {
		return nil
	}
	cfg.Now = s.cfg.Now
	return clientcert.New(cfg)
}
