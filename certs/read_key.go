package certs

import (
	"crypto"
	"crypto/elliptic"
	"crypto/x509"
	"errors"
	"math/big"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"

	"github.com/sealkeeper/sealkeeper/certs/internal/der"
	"github.com/sealkeeper/sealkeeper/certs/internal/oids"
)

const maxRSABits = 8192

// addKey reads an unencrypted key: PKCS#8, PKCS#1 or SEC1. A key that is of no
// use here does not make the rest of its file useless, so it is noted instead.
func (r *reader) addKey(root der.Node) error {
	if r.keysRead == maxKeys { // repeated ones count too: checking an RSA key takes time
		return newError(CodeTooLarge, nil, "it holds more than %d private keys; give only the ones in question.",
			maxKeys)
	}
	r.keysRead++
	signer, algorithm, err := parseKey(root)
	var unusable *Error
	switch {
	case errors.As(err, &unusable):
		r.contents.Unusable = append(r.contents.Unusable, unusable)
		return nil
	case err != nil:
		return newError(CodeMalformed, err, "the private key in it is damaged; export it again.")
	}
	k, err := NewPrivateKey(signer)
	if err != nil {
		return err
	}
	if k.algorithm = algorithm; r.first(k.SPKISHA256()) {
		r.contents.Keys = append(r.contents.Keys, k)
	}
	return nil
}

// parseKey returns the key, and the algorithm it says it is for where its kind does not tell: "RSA-PSS".
func parseKey(root der.Node) (key crypto.Signer, algorithm string, err error) {
	kids := root.Children()
	switch {
	case shaped(kids, asn1.INTEGER, asn1.SEQUENCE, asn1.OCTET_STRING):
		return parsePKCS8(root, kids)
	case shaped(kids, asn1.INTEGER, asn1.OCTET_STRING):
		key, err = parseEC(kids, nil)
	case shaped(kids, asn1.INTEGER, asn1.INTEGER, asn1.INTEGER) && len(kids) < 9:
		err = unsupportedKey("of kind DSA")
	case shaped(kids, asn1.INTEGER, asn1.INTEGER, asn1.INTEGER):
		key, err = parseRSA(root)
	default:
		err = der.ErrSyntax
	}
	return key, "", err
}

func unsupportedKey(what string) *Error {
	return newError(CodeUnsupportedKey, nil,
		"the private key in it is %s, which is not supported; use RSA of 2048 to 8192 bits, ECDSA P-256, P-384 or "+
			"P-521, or Ed25519.", what)
}

// parsePKCS8 reads PrivateKeyInfo: version, algorithm, privateKey, and more that does not matter.
func parsePKCS8(root der.Node, kids []der.Node) (key crypto.Signer, algorithm string, err error) {
	parts := kids[1].Children()
	if len(parts) == 0 {
		return nil, "", der.ErrSyntax
	}
	oid, _ := parts[0].OID()
	inner, damaged := der.Read(kids[2].Body())
	switch {
	case oid == oids.Ed25519:
		key, err = asSigner(x509.ParsePKCS8PrivateKey(root.Full))
	case oid != oids.RSA && oid != oids.RSAPSS && oid != oids.EC:
		err = unsupportedKey("of kind " + keyKind(oid))
	case damaged != nil, oid == oids.EC && len(parts) < 2:
		err = der.ErrSyntax
	case oid == oids.EC:
		key, err = parseEC(inner.Children(), &parts[1])
	default:
		key, err = parseRSA(inner)
	}
	if oid == oids.RSAPSS {
		algorithm = "RSA-PSS"
	}
	return key, algorithm, err
}

func asSigner(key any, err error) (crypto.Signer, error) {
	if err != nil {
		return nil, err
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, der.ErrSyntax
	}
	return signer, nil
}

// parseRSA bounds every number before any arithmetic is done with it.
func parseRSA(root der.Node) (crypto.Signer, error) {
	numbers := root.Children()
	if len(numbers) < 9 {
		return nil, der.ErrSyntax
	}
	for _, n := range numbers {
		if len(n.Body()) > maxRSABits/8+1 {
			return nil, unsupportedKey("an RSA key of more than 8192 bits")
		}
	}
	return asSigner(x509.ParsePKCS1PrivateKey(root.Full))
}

// parseEC reads ECPrivateKey (RFC 5915): version, privateKey, [0] parameters,
// [1] publicKey. The curve may be named, spelled out, or known from outside.
func parseEC(kids []der.Node, parameters *der.Node) (crypto.Signer, error) {
	if !shaped(kids, asn1.INTEGER, asn1.OCTET_STRING) {
		return nil, der.ErrSyntax
	}
	for _, k := range kids[2:] {
		if inner := k.Children(); parameters == nil && k.Tag == der.Constructed(0) && len(inner) == 1 {
			parameters = &inner[0]
		}
	}
	if parameters == nil {
		return nil, unsupportedKey("an EC key that does not name its curve")
	}
	oid, ok := parameters.OID()
	if !ok {
		oid = explicitCurve(*parameters)
	}
	curve, known := curves[oid]
	switch {
	case oid == "":
		return nil, unsupportedKey("an EC key on a curve of its own")
	case known && curve.std == nil:
		return nil, unsupportedKey("an EC key on curve " + curve.name)
	case !known:
		if other, ok := otherCurves[oid]; ok {
			oid = other.name
		}
		return nil, unsupportedKey("an EC key on curve " + oid)
	}
	// Written anew, the key is one that crypto/x509 reads whatever it was before.
	plain, err := encodeEC(oid, kids[1].Body())
	if err != nil {
		return nil, err
	}
	defer clear(plain)
	return asSigner(x509.ParsePKCS8PrivateKey(plain))
}

// encodeEC writes PKCS#8 for a named curve and a secret scalar.
func encodeEC(curve string, scalar []byte) ([]byte, error) {
	e := encoder{}
	var b cryptobyte.Builder
	b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1Int64(0)
		b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
			e.oid(b, oids.EC)
			e.oid(b, curve)
		})
		b.AddASN1(asn1.OCTET_STRING, func(b *cryptobyte.Builder) {
			b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
				b.AddASN1Int64(1)
				b.AddASN1OctetString(scalar)
			})
		})
	})
	plain, err := b.Bytes()
	return plain, errors.Join(e.err, err)
}

// explicitCurve recognises a NIST curve that ECParameters (RFC 3279 section
// 2.3.5) spell out: version, field, a and b, base point, order.
func explicitCurve(parameters der.Node) string {
	kids := parameters.Children()
	if len(kids) < 5 {
		return ""
	}
	field, equation, base := kids[1].Children(), kids[2].Children(), kids[3].Body()
	if len(field) != 2 || len(equation) < 2 || len(base) < 2 {
		return ""
	}
	for oid, c := range curves {
		if c.std == nil {
			continue
		}
		p := c.std.Params()
		size := (p.BitSize + 7) / 8
		if len(base) > size && equal(field[1].Body(), p.P) && equal(equation[1].Body(), p.B) &&
			equal(kids[4].Body(), p.N) && equal(base[1:1+size], p.Gx) && minusThree(equation[0].Body(), p) {
			return oid
		}
	}
	return ""
}

func equal(b []byte, n *big.Int) bool {
	return len(b) <= 128 && new(big.Int).SetBytes(b).Cmp(n) == 0
}

// minusThree checks the coefficient a, which is -3 on every NIST prime curve.
func minusThree(a []byte, p *elliptic.CurveParams) bool {
	return equal(a, new(big.Int).Sub(p.P, big.NewInt(3)))
}
