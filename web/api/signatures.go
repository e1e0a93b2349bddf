package api

import (
	"crypto"
	"crypto/rsa"
	"crypto/x509"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/types/api"
	"github.com/sealkeeper/sealkeeper/vault"
)

// signatureAlgorithm is what a name of an algorithm stands for.
type signatureAlgorithm struct {
	key  x509.PublicKeyAlgorithm
	opts crypto.SignerOpts
}

var signatureAlgorithms = map[string]signatureAlgorithm{
	"rsa-sha256":     {x509.RSA, crypto.SHA256},
	"rsa-pss-sha256": {x509.RSA, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: crypto.SHA256}},
	"ecdsa-sha256":   {x509.ECDSA, crypto.SHA256},
}

func (a *API) sign(r request[api.SignatureRequest]) (api.Signatures, error) {
	ctx, id := r.echo.Request().Context(), r.echo.Param("id")
	algorithm, ok := signatureAlgorithms[r.body.Algorithm]
	if !ok {
		return api.Signatures{}, fault.New(fault.Invalid, "algorithm_unknown",
			"The algorithm is rsa-sha256, rsa-pss-sha256 or ecdsa-sha256.")
	}
	// A signer takes crypto.SHA256 for RSA and for ECDSA, so it cannot notice that the other one is meant.
	// Who may not sign, and what is not there, Sign refuses and records.
	leaf, _, err := a.Vault.Certificate(ctx, access.SystemCaller("api"), id)
	if err == nil && r.caller.May(access.CertSign) && leaf.X509.PublicKeyAlgorithm != algorithm.key {
		return api.Signatures{}, fault.New(fault.Invalid, "algorithm_unsuitable",
			"The certificate has an %s key, which makes no %s signature.", leaf.X509.PublicKeyAlgorithm,
			r.body.Algorithm)
	}
	if len(r.body.Digests) > 0 {
		if len(r.body.Digest) > 0 {
			return api.Signatures{}, fault.New(fault.Invalid, "batch_size", "Send either digest or digests.")
		}
		signed, err := a.Vault.SignBatch(ctx, r.caller, id, r.body.Digests, algorithm.opts)
		return api.Signatures{Signatures: each(signed, signedOne)}, err
	}
	signature, err := a.Vault.Sign(ctx, r.caller, id, r.body.Digest, algorithm.opts)
	return api.Signatures{Signature: signature}, err
}

func signedOne(s vault.Signed) api.SignedDigest {
	if s.Err == nil {
		return api.SignedDigest{Signature: s.Signature}
	}
	_, code, detail := fault.Public(s.Err)
	return api.SignedDigest{Code: code, Detail: detail}
}
