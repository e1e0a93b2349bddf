package certs

import (
	"math/big"

	"golang.org/x/crypto/cryptobyte/asn1"
)

var signatureNames = map[string]string{
	"1.2.840.113549.1.1.2": "MD2-RSA", "1.2.840.113549.1.1.4": "MD5-RSA", "1.2.840.113549.1.1.5": "SHA1-RSA",
	"1.3.14.3.2.29": "SHA1-RSA", "1.2.840.113549.1.1.14": "SHA224-RSA", "1.2.840.113549.1.1.11": "SHA256-RSA",
	"1.2.840.113549.1.1.12": "SHA384-RSA", "1.2.840.113549.1.1.13": "SHA512-RSA",
	"1.2.840.10040.4.3": "SHA1-DSA", "2.16.840.1.101.3.4.3.2": "SHA256-DSA", "1.2.840.10045.4.1": "SHA1-ECDSA",
	"1.2.840.10045.4.3.1": "SHA224-ECDSA", "1.2.840.10045.4.3.2": "SHA256-ECDSA",
	"1.2.840.10045.4.3.3": "SHA384-ECDSA", "1.2.840.10045.4.3.4": "SHA512-ECDSA", "1.3.101.112": "Ed25519",
	"1.3.101.113": "Ed448",
}

var hashNames = map[string]string{
	"1.3.14.3.2.26": "SHA1", "2.16.840.1.101.3.4.2.4": "SHA224", "2.16.840.1.101.3.4.2.1": "SHA256",
	"2.16.840.1.101.3.4.2.2": "SHA384", "2.16.840.1.101.3.4.2.3": "SHA512",
}

const oidRSAPSS = "1.2.840.113549.1.1.10"

// signatureName names an AlgorithmIdentifier. RSASSA-PSS carries its hash in its
// parameters, SHA-1 when they are left out (RFC 4055 section 3.1).
func signatureName(algorithm node) string {
	kids := algorithm.children()
	if len(kids) == 0 {
		return ""
	}
	oid, _ := kids[0].oid()
	if oid != oidRSAPSS {
		if name, ok := signatureNames[oid]; ok {
			return name
		}
		return oid
	}
	hash := "SHA1"
	if len(kids) > 1 {
		for _, p := range kids[1].children() {
			if p.tag != asn1.Tag(0).Constructed().ContextSpecific() {
				continue
			}
			if id := p.children(); len(id) == 1 {
				if parts := id[0].children(); len(parts) > 0 {
					h, _ := parts[0].oid()
					hash = hashNames[h]
				}
			}
		}
	}
	return hash + "-RSAPSS"
}

var curves = map[string]struct {
	name string
	bits int
}{
	"1.2.840.10045.3.1.1": {"P-192", 192}, "1.3.132.0.33": {"P-224", 224}, "1.2.840.10045.3.1.7": {"P-256", 256},
	"1.3.132.0.34": {"P-384", 384}, "1.3.132.0.35": {"P-521", 521}, "1.3.132.0.10": {"secp256k1", 256},
	"1.3.36.3.3.2.8.1.1.7":  {"brainpoolP256r1", 256},
	"1.3.36.3.3.2.8.1.1.9":  {"brainpoolP320r1", 320},
	"1.3.36.3.3.2.8.1.1.11": {"brainpoolP384r1", 384},
	"1.3.36.3.3.2.8.1.1.13": {"brainpoolP512r1", 512},
}

// parsePublicKey says what key a SubjectPublicKeyInfo holds, as far as it can be told.
func parsePublicKey(spki node) PublicKeyInfo {
	kids := spki.children()
	if len(kids) < 2 {
		return PublicKeyInfo{}
	}
	algorithm := kids[0].children()
	if len(algorithm) == 0 {
		return PublicKeyInfo{}
	}
	oid, _ := algorithm[0].oid()
	switch oid {
	case "1.2.840.113549.1.1.1":
		return rsaInfo("RSA", kids[1])
	case oidRSAPSS:
		return rsaInfo("RSA-PSS", kids[1])
	case "1.2.840.10045.2.1":
		return ecInfo(algorithm[1:])
	case "1.3.101.112":
		return PublicKeyInfo{Algorithm: "Ed25519", Bits: 256}
	case "1.2.840.10040.4.1":
		return PublicKeyInfo{Algorithm: "DSA"}
	}
	return PublicKeyInfo{Algorithm: oid}
}

func rsaInfo(algorithm string, bits node) PublicKeyInfo {
	info := PublicKeyInfo{Algorithm: algorithm}
	if len(bits.body) < 1 {
		return info
	}
	key, err := readNode(bits.body[1:])
	if err != nil {
		return info
	}
	if numbers := key.children(); len(numbers) == 2 {
		// The modulus is read unsigned: some CAs leave out its leading zero.
		info.Bits = new(big.Int).SetBytes(numbers[0].body).BitLen()
		info.Exponent = shortInteger(integer(numbers[1]))
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

func ecInfo(parameters []node) PublicKeyInfo {
	info := PublicKeyInfo{Algorithm: "ECDSA"}
	if len(parameters) == 0 {
		return info
	}
	oid, ok := parameters[0].oid()
	if !ok {
		info.Curve = "explicit"
		if kids := parameters[0].children(); len(kids) > 4 {
			info.Bits = integer(kids[4]).BitLen() // the order of the base point
		}
		return info
	}
	info.Curve = oid
	if c, ok := curves[oid]; ok {
		info.Curve, info.Bits = c.name, c.bits
	}
	return info
}
