package signature

import (
	"fmt"
	"strings"
)

// Product is one of a bank's PSD2 interfaces. They differ in what is signed.
type Product string

// The products.
const (
	AIS Product = "ais" // account information
	PIS Product = "pis" // payment initiation
)

// The signature algorithms of draft-cavage-http-signatures.
const (
	AlgorithmRSA   = "rsa-sha256" // PKCS#1 v1.5; the one STET names
	AlgorithmECDSA = "ecdsa-sha256"
)

const requestTarget = "(request-target)"

// Settings are a bank's dialect of draft-cavage-http-signatures.
type Settings struct {
	Algorithm string `json:"algorithm" yaml:"algorithm"` // rsa-sha256 or ecdsa-sha256
	// signed, in this order; (request-target) allowed
	AISHeaders []string `json:"ais_headers" yaml:"ais_headers"`
	PISHeaders []string `json:"pis_headers" yaml:"pis_headers"` // the same for payments
	// between the header's parameters: "," or ", "
	Separator string `json:"separator" yaml:"separator"`
	// template: {base} {name} {sha256} {client_id}
	KeyID           string `json:"key_id" yaml:"key_id"`
	KeyIDName       string `json:"key_id_name" yaml:"key_id_name"`             // what {name} stands for
	DigestEmptyBody bool   `json:"digest_empty_body" yaml:"digest_empty_body"` // Digest also where there is no body
}

// Problems says what is wrong with the settings, each beginning with the key it is about; nil for nothing.
func (s Settings) Problems() []string {
	var all []string
	note := func(format string, args ...any) { all = append(all, fmt.Sprintf(format, args...)) }
	if s.Algorithm != AlgorithmRSA && s.Algorithm != AlgorithmECDSA {
		note("algorithm must be %q or %q", AlgorithmRSA, AlgorithmECDSA)
	}
	if strings.TrimSpace(s.Separator) != "," {
		note("separator must be a comma, with or without blanks")
	}
	if s.KeyID == "" {
		note("key_id is missing")
	}
	if len(s.AISHeaders) == 0 {
		note("ais_headers is empty")
	}
	for _, list := range []struct {
		key     string
		headers []string
	}{{"ais_headers", s.AISHeaders}, {"pis_headers", s.PISHeaders}} {
		for _, h := range list.headers {
			if h == "" || h != strings.ToLower(strings.TrimSpace(h)) {
				note("%s: %q must be a lower-case name", list.key, h)
			}
			if strings.HasPrefix(h, "(") && h != requestTarget {
				note("%s: %q is not supported", list.key, h)
			}
		}
	}
	return all
}
