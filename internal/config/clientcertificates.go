package config

import "regexp"

// ClientCertificates is how a proxy passes on the client certificates of services. Without anchors none counts.
type ClientCertificates struct {
	// In which form: "rfc9440" (Client-Cert, Client-Cert-Chain), "nginx" ($ssl_client_escaped_cert) or "envoy"
	// (X-Forwarded-Client-Cert). Only the proxies in trusted_proxies are believed.
	Form string `yaml:"form" env:"SEALKEEPER_CLIENT_CERTIFICATES_FORM"`
	// In which header, if not the usual one of the form; X-Client-Cert is that of nginx.
	Header string `yaml:"header" env:"SEALKEEPER_CLIENT_CERTIFICATES_HEADER"`
	// A file with the certificates of those who may issue client certificates, as PEM.
	AnchorsFile string `yaml:"anchors_file" env:"SEALKEEPER_CLIENT_CERTIFICATES_ANCHORS_FILE"`
}

// ownHeader is a name that no header has which means something else.
var ownHeader = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9-]{0,63}-[Cc]ert[A-Za-z0-9-]{0,20}$`)

func (c Config) checkClientCertificates() error {
	set := c.ClientCertificates
	switch {
	case set == ClientCertificates{}:
		return nil
	case set.AnchorsFile == "":
		return contradiction("client_certificates need anchors_file, the certificates of those who may issue them")
	case set.Form != "rfc9440" && set.Form != "nginx" && set.Form != "envoy":
		return contradiction(`client_certificates.form is "rfc9440", "nginx" or "envoy"`)
	case set.Header != "" && !ownHeader.MatchString(set.Header):
		return contradiction("client_certificates.header is the name of a header of its own, such as X-Client-Cert")
	case len(c.TrustedProxies) == 0:
		return contradiction("client_certificates come from a proxy: name it in trusted_proxies")
	}
	return nil
}
