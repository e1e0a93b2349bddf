package seals

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/sealkeeper/sealkeeper/certs"
)

// Signature is a parsed Signature header.
type Signature struct {
	KeyID     string
	Algorithm string
	Headers   []string // that are signed, in order
	Value     []byte
}

// Parse reads the parameters of draft-cavage-http-signatures section
// 2.1. As Societe Generale's gateway does, it takes no blank after a comma.
func Parse(header string) (*Signature, error) {
	params := map[string]string{}
	for rest := header; ; {
		name, after, ok := strings.Cut(rest, `="`)
		if !ok {
			return nil, errors.New("the Signature header is not a list of name=\"value\" without blanks")
		}
		value, tail, ok := strings.Cut(after, `"`)
		if !ok {
			return nil, errors.New("a quote is not closed in the Signature header")
		}
		if _, twice := params[name]; twice {
			return nil, fmt.Errorf("the parameter %q comes twice", name)
		}
		params[name] = value
		if tail == "" {
			break
		}
		if rest, ok = strings.CutPrefix(tail, ","); !ok {
			return nil, errors.New("a comma is missing in the Signature header")
		}
	}
	for name := range params {
		if !slices.Contains([]string{"keyId", "algorithm", "headers", "signature"}, name) {
			return nil, fmt.Errorf("unknown parameter %q", name)
		}
	}
	value, err := base64.StdEncoding.DecodeString(params["signature"])
	if err != nil || len(value) == 0 {
		return nil, errors.New("the signature is not base64")
	}
	s := &Signature{
		KeyID:     params["keyId"],
		Algorithm: params["algorithm"],
		Headers:   strings.Split(params["headers"], " "),
		Value:     value,
	}
	if s.KeyID == "" || params["headers"] == "" {
		return nil, errors.New("keyId or headers is missing")
	}
	return s, nil
}

// Signed rebuilds what the client says it signed.
func (s *Signature) Signed(r *http.Request) ([]byte, error) {
	var text strings.Builder
	for i, name := range s.Headers {
		if i > 0 {
			text.WriteByte('\n')
		}
		switch name {
		case "(request-target)":
			text.WriteString(name + ": " + strings.ToLower(r.Method) + " " + r.RequestURI)
		case "host":
			text.WriteString(name + ": " + r.Host)
		default:
			values, ok := r.Header[http.CanonicalHeaderKey(name)]
			if !ok || name != strings.ToLower(name) {
				return nil, fmt.Errorf("the signed header %q is not there", name)
			}
			text.WriteString(name + ": " + strings.Join(values, ", "))
		}
	}
	return []byte(text.String()), nil
}

// Verify checks the signature with the seal's key.
func (s *Signature) Verify(text []byte, seal *certs.Certificate) error {
	sum := sha256.Sum256(text)
	switch key := seal.X509.PublicKey.(type) {
	case *rsa.PublicKey:
		if s.Algorithm == "rsa-sha256" {
			return rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], s.Value)
		}
	case *ecdsa.PublicKey:
		if s.Algorithm == "ecdsa-sha256" {
			if ecdsa.VerifyASN1(key, sum[:], s.Value) {
				return nil
			}
			return errors.New("ecdsa: verification error")
		}
	}
	return fmt.Errorf("algorithm %q does not go with the seal's key", s.Algorithm)
}

// CheckDigest compares the Digest header with the body received.
func CheckDigest(r *http.Request, body []byte) error {
	given := r.Header.Get("Digest")
	if given == "" {
		return errors.New("Missing request header 'Digest' for method parameter of type String")
	}
	sum := sha256.Sum256(body)
	if given != "SHA-256="+base64.StdEncoding.EncodeToString(sum[:]) {
		return errors.New("Digest does not match the body")
	}
	return nil
}
