package clienttest

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"slices"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/connector/signature"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/types/api"
)

// dialect is how the bank of a Server wants requests signed.
var dialect = signature.Settings{
	Algorithm:       signature.AlgorithmECDSA,
	AISHeaders:      []string{"(request-target)", "digest", "x-request-id"},
	PISHeaders:      []string{"(request-target)", "digest", "x-request-id"},
	Separator:       ",",
	KeyID:           "{sha256}",
	DigestEmptyBody: true,
}

// used is the registration of a request, if the purpose is given and the version is in use; 0 is any.
func (s *Server) used(q *http.Request, version int, has func(*Registration) bool) (Registration, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.IndexFunc(s.registrations, func(r *Registration) bool {
		return !r.gone && r.ID == q.PathValue("registration")
	})
	switch {
	case i < 0:
		return Registration{}, fault.New(fault.NotFound, "registration_unknown", "There is no such registration.")
	case !has(s.registrations[i]):
		return Registration{}, fault.New(fault.Denied, "purpose_missing", "The account does not have this purpose.")
	case s.registrations[i].active == 0:
		return Registration{}, fault.New(fault.Conflict, "not_ready", "No version is in use.")
	case version < 0 || version > s.registrations[i].active:
		return Registration{}, fault.New(fault.Conflict, "version_superseded", "This version is not in use.")
	}
	return *s.registrations[i], nil
}

func signs(r *Registration) bool { return r.signs }

// Identity implements certs.Source.
func (i identity) Identity(context.Context) (*certs.Identity, error) {
	leaf, err := certs.ParseCertificate(i.leaf.Raw)
	return &certs.Identity{Certificate: leaf, Signer: i.key}, err
}

// signDigests signs digests with the QSealC: one, or several.
func (s *Server) signDigests(q *http.Request) (any, error) {
	var in api.SigningRequest
	if err := json.NewDecoder(q.Body).Decode(&in); err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "json_invalid", "This is not JSON.")
	}
	if _, err := s.used(q, in.Version, signs); err != nil {
		return nil, err
	}
	if in.Algorithm != signature.AlgorithmECDSA {
		return nil, fault.New(fault.Invalid, "algorithm_unsuitable", "The key does not do this.")
	}
	if len(in.Digest) > 0 {
		signed, err := s.signDigest(in.Digest)
		return api.Signatures{Signature: signed}, err
	}
	var out api.Signatures
	for _, digest := range in.Digests {
		signed, err := s.signDigest(digest)
		if err != nil {
			return nil, err
		}
		out.Signatures = append(out.Signatures, api.SignedDigest{Signature: signed})
	}
	return out, nil
}

func (s *Server) signDigest(digest []byte) ([]byte, error) {
	if len(digest) != 32 {
		return nil, fault.New(fault.Invalid, "digest_length", "The digest is not one of SHA-256.")
	}
	return s.seal.key.Sign(rand.Reader, digest, nil)
}

// signRequest signs a request as draft-cavage-http-signatures has it, with one set of headers for all banks.
func (s *Server) signRequest(q *http.Request) (any, error) {
	var in api.HTTPSignatureRequest
	if err := json.NewDecoder(q.Body).Decode(&in); err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "json_invalid", "This is not JSON.")
	}
	r, err := s.used(q, in.Version, signs)
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(q.Context(), in.Method, in.URL, nil)
	if err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "signed_request_invalid", "This is no request.")
	}
	signer := signature.NewSigner(dialect, s.seal, "", r.clientID)
	if err := signer.SignDigest(q.Context(), request, in.BodySHA256, signature.Product(in.Product)); err != nil {
		return nil, err
	}
	out := api.HTTPSignature{Headers: map[string]string{}}
	for name := range request.Header {
		out.Headers[name] = request.Header.Get(name)
	}
	return out, nil
}

// credentials hands out the client id and secret.
func (s *Server) credentials(q *http.Request) (any, error) {
	r, err := s.used(q, 0, func(r *Registration) bool { return r.lends })
	if err != nil {
		return nil, err
	}
	return map[string]any{ // api.TLSCredentials redacts the secret
		"registration_id": r.ID,
		"version":         r.active,
		"client_id":       r.clientID,
		"client_secret":   r.secret,
		"token_url":       s.bank + "/token",
	}, nil
}
