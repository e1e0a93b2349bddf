package trustlist

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"

	"github.com/ProtonMail/go-crypto/brainpool"

	"github.com/sealkeeper/sealkeeper/certs"
)

// method is how octets are signed.
type method struct {
	hash crypto.Hash
	kind string // of the key and its padding
}

const (
	pkcs1 = "RSA"
	pss   = "RSA-PSS"
	ec    = "ECDSA"
)

// methods are those of TS 119 312 that lists are signed with.
var methods = map[string]method{
	"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256":      {crypto.SHA256, pkcs1},
	"http://www.w3.org/2001/04/xmldsig-more#rsa-sha384":      {crypto.SHA384, pkcs1},
	"http://www.w3.org/2001/04/xmldsig-more#rsa-sha512":      {crypto.SHA512, pkcs1},
	"http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1": {crypto.SHA256, pss},
	"http://www.w3.org/2007/05/xmldsig-more#sha384-rsa-MGF1": {crypto.SHA384, pss},
	"http://www.w3.org/2007/05/xmldsig-more#sha512-rsa-MGF1": {crypto.SHA512, pss},
	"http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256":    {crypto.SHA256, ec},
	"http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384":    {crypto.SHA384, ec},
	"http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512":    {crypto.SHA512, ec},
}

// minRSA is where TS 119 312 begins; Norway signed with 2,047 bits.
const minRSA = 1900

func verifyOctets(uri string, signer *certs.Certificate, octets, signature []byte) error {
	m, known := methods[uri]
	if !known {
		return refuse(Profile, "is signed by "+uri)
	}
	digest := sum(m.hash, octets)
	valid := false
	switch key := publicKey(signer.Raw).(type) {
	case *rsa.PublicKey:
		if key.N.BitLen() < minRSA {
			return refuse(Profile, "its signer's key is too short")
		}
		switch m.kind {
		case pkcs1:
			valid = rsa.VerifyPKCS1v15(key, m.hash, digest, signature) == nil
		case pss:
			// RFC 6931 section 2.3.10: the salt is as long as the digest.
			valid = rsa.VerifyPSS(key, m.hash, digest, signature,
				&rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash}) == nil
		}
	case *ecdsa.PublicKey:
		size := (key.Params().N.BitLen() + 7) / 8
		if m.kind == ec && len(signature) == 2*size { // r and s, each as long as the order (XMLDSig 1.1 section 6.4.3)
			r, s := new(big.Int).SetBytes(signature[:size]), new(big.Int).SetBytes(signature[size:])
			valid = ecdsa.Verify(key, digest, r, s)
		}
	default:
		return refuse(Profile, "its signer has a key that is not read")
	}
	if !valid {
		return refuse(Forged, "its signature is another's")
	}
	return nil
}

// The object identifiers of keys.
var (
	oidRSA    = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1}
	oidRSAPSS = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 10}
	oidEC     = asn1.ObjectIdentifier{1, 2, 840, 10045, 2, 1}
)

// curves by their object identifier, those of Brainpool (RFC 5639) among them, which crypto/x509 does not read.
var curves = map[string]func() elliptic.Curve{
	"1.2.840.10045.3.1.7":   elliptic.P256,
	"1.3.132.0.34":          elliptic.P384,
	"1.3.132.0.35":          elliptic.P521,
	"1.3.36.3.3.2.8.1.1.7":  brainpool.P256r1,
	"1.3.36.3.3.2.8.1.1.11": brainpool.P384r1,
	"1.3.36.3.3.2.8.1.1.13": brainpool.P512r1,
}

// publicKey reads the key of a certificate, also where crypto/x509 does not; nil: of a kind that is not read.
func publicKey(raw []byte) crypto.PublicKey {
	var certificate struct {
		TBS struct {
			Version   int `asn1:"optional,explicit,default:0,tag:0"`
			Serial    *big.Int
			Algorithm asn1.RawValue
			Issuer    asn1.RawValue
			Validity  asn1.RawValue
			Subject   asn1.RawValue
			Key       struct {
				Algorithm pkix.AlgorithmIdentifier
				Bits      asn1.BitString
			}
		}
	}
	if _, err := asn1.Unmarshal(raw, &certificate); err != nil {
		return nil
	}
	key := certificate.TBS.Key
	switch {
	case key.Algorithm.Algorithm.Equal(oidRSA), key.Algorithm.Algorithm.Equal(oidRSAPSS):
		if public, err := x509.ParsePKCS1PublicKey(key.Bits.RightAlign()); err == nil {
			return public
		}
	case key.Algorithm.Algorithm.Equal(oidEC):
		var id asn1.ObjectIdentifier
		if _, err := asn1.Unmarshal(key.Algorithm.Parameters.FullBytes, &id); err != nil {
			return nil
		}
		if curve, known := curves[id.String()]; known {
			return point(curve(), key.Bits.RightAlign())
		}
	}
	return nil
}

// point reads an uncompressed point and sees that it is one of the curve.
func point(curve elliptic.Curve, raw []byte) crypto.PublicKey {
	size := (curve.Params().BitSize + 7) / 8
	if len(raw) != 1+2*size || raw[0] != 4 {
		return nil
	}
	x, y := new(big.Int).SetBytes(raw[1:1+size]), new(big.Int).SetBytes(raw[1+size:])
	if !curve.IsOnCurve(x, y) { //nolint:staticcheck // crypto/ecdh has no Brainpool
		return nil
	}
	return &ecdsa.PublicKey{Curve: curve, X: x, Y: y} //nolint:staticcheck // crypto/x509 makes none of Brainpool
}
