package hcvault

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/rsa"
	"encoding/base64"
	"io"
	"strconv"
	"strings"

	"github.com/sealkeeper/sealkeeper/fault"
)

// Signer is a crypto.Signer whose key is in Vault's Transit engine. It is safe
// for concurrent use, and works for TLS 1.2 and 1.3.
type Signer struct {
	custody *Custody
	path    string
	public  crypto.PublicKey
}

// Public implements crypto.Signer.
func (s *Signer) Public() crypto.PublicKey { return s.public }

// Sign implements crypto.Signer. It takes at most the custody's timeout; the
// random source is Vault's own.
func (s *Signer) Sign(_ io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	return s.SignContext(context.Background(), digest, opts)
}

// SignContext is Sign for a caller who may stop waiting.
func (s *Signer) SignContext(ctx context.Context, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	request, err := s.request(digest, opts)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, s.custody.cfg.Timeout)
	defer cancel()
	if err := s.custody.gate.enter(ctx); err != nil {
		return nil, err
	}
	defer s.custody.gate.leave()

	var signed struct{ Data struct{ Signature string } }
	if err := s.custody.vault.post(repeatable(ctx), s.path, request, &signed); err != nil {
		return nil, err
	}
	return parseSignature(signed.Data.Signature)
}

// signRequest is the body of transit/sign, in Vault's words.
type signRequest struct {
	Input         string `json:"input,omitempty"` // base64
	KeyVersion    int    `json:"key_version"`
	Prehashed     bool   `json:"prehashed,omitempty"`
	HashAlgorithm string `json:"hash_algorithm,omitempty"`
	Signature     string `json:"signature_algorithm,omitempty"` // RSA
	SaltLength    string `json:"salt_length,omitempty"`         // RSA PSS
	Marshaling    string `json:"marshaling_algorithm,omitempty"`
}

var hashNames = map[crypto.Hash]string{crypto.SHA256: "sha2-256", crypto.SHA384: "sha2-384", crypto.SHA512: "sha2-512"}

func (s *Signer) request(digest []byte, opts crypto.SignerOpts) (*signRequest, error) {
	request := &signRequest{Input: base64.StdEncoding.EncodeToString(digest), KeyVersion: theVersion}
	hash := opts.HashFunc()
	if _, ok := s.public.(ed25519.PublicKey); ok {
		if hash != 0 {
			return nil, unsupported("An Ed25519 key signs whole messages, not digests.")
		}
		return request, nil
	}
	name, ok := hashNames[hash]
	if !ok {
		return nil, unsupported("Vault signs SHA-256, SHA-384 and SHA-512 digests only, not %v.", hash)
	}
	if len(digest) != hash.Size() {
		return nil, unsupported("A %v digest has %d bytes and not %d.", hash, hash.Size(), len(digest))
	}
	request.Prehashed, request.HashAlgorithm = true, name
	if _, ok := s.public.(*rsa.PublicKey); !ok {
		request.Marshaling = "asn1"
		return request, nil
	}
	request.Signature = "pkcs1v15"
	if pss, ok := opts.(*rsa.PSSOptions); ok {
		request.Signature, request.SaltLength = "pss", saltLength(pss.SaltLength)
	}
	return request, nil
}

func saltLength(n int) string {
	switch n {
	case rsa.PSSSaltLengthAuto:
		return "auto"
	case rsa.PSSSaltLengthEqualsHash:
		return "hash"
	}
	return strconv.Itoa(n)
}

// parseSignature reads "vault:v1:BASE64".
func parseSignature(text string) ([]byte, error) {
	signature, err := base64.StdEncoding.DecodeString(text[strings.LastIndexByte(text, ':')+1:])
	if err != nil || len(signature) == 0 {
		return nil, fault.New(fault.Unavailable, "vault_answer",
			"Vault's signature cannot be read; check that the configured address is Vault's.")
	}
	return signature, nil
}

func unsupported(format string, args ...any) error {
	return fault.New(fault.Invalid, "signature_unsupported", format, args...)
}
