package clientcert

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"net/url"
	"strings"
)

// Form is how a proxy writes a certificate into a header.
type Form string

// The forms.
const (
	RFC9440 Form = "rfc9440" // Client-Cert and Client-Cert-Chain: base64 between colons (RFC 9440)
	NGINX   Form = "nginx"   // $ssl_client_escaped_cert: PEM, escaped as in a URL; it has no chain
	Envoy   Form = "envoy"   // X-Forwarded-Client-Cert, of the last proxy alone, with Cert or Chain
)

var usualHeaders = map[Form]string{
	RFC9440: "Client-Cert",
	NGINX:   "X-Client-Cert",
	Envoy:   "X-Forwarded-Client-Cert",
}

// certificates reads what was presented: the client's certificate first.
func (f Form) certificates(p Presented) ([]*x509.Certificate, error) {
	var ders [][]byte
	var err error
	switch f {
	case RFC9440:
		ders, err = structured(p.leaf, p.chain)
	case NGINX:
		ders, err = escaped(p.leaf)
		if len(ders) > 1 {
			err = errors.New("there is more than one certificate")
		}
	case Envoy:
		ders, err = forwarded(p.leaf)
	}
	if err != nil || len(ders) == 0 || len(ders) > maxChain {
		return nil, errors.Join(err, errors.New("there are no certificates, or too many"))
	}
	read := make([]*x509.Certificate, len(ders))
	for i, der := range ders {
		if read[i], err = x509.ParseCertificate(der); err != nil {
			return nil, err
		}
	}
	return read, nil
}

// structured reads the byte sequences of RFC 9651: one, and a list.
func structured(leaf, chain string) ([][]byte, error) {
	items := []string{leaf}
	if chain != "" {
		items = append(items, strings.SplitN(chain, ",", maxChain)...)
	}
	ders := make([][]byte, len(items))
	for i, item := range items {
		item = strings.Trim(item, " \t")
		if len(item) < 2 || item[0] != ':' || item[len(item)-1] != ':' {
			return nil, errors.New("there is no byte sequence")
		}
		var err error
		if ders[i], err = base64.StdEncoding.DecodeString(item[1 : len(item)-1]); err != nil {
			return nil, err
		}
	}
	return ders, nil
}

// escaped reads certificates in PEM and nothing else, escaped as in a URL.
func escaped(text string) ([][]byte, error) {
	plain, err := url.PathUnescape(text) // a + is one: it is a digit of base64
	if err != nil {
		return nil, err
	}
	var ders [][]byte
	for rest := []byte(plain); len(strings.TrimSpace(string(rest))) > 0; {
		var block *pem.Block
		block, rest = pem.Decode(rest)
		if block == nil || block.Type != "CERTIFICATE" || len(ders) == maxChain {
			return nil, errors.New("there is something else than certificates, or too many")
		}
		ders = append(ders, block.Bytes)
	}
	return ders, nil
}

// forwarded reads the one element that Envoy writes with SANITIZE_SET. Two elements would be what somebody before it
// has said. Envoy does not quote names of the client's certificate (URI, DNS), so that a name with a semicolon in it
// looks like more pairs: the certificate counts only if the hash, which Envoy always writes before them, is its own.
func forwarded(text string) ([][]byte, error) {
	var hash, cert, chain string
	for rest := text; rest != ""; {
		name, value, left, err := pair(rest)
		if err != nil {
			return nil, err
		}
		rest = left
		of := map[string]*string{"hash": &hash, "cert": &cert, "chain": &chain}[strings.ToLower(name)]
		if of == nil {
			continue // names, which the certificate says too
		}
		if *of != "" {
			return nil, errors.New("an element has its hash or its certificate twice")
		}
		*of = value
	}
	ders, err := escaped(cert)
	if chain != "" && err == nil { // the certificate is the first of it
		leaf := ders
		ders, err = escaped(chain)
		if err == nil && cert != "" && (len(leaf) != 1 || len(ders) == 0 || !bytes.Equal(leaf[0], ders[0])) {
			err = errors.New("the certificate is not the first of its chain")
		}
	}
	if err != nil || len(ders) == 0 {
		return nil, err
	}
	if sum := sha256.Sum256(ders[0]); !strings.EqualFold(hash, hex.EncodeToString(sum[:])) {
		return nil, errors.New("the hash is missing, or not that of the certificate")
	}
	return ders, nil
}

// pair reads a name and its value, and returns what is left.
func pair(text string) (name, value, left string, err error) {
	malformed := errors.New("there is more than one element, or none that can be read")
	name, text, found := strings.Cut(text, "=")
	if !found || strings.ContainsAny(name, `,;"`) {
		return "", "", "", malformed
	}
	if quoted, ok := strings.CutPrefix(text, `"`); ok {
		value, text, found = strings.Cut(quoted, `"`)
		for found && strings.HasSuffix(value, `\`) {
			var more string
			more, text, found = strings.Cut(text, `"`)
			value += `"` + more
		}
		if !found || text != "" && text[0] != ';' {
			return "", "", "", malformed
		}
		return name, value, strings.TrimPrefix(text, ";"), nil
	}
	value, left, _ = strings.Cut(text, ";")
	if strings.ContainsAny(value, `,"`) {
		return "", "", "", malformed
	}
	return name, value, left, nil
}
