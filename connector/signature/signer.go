// Package signature answers one question: how is a request signed so that the bank accepts
// it? It implements draft-cavage-http-signatures with the QSealC, in each bank's dialect.
package signature

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
	"strings"
	"sync/atomic"

	"github.com/google/uuid"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/fault"
)

// Signer signs requests with the QSealC in a bank's dialect.
// It is safe for concurrent use.
type Signer struct {
	settings Settings
	source   certs.Source
	base     string
	clientID string
	keyID    atomic.Pointer[namedKey] // of the certificate last signed with
}

// namedKey is the keyId of one certificate.
type namedKey struct{ sha256, keyID string }

// NewSigner returns a Signer. The source is asked at every signature.
// keyIDBase is the public URL under which QSealCs are published.
func NewSigner(settings Settings, source certs.Source, keyIDBase, clientID string) *Signer {
	return &Signer{settings: settings, source: source, base: strings.TrimSuffix(keyIDBase, "/"), clientID: clientID}
}

// Sign sets X-Request-ID, Digest and Signature on req. Every other header
// that the product's list names must be set already. body is what req will
// send; nil if none.
func (s *Signer) Sign(ctx context.Context, req *http.Request, body []byte, product Product) error {
	var sum []byte
	if len(body) > 0 {
		digest := sha256.Sum256(body)
		sum = digest[:]
	}
	return s.SignDigest(ctx, req, sum, product)
}

// SignDigest is Sign for a body of which the SHA-256 is known; nil if there is none.
func (s *Signer) SignDigest(ctx context.Context, req *http.Request, bodySHA256 []byte, product Product) error {
	identity, err := s.source.Identity(ctx)
	if err != nil {
		return noCertificate(err)
	}
	req.Header.Set("X-Request-Id", uuid.NewString()) // version 4 (RFC 9562), which STET asks for
	if len(bodySHA256) == 0 && s.settings.DigestEmptyBody {
		empty := sha256.Sum256(nil)
		bodySHA256 = empty[:]
	}
	if len(bodySHA256) > 0 {
		req.Header.Set("Digest", digest(bodySHA256))
	}
	names := s.settings.AISHeaders
	if product == PIS {
		names = s.settings.PISHeaders
	}
	text, err := signingString(req, names)
	if err != nil {
		return err
	}
	signature, err := s.sign(identity, text)
	if err != nil {
		return err
	}
	separator := s.settings.Separator
	req.Header.Set("Signature", `keyId="`+s.keyIDOf(identity.Certificate.SHA256)+`"`+
		separator+`algorithm="`+s.settings.Algorithm+`"`+
		separator+`headers="`+strings.Join(names, " ")+`"`+
		separator+`signature="`+base64.StdEncoding.EncodeToString(signature)+`"`)
	return nil
}

// keyIDOf expands the settings' template once for each certificate and not at every request.
func (s *Signer) keyIDOf(sha256 string) string {
	if last := s.keyID.Load(); last != nil && last.sha256 == sha256 {
		return last.keyID
	}
	keyID := strings.NewReplacer( // in one pass: a value that looks like a placeholder stays as it is
		"{base}", s.base,
		"{name}", s.settings.KeyIDName,
		"{sha256}", sha256,
		"{client_id}", s.clientID,
	).Replace(s.settings.KeyID)
	s.keyID.Store(&namedKey{sha256, keyID})
	return keyID
}

func (s *Signer) sign(identity *certs.Identity, text string) ([]byte, error) {
	switch identity.Signer.Public().(type) {
	case *rsa.PublicKey:
		if s.settings.Algorithm == AlgorithmRSA {
			break
		}
		return nil, s.wrongKey("RSA")
	case *ecdsa.PublicKey:
		if s.settings.Algorithm == AlgorithmECDSA {
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

// noCertificate keeps a source's own sentence, and gives one to an error without
// one.
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
		s.settings.Algorithm)
}
