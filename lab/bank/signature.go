package bank

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

// signature is a parsed Signature header.
type signature struct {
	keyID, algorithm string
	headers          []string
	value            []byte
}

// parseSignature reads the parameters of draft-cavage-http-signatures section
// 2.1. As Societe Generale's gateway does, it takes no blank after a comma.
func parseSignature(header string) (*signature, error) {
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
	s := &signature{
		keyID:     params["keyId"],
		algorithm: params["algorithm"],
		headers:   strings.Split(params["headers"], " "),
		value:     value,
	}
	if s.keyID == "" || params["headers"] == "" {
		return nil, errors.New("keyId or headers is missing")
	}
	return s, nil
}

// signed rebuilds what the client says it signed.
func (s *signature) signed(r *http.Request) ([]byte, error) {
	var text strings.Builder
	for i, name := range s.headers {
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

// verify checks the signature with the seal's key.
func (s *signature) verify(text []byte, seal *certs.Certificate) error {
	sum := sha256.Sum256(text)
	switch key := seal.X509.PublicKey.(type) {
	case *rsa.PublicKey:
		if s.algorithm == "rsa-sha256" {
			return rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], s.value)
		}
	case *ecdsa.PublicKey:
		if s.algorithm == "ecdsa-sha256" {
			if ecdsa.VerifyASN1(key, sum[:], s.value) {
				return nil
			}
			return errors.New("ecdsa: verification error")
		}
	}
	return fmt.Errorf("algorithm %q does not go with the seal's key", s.algorithm)
}

// checkDigest compares the Digest header with the body received.
func checkDigest(r *http.Request, body []byte) error {
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

// checkSignature verifies that the request was sealed by the TPP whose QWAC
// opened the connection.
func (s *Sim) checkSignature(r *http.Request, qwac *certs.Certificate, p product) error {
	must := s.cfg.SignedHeaders
	if p == pis {
		must = s.cfg.PISSignedHeaders
	}
	sig, err := parseSignature(r.Header.Get("Signature"))
	if err != nil {
		return err
	}
	for _, name := range must {
		if !slices.Contains(sig.headers, name) {
			return fmt.Errorf("the header %q must be signed", name)
		}
	}
	seal, err := s.seals.fetch(r.Context(), sig.keyID)
	if err != nil {
		return err
	}
	if seal.OrganizationIdentifier != qwac.OrganizationIdentifier {
		return errors.New("the QSealC and the QWAC belong to different organizations")
	}
	if s.Revoked(seal) {
		return errors.New("the QSealC is revoked")
	}
	text, err := sig.signed(r)
	if err != nil {
		return err
	}
	if err := sig.verify(text, seal); err != nil {
		return err
	}
	s.seen.sealed(seal)
	return nil
}
