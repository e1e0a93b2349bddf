package pbe

import (
	"crypto/cipher"
	"crypto/hmac"
	"crypto/subtle"
	"encoding/binary"
	"fmt"

	"golang.org/x/crypto/cryptobyte/asn1"
	"golang.org/x/crypto/scrypt"

	"github.com/sealkeeper/sealkeeper/certs/internal/der"
)

const (
	oidPBKDF2 = "1.2.840.113549.1.5.12"
	oidScrypt = "1.3.6.1.4.1.11591.4.11"
)

// pseudoRandomFunctions are the HMACs of RFC 8018 appendix B.1.
var pseudoRandomFunctions = map[string]digest{
	"1.2.840.113549.2.7":  sha1Hash,
	"1.2.840.113549.2.8":  sha224Hash,
	"1.2.840.113549.2.9":  sha256Hash,
	"1.2.840.113549.2.10": sha384Hash,
	"1.2.840.113549.2.11": sha512Hash,
}

// contentCiphers are the encryption schemes of RFC 8018 appendix B.2 with their key sizes in bytes.
var contentCiphers = map[string]struct {
	keySize int
	decrypter
}{
	"2.16.840.1.101.3.4.1.2":  {16, aesCBC},
	"2.16.840.1.101.3.4.1.22": {24, aesCBC},
	"2.16.840.1.101.3.4.1.42": {32, aesCBC},
	"1.2.840.113549.3.7":      {24, tripleDESCBC},
	"1.3.14.3.2.7":            {8, desCBC},
}

// pbes2 is RFC 8018 section 6.2: any derivation function with any cipher.
func pbes2(parameters []der.Node, passphrase Passphrase, data []byte, budget *Budget) ([]byte, error) {
	if len(parameters) != 2 {
		return nil, errParameters
	}
	derivation, encryption := parameters[0].Children(), parameters[1].Children()
	if len(derivation) != 2 || len(encryption) != 2 {
		return nil, errParameters
	}
	oid, _ := encryption[0].OID()
	c, ok := contentCiphers[oid]
	iv := encryption[1].Body()
	if oid == "1.2.840.113549.3.2" {
		c.keySize, c.decrypter, iv, ok = rc2Parameters(encryption[1].Children())
	}
	if !ok {
		return nil, fmt.Errorf("%w: cipher %s", ErrUnsupported, oid)
	}
	key, err := deriveKey(derivation, passphrase, c.keySize, budget)
	if err != nil {
		return nil, err
	}
	return c.open(key, iv, data, budget)
}

// rc2Parameters reads RC2-CBC-Parameter, whose version encodes the effective key
// bits (RFC 8018 appendix B.2.3).
func rc2Parameters(parameters []der.Node) (int, decrypter, []byte, bool) {
	if len(parameters) != 2 {
		return 0, decrypter{}, nil, false
	}
	version, _ := parameters[0].Int()
	effective, ok := map[int]int{160: 40, 120: 64, 58: 128}[version]
	d := block(8, rc2Cost, func(key []byte) (cipher.Block, error) { return newRC2(key, effective), nil })
	return effective / 8, d, parameters[1].Body(), ok
}

// deriveKey derives size bytes with the key derivation function of an
// AlgorithmIdentifier, given as its two elements.
func deriveKey(algorithm []der.Node, passphrase Passphrase, size int, budget *Budget) ([]byte, error) {
	if len(algorithm) != 2 {
		return nil, errParameters
	}
	oid, _ := algorithm[0].OID()
	parameters := algorithm[1].Children()
	if len(parameters) < 2 || parameters[0].Tag != asn1.OCTET_STRING {
		return nil, errParameters
	}
	switch oid {
	case oidPBKDF2:
		return derivePBKDF2(parameters, passphrase, size, budget)
	case oidScrypt:
		return deriveScrypt(parameters, passphrase, size, budget)
	}
	return nil, fmt.Errorf("%w: key derivation %s", ErrUnsupported, oid)
}

// derivePBKDF2 reads PBKDF2-params: salt, iterationCount, keyLength OPTIONAL,
// prf DEFAULT HMAC-SHA-1.
func derivePBKDF2(parameters []der.Node, passphrase Passphrase, size int, budget *Budget) ([]byte, error) {
	salt, iterations, err := saltAndCount(parameters[:2])
	if err != nil {
		return nil, err
	}
	prf := sha1Hash
	for _, p := range parameters[2:] {
		if p.Tag != asn1.SEQUENCE {
			continue // keyLength repeats what the cipher says
		}
		kids := p.Children()
		if len(kids) == 0 {
			return nil, errParameters
		}
		oid, _ := kids[0].OID()
		var ok bool
		if prf, ok = pseudoRandomFunctions[oid]; !ok {
			return nil, fmt.Errorf("%w: pseudo-random function %s", ErrUnsupported, oid)
		}
	}
	return pbkdf2(prf, passphrase.bytes(), salt, iterations, size, budget)
}

// pbkdf2 is RFC 8018 section 5.2. The standard library's cannot be stopped.
func pbkdf2(prf digest, secret, salt []byte, iterations, size int, budget *Budget) ([]byte, error) {
	blocks := (size + prf.size - 1) / prf.size
	// An HMAC hashes twice, its key having been hashed before.
	once := 2 * prf.work(prf.size)
	if err := budget.Spend(prf.work(len(secret)) + blocks*(prf.work(len(salt)+4)+iterations*once)); err != nil {
		return nil, err
	}
	mac := hmac.New(prf.new, secret)
	var key, u []byte
	for block := range blocks {
		u = sum(mac, u, salt, binary.BigEndian.AppendUint32(nil, uint32(block+1)))
		t := append([]byte(nil), u...)
		if err := budget.repeat(iterations-1, func() {
			u = sum(mac, u, u)
			subtle.XORBytes(t, t, u)
		}); err != nil {
			return nil, err
		}
		key = append(key, t...)
	}
	return key[:size], nil
}

// deriveScrypt reads scrypt-params (RFC 7914 section 7): salt, N, r, p.
func deriveScrypt(parameters []der.Node, passphrase Passphrase, size int, budget *Budget) ([]byte, error) {
	if len(parameters) < 4 {
		return nil, errParameters
	}
	var v [3]int
	for i := range v {
		n, ok := parameters[i+1].Int()
		if !ok || n < 1 {
			return nil, errParameters
		}
		v[i] = n
	}
	n, r, p := v[0], v[1], v[2]
	const limit = 1 << 20
	if n > limit || r > limit || p > limit || 128*r*(n+p) > maxMemory {
		return nil, ErrCostly
	}
	// One of N*r*p block mixes costs about what four blocks of SHA-256 do, and they are not stopped: no more than
	// half a second.
	if n*r*p > limit {
		return nil, ErrCostly
	}
	if err := budget.Spend(4 * n * r * p); err != nil {
		return nil, err
	}
	key, err := scrypt.Key(passphrase.bytes(), parameters[0].Body(), n, r, p, size)
	if err != nil {
		return nil, errParameters
	}
	return key, nil
}
