package connector

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/fault"
)

// The signature algorithms of draft-cavage-http-signatures.
const (
	AlgorithmRSA   = "rsa-sha256" // PKCS#1 v1.5; the one STET names
	AlgorithmECDSA = "ecdsa-sha256"
)

const requestTarget = "(request-target)"

// Signer signs requests with the QSealC as a bank's profile wants it.
// It is safe for concurrent use.
type Signer struct {
	profile  Signature
	source   certs.Source
	base     string
	clientID string
	keyID    atomic.Pointer[namedKey] // of the certificate last signed with
}

// namedKey is the keyId of one certificate.
type namedKey struct{ sha256, keyID string }

// NewSigner returns a Signer. The source is asked at every signature.
// keyIDBase is the public URL under which QSealCs are published.
func NewSigner(profile Signature, source certs.Source, keyIDBase, clientID string) *Signer {
	return &Signer{profile: profile, source: source, base: strings.TrimSuffix(keyIDBase, "/"), clientID: clientID}
}

// Sign sets X-Request-ID, Digest and Signature on req. Every other header
// that the product's list names must be set already. body is what req will
// send; nil for none.
func (s *Signer) Sign(ctx context.Context, req *http.Request, body []byte, product Product) error {
	identity, err := s.source.Identity(ctx)
	if err != nil {
		return noCertificate(err)
	}
	req.Header.Set("X-Request-Id", uuid.NewString()) // version 4 (RFC 9562), which STET asks for
	if len(body) > 0 || s.profile.DigestEmptyBody {
		req.Header.Set("Digest", digest(body))
	}
	names := s.profile.AISHeaders
	if product == PIS {
		names = s.profile.PISHeaders
	}
	text, err := signingString(req, names)
	if err != nil {
		return err
	}
	signature, err := s.sign(identity, text)
	if err != nil {
		return err
	}
	separator := s.profile.Separator
	req.Header.Set("Signature", `keyId="`+s.keyIDOf(identity.Certificate.SHA256)+`"`+
		separator+`algorithm="`+s.profile.Algorithm+`"`+
		separator+`headers="`+strings.Join(names, " ")+`"`+
		separator+`signature="`+base64.StdEncoding.EncodeToString(signature)+`"`)
	return nil
}

// keyIDOf expands the profile's template once for each certificate and not at every request.
func (s *Signer) keyIDOf(sha256 string) string {
	if last := s.keyID.Load(); last != nil && last.sha256 == sha256 {
		return last.keyID
	}
	keyID := expand(s.profile.KeyID, "{base}", s.base, "{name}", s.profile.KeyIDName, "{sha256}", sha256, "{client_id}",
		s.clientID)
	s.keyID.Store(&namedKey{sha256, keyID})
	return keyID
}

func (s *Signer) sign(identity *certs.Identity, text string) ([]byte, error) {
	switch identity.Signer.Public().(type) {
	case *rsa.PublicKey:
		if s.profile.Algorithm == AlgorithmRSA {
			break
		}
		return nil, s.wrongKey("RSA")
	case *ecdsa.PublicKey:
		if s.profile.Algorithm == AlgorithmECDSA {
			break
		}
		return nil, s.wrongKey("ECDSA")
	default:
		return nil, s.wrongKey(fmt.Sprintf("%T", identity.Signer.Public()))
	}
	sum := sha256.Sum256([]byte(text))
	signature, err := identity.Signer.Sign(rand.Reader, sum[:], crypto.SHA256)
	if err != nil {
		return nil, fault.Wrap(err, fault.Unavailable, "signing_failed",
			"The request could not be signed; check that custody is reachable and try again.")
	}
	return signature, nil
}

// noCertificate keeps a source's own sentence and gives one to an error that
// has none.
func noCertificate(err error) error {
	if _, ok := errors.AsType[*fault.Error](err); ok {
		return err
	}
	return fault.Wrap(err, fault.Unavailable, "no_certificate",
		"No signing certificate (QSealC) is available; activate a bundle that has one.")
}

func (s *Signer) wrongKey(kind string) error {
	return fault.New(fault.Invalid, "signing_key_unsuitable",
		"The signing certificate has an %s key but this bank wants %s; use a QSealC with a suitable key.", kind,
		s.profile.Algorithm)
}

// digest is the Digest header of RFC 3230 with SHA-256 (RFC 5843).
func digest(body []byte) string {
	sum := sha256.Sum256(body)
	return "SHA-256=" + base64.StdEncoding.EncodeToString(sum[:])
}

// signingString is section 2.3 of draft-cavage-http-signatures: one line per
// name, joined by line feeds, none at the end.
func signingString(req *http.Request, names []string) (string, error) {
	lines := make([]string, len(names))
	for i, name := range names {
		value, ok := signedValue(req, name)
		if !ok {
			return "", fault.New(fault.Internal, "signed_header_missing",
				"The bank's profile signs the header %q, which this request does not carry; correct the profile.", name)
		}
		lines[i] = name + ": " + value
	}
	return strings.Join(lines, "\n"), nil
}

func signedValue(req *http.Request, name string) (string, bool) {
	switch name {
	case requestTarget:
		return strings.ToLower(req.Method) + " " + req.URL.RequestURI(), true
	case "host":
		if req.Host != "" {
			return req.Host, true
		}
		return req.URL.Host, true
	case "content-length":
		return strconv.FormatInt(req.ContentLength, 10), true
	case "date":
		if req.Header.Get("Date") == "" {
			req.Header.Set("Date", time.Now().UTC().Format(http.TimeFormat))
		}
	}
	values := req.Header.Values(name)
	return strings.TrimSpace(strings.Join(values, ", ")), len(values) > 0
}

// expand replaces each placeholder of a template in one pass, so that a
// value which looks like a placeholder stays as it is.
func expand(template string, oldnew ...string) string {
	return strings.NewReplacer(oldnew...).Replace(template)
}
