package source

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"io"
	"slices"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/types/api"
)

// signTime bounds one remote signature.
const signTime = 10 * time.Second

// transportKey is the QWAC's key in custody. It signs what a TLS client signs: the message, never its digest.
type transportKey struct {
	version *version
	public  crypto.PublicKey
}

var _ crypto.MessageSigner = (*transportKey)(nil)

// Public implements crypto.Signer.
func (k *transportKey) Public() crypto.PublicKey { return k.public }

// Sign implements crypto.Signer, and refuses: custody hashes what it signs.
func (k *transportKey) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) {
	return nil, fault.New(fault.Invalid, "not_a_handshake",
		"The transport key signs TLS handshakes as a whole and no digest; use the signing key.")
}

// SignMessage implements crypto.MessageSigner.
func (k *transportKey) SignMessage(_ io.Reader, message []byte, opts crypto.SignerOpts) ([]byte, error) {
	v := k.version
	ctx, cancel := context.WithTimeout(v.source.set.ctx, signTime)
	defer cancel()
	began := time.Now()
	out, err := v.source.set.client.SignHandshake(ctx, v.configuration.RegistrationID, api.HandshakeRequest{
		Version: v.configuration.Version,
		Scheme:  schemeFor(k.public, opts),
		Message: message,
	})
	v.source.signed(time.Since(began), err)
	if err != nil {
		v.unsigned.Store(&err)
		return nil, err
	}
	return out.Signature, nil
}

// hashNames are the hash functions as names of algorithms end.
var hashNames = map[crypto.Hash]string{
	crypto.SHA256: "sha256",
	crypto.SHA384: "sha384",
	crypto.SHA512: "sha512",
}

// schemeFor names what crypto/tls asks for. It asks for nothing that Identity.Schemes does not have.
func schemeFor(public crypto.PublicKey, opts crypto.SignerOpts) string {
	hash := hashNames[opts.HashFunc()]
	switch public.(type) {
	case *ecdsa.PublicKey:
		return map[string]string{
			"sha256": "ecdsa_secp256r1_sha256",
			"sha384": "ecdsa_secp384r1_sha384",
			"sha512": "ecdsa_secp521r1_sha512",
		}[hash]
	case ed25519.PublicKey:
		return "ed25519"
	}
	if _, pss := opts.(*rsa.PSSOptions); pss {
		return "rsa_pss_rsae_" + hash
	}
	return "rsa_pkcs1_" + hash
}

// sealKey is the QSealC's key in custody.
type sealKey struct {
	version    *version
	public     crypto.PublicKey
	algorithms []string
}

// seal returns the QSealC's key.
func (v *version) seal() (crypto.Signer, error) {
	if v.configuration.Signing == nil {
		return nil, fault.New(fault.Denied, "purpose_missing",
			"This service account may not sign with the QSealC; give it the purpose signing.")
	}
	block, _ := pem.Decode([]byte(v.configuration.Signing.ChainPEM))
	if block == nil {
		return nil, unusable(nil, "its signing certificate cannot be read")
	}
	leaf, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, unusable(err, "its signing certificate cannot be read")
	}
	return &sealKey{version: v, public: leaf.PublicKey, algorithms: v.configuration.Signing.Key.Algorithms}, nil
}

// Public implements crypto.Signer.
func (k *sealKey) Public() crypto.PublicKey { return k.public }

// Sign implements crypto.Signer. The salt of a PSS signature is as long as the hash.
func (k *sealKey) Sign(_ io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	algorithm := "rsa-"
	if _, ec := k.public.(*ecdsa.PublicKey); ec {
		algorithm = "ecdsa-"
	} else if pss, ok := opts.(*rsa.PSSOptions); ok {
		algorithm = "rsa-pss-"
		if pss.SaltLength > 0 && pss.SaltLength != opts.HashFunc().Size() {
			algorithm = "rsa-pss with another salt than the hash's length and "
		}
	}
	algorithm += hashNames[opts.HashFunc()]
	if !slices.Contains(k.algorithms, algorithm) {
		return nil, fault.New(fault.Invalid, "algorithm_unsuitable",
			"The signing key does not do %s; it does %s.", algorithm, k.algorithms)
	}
	ctx, cancel := context.WithTimeout(k.version.source.set.ctx, signTime)
	defer cancel()
	began := time.Now()
	out, err := k.version.source.set.client.SignDigests(ctx, k.version.configuration.RegistrationID,
		api.SigningRequest{
			Version:   k.version.configuration.Version,
			Algorithm: algorithm,
			Digest:    bytes.Clone(digest),
		})
	k.version.source.signed(time.Since(began), err)
	return out.Signature, err
}
