package pbe

import (
	"bytes"
	"crypto/hmac"
	"fmt"

	"github.com/sealkeeper/sealkeeper/certs/internal/der"
)

// What RFC 7292 appendix B derives: a key, an IV or the key of a MAC.
const (
	purposeKey = 1
	purposeIV  = 2
	purposeMAC = 3
)

// pkcs12PBE is the encryption of RFC 7292 appendix C, always with SHA-1.
func pkcs12PBE(keySize int, c decrypter) scheme {
	return func(parameters []der.Node, passphrase Passphrase, data []byte, budget *Budget) ([]byte, error) {
		salt, iterations, err := saltAndCount(parameters)
		if err != nil {
			return nil, err
		}
		secret := passphrase.bmp()
		key, err := pkcs12KDF(sha1Hash, secret, salt, iterations, purposeKey, keySize, budget)
		if err != nil {
			return nil, err
		}
		iv, err := pkcs12KDF(sha1Hash, secret, salt, iterations, purposeIV, c.ivSize, budget)
		if err != nil {
			return nil, err
		}
		return c.open(key, iv, data, budget)
	}
}

// pkcs12KDF is RFC 7292 appendix B.2. Its variables are named as there.
func pkcs12KDF(hash digest, p, salt []byte, r int, id byte, n int, budget *Budget) ([]byte, error) {
	u, v := hash.size, hash.block
	c := (n + u - 1) / u
	d := bytes.Repeat([]byte{id}, v)
	i := append(fill(salt, v), fill(p, v)...)
	if err := budget.Spend(c * (hash.work(v+len(i)) + (r-1)*hash.work(u))); err != nil {
		return nil, err
	}
	h := hash.new()
	var a, digest []byte
	for range c {
		digest = sum(h, digest, d, i)
		if err := budget.repeat(r-1, func() { digest = sum(h, digest, digest) }); err != nil {
			return nil, err
		}
		a = append(a, digest...)
		addEach(i, fill(digest, v)[:v])
	}
	return a[:n], nil
}

// fill repeats b up to a multiple of v bytes; nothing stays nothing.
func fill(b []byte, v int) []byte {
	if len(b) == 0 {
		return nil
	}
	size := v * ((len(b) + v - 1) / v)
	return bytes.Repeat(b, size/len(b)+1)[:size]
}

// addEach sets every v-byte block of i to (block + b + 1) mod 2^(8v).
func addEach(i, b []byte) {
	for ; len(i) > 0; i = i[len(b):] {
		carry := 1
		for j := len(b) - 1; j >= 0; j-- {
			sum := int(i[j]) + int(b[j]) + carry
			i[j], carry = byte(sum), sum>>8
		}
	}
}

// VerifyMAC checks the MacData of a PKCS#12 file over its content: the MAC of
// RFC 7292 or, since RFC 9579, PBMAC1. A mismatch is [ErrPassphrase].
func VerifyMAC(macData der.Node, passphrase Passphrase, content []byte, budget *Budget) error {
	kids := macData.Children()
	if len(kids) < 2 {
		return errParameters
	}
	info := kids[0].Children()
	if len(info) != 2 {
		return errParameters
	}
	algorithm := info[0].Children()
	if len(algorithm) == 0 {
		return errParameters
	}
	oid, _ := algorithm[0].OID()
	hash, key, err := macKey(oid, algorithm[1:], kids, passphrase, budget)
	if err != nil {
		return err
	}
	if err := budget.SpendBytes(hash.cost * len(content)); err != nil {
		return err
	}
	mac := hmac.New(hash.new, key)
	mac.Write(content)
	if !hmac.Equal(mac.Sum(nil), info[1].Body()) {
		return ErrPassphrase
	}
	return nil
}

func macKey(
	oid string, parameters, kids []der.Node, passphrase Passphrase, budget *Budget,
) (digest, []byte, error) {
	if oid == "1.2.840.113549.1.5.14" {
		return pbmac1Key(parameters, passphrase, budget)
	}
	hash, ok := hashes[oid]
	if !ok {
		return digest{}, nil, fmt.Errorf("%w: MAC %s", ErrUnsupported, oid)
	}
	iterations := 1
	if len(kids) > 2 {
		if iterations, ok = kids[2].Int(); !ok || iterations < 1 {
			return digest{}, nil, errParameters
		}
	}
	key, err := pkcs12KDF(hash, passphrase.bmp(), kids[1].Body(), iterations, purposeMAC, hash.size, budget)
	return hash, key, err
}

// pbmac1Key reads PBMAC1-params: a key derivation function and an HMAC.
func pbmac1Key(parameters []der.Node, passphrase Passphrase, budget *Budget) (digest, []byte, error) {
	if len(parameters) != 1 {
		return digest{}, nil, errParameters
	}
	kids := parameters[0].Children()
	if len(kids) != 2 || len(kids[1].Children()) == 0 {
		return digest{}, nil, errParameters
	}
	oid, _ := kids[1].Children()[0].OID()
	hash, ok := pseudoRandomFunctions[oid]
	if !ok {
		return digest{}, nil, fmt.Errorf("%w: MAC %s", ErrUnsupported, oid)
	}
	key, err := deriveKey(kids[0].Children(), passphrase, hash.size, budget)
	return hash, key, err
}
