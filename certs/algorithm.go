package certs

import (
	"crypto/elliptic"
	"math/big"

	"github.com/sealkeeper/sealkeeper/certs/internal/der"
	"github.com/sealkeeper/sealkeeper/certs/internal/oids"
)

var signatureNames = map[string]string{
	"1.2.840.113549.1.1.2":    "MD2-RSA",
	"1.2.840.113549.1.1.4":    "MD5-RSA",
	"1.2.840.113549.1.1.5":    "SHA1-RSA",
	"1.3.14.3.2.29":           "SHA1-RSA",
	"1.2.840.113549.1.1.14":   "SHA224-RSA",
	"1.2.840.113549.1.1.11":   "SHA256-RSA",
	"1.2.840.113549.1.1.12":   "SHA384-RSA",
	"1.2.840.113549.1.1.13":   "SHA512-RSA",
	"1.2.840.10040.4.3":       "SHA1-DSA",
	"2.16.840.1.101.3.4.3.2":  "SHA256-DSA",
	"1.2.840.10045.4.1":       "SHA1-ECDSA",
	"1.2.840.10045.4.3.1":     "SHA224-ECDSA",
	"1.2.840.10045.4.3.2":     "SHA256-ECDSA",
	"1.2.840.10045.4.3.3":     "SHA384-ECDSA",
	"1.2.840.10045.4.3.4":     "SHA512-ECDSA",
	"1.3.101.112":             "Ed25519",
	"2.16.840.1.101.3.4.3.9":  "SHA3-224-ECDSA",
	"2.16.840.1.101.3.4.3.10": "SHA3-256-ECDSA",
	"2.16.840.1.101.3.4.3.11": "SHA3-384-ECDSA",
	"2.16.840.1.101.3.4.3.12": "SHA3-512-ECDSA",
	"2.16.840.1.101.3.4.3.13": "SHA3-224-RSA",
	"2.16.840.1.101.3.4.3.14": "SHA3-256-RSA",
	"2.16.840.1.101.3.4.3.15": "SHA3-384-RSA",
	"2.16.840.1.101.3.4.3.16": "SHA3-512-RSA",
	"1.2.156.10197.1.501":     "SM3-SM2",
	"1.2.643.7.1.1.3.2":       "GOST R 34.10-2012-256",
	"1.2.643.7.1.1.3.3":       "GOST R 34.10-2012-512",
}

var hashNames = map[string]string{
	"1.3.14.3.2.26":           "SHA1",
	"2.16.840.1.101.3.4.2.4":  "SHA224",
	"2.16.840.1.101.3.4.2.1":  "SHA256",
	"2.16.840.1.101.3.4.2.2":  "SHA384",
	"2.16.840.1.101.3.4.2.3":  "SHA512",
	"2.16.840.1.101.3.4.2.7":  "SHA3-224",
	"2.16.840.1.101.3.4.2.8":  "SHA3-256",
	"2.16.840.1.101.3.4.2.9":  "SHA3-384",
	"2.16.840.1.101.3.4.2.10": "SHA3-512",
}

// signatureName names an AlgorithmIdentifier. RSASSA-PSS carries its hash in its
// parameters, SHA-1 when they are left out (RFC 4055 section 3.1).
func signatureName(algorithm der.Node) string {
	kids := algorithm.Children()
	if len(kids) == 0 {
		return ""
	}
	oid, _ := kids[0].OID()
	if oid != oids.RSAPSS {
		if name, ok := signatureNames[oid]; ok {
			return name
		}
		return keyKind(oid) // Ed448, ML-DSA and the like are named by their keys
	}
	hash := "SHA1"
	if len(kids) > 1 {
		for _, p := range kids[1].Children() {
			if p.Tag != der.Constructed(0) {
				continue
			}
			if id := p.Children(); len(id) == 1 {
				if parts := id[0].Children(); len(parts) > 0 {
					h, _ := parts[0].OID()
					if hash = hashNames[h]; hash == "" {
						hash = h
					}
				}
			}
		}
	}
	return hash + "-RSAPSS"
}

// curves by their OID; std is nil where Go has no implementation.
var curves = map[string]struct {
	name string
	bits int
	std  elliptic.Curve
}{
	"1.2.840.10045.3.1.1":   {"P-192", 192, nil},
	"1.3.132.0.33":          {"P-224", 224, elliptic.P224()},
	"1.2.840.10045.3.1.7":   {"P-256", 256, elliptic.P256()},
	"1.3.132.0.34":          {"P-384", 384, elliptic.P384()},
	"1.3.132.0.35":          {"P-521", 521, elliptic.P521()},
	"1.3.132.0.10":          {"secp256k1", 256, nil},
	"1.3.36.3.3.2.8.1.1.7":  {"brainpoolP256r1", 256, nil},
	"1.3.36.3.3.2.8.1.1.9":  {"brainpoolP320r1", 320, nil},
	"1.3.36.3.3.2.8.1.1.11": {"brainpoolP384r1", 384, nil},
	"1.3.36.3.3.2.8.1.1.13": {"brainpoolP512r1", 512, nil},
}

// parsePublicKey says what key a SubjectPublicKeyInfo holds, as far as it can be told.
func parsePublicKey(spki der.Node) PublicKeyInfo {
	kids := spki.Children()
	if len(kids) < 2 {
		return PublicKeyInfo{}
	}
	algorithm := kids[0].Children()
	if len(algorithm) == 0 {
		return PublicKeyInfo{}
	}
	oid, _ := algorithm[0].OID()
	switch oid {
	case oids.RSA:
		return rsaInfo("RSA", kids[1])
	case oids.RSAPSS:
		return rsaInfo("RSA-PSS", kids[1])
	case oids.EC:
		return ecInfo(algorithm[1:])
	case oids.Ed25519:
		return PublicKeyInfo{Algorithm: "Ed25519", Bits: 256}
	}
	return PublicKeyInfo{Algorithm: keyKind(oid)}
}

func rsaInfo(algorithm string, bits der.Node) PublicKeyInfo {
	info := PublicKeyInfo{Algorithm: algorithm}
	if len(bits.Body()) < 1 {
		return info
	}
	key, err := der.Read(bits.Body()[1:])
	if err != nil {
		return info
	}
	if numbers := key.Children(); len(numbers) == 2 {
		// Both are read unsigned: some CAs leave out the leading zero.
		info.Bits = new(big.Int).SetBytes(numbers[0].Body()).BitLen()
		info.Exponent = shortInteger(new(big.Int).SetBytes(numbers[1].Body()))
	}
	return info
}

// shortInteger keeps absurd numbers out of reports: beyond 2^256 RFC and ETSI
// refuse an exponent anyway.
func shortInteger(n *big.Int) string {
	if n.BitLen() > 512 {
		return "too large"
	}
	return n.String()
}

func ecInfo(parameters []der.Node) PublicKeyInfo {
	info := PublicKeyInfo{Algorithm: "ECDSA"}
	if len(parameters) == 0 {
		return info
	}
	oid, ok := parameters[0].OID()
	if !ok {
		info.Curve = "explicit"
		if kids := parameters[0].Children(); len(kids) > 4 {
			info.Bits = kids[4].Integer().BitLen() // the order of the base point
		}
		return info
	}
	info.Curve = oid
	if c, ok := curves[oid]; ok {
		info.Curve, info.Bits = c.name, c.bits
	} else if c, ok := otherCurves[oid]; ok {
		info.Curve, info.Bits = c.name, c.bits
	}
	return info
}
