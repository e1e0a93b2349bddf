package pbe

import (
	"encoding/hex"
	"strings"

	"github.com/sealkeeper/sealkeeper/certs/internal/der"
)

// pbes1 is RFC 8018 section 6.1: PBKDF1 gives eight bytes of key and eight of IV.
func pbes1(d digest, c decrypter) scheme {
	return func(parameters []der.Node, passphrase Passphrase, data []byte, budget *Budget) ([]byte, error) {
		salt, iterations, err := saltAndCount(parameters)
		if err != nil {
			return nil, err
		}
		secret := passphrase.bytes()
		if err := budget.Spend(d.work(len(secret)+len(salt)) + (iterations-1)*d.work(d.size)); err != nil {
			return nil, err
		}
		h := d.new()
		t := sum(h, nil, secret, salt)
		if err := budget.repeat(iterations-1, func() { t = sum(h, t, t) }); err != nil {
			return nil, err
		}
		return c.open(t[:8], t[8:16], data, budget)
	}
}

// jceks is the key protection of Java's JCEKS stores: PBKDF1 with MD5 run over
// each half of the salt, giving a triple DES key and an IV. Unlike PBKDF1 it
// hashes the passphrase in every iteration.
func jceks(parameters []der.Node, passphrase Passphrase, data []byte, budget *Budget) ([]byte, error) {
	salt, iterations, err := saltAndCount(parameters)
	if err != nil || len(salt) != 8 {
		return nil, errParameters
	}
	secret := passphrase.bytes()
	if err := budget.Spend(2 * iterations * md5Hash.work(md5Hash.size+len(secret))); err != nil {
		return nil, err
	}
	halves := [2][]byte{append([]byte(nil), salt[:4]...), append([]byte(nil), salt[4:]...)}
	if string(halves[0]) == string(halves[1]) {
		// The provider means to reverse the first half when both are the same, with
		// the slip of its first release, which files now depend on.
		h := halves[0]
		h[0], h[1], h[2] = h[3], h[0], h[1]
	}
	var out []byte
	h := md5Hash.new()
	for _, t := range halves {
		if err := budget.repeat(iterations, func() { t = sum(h, t, t, secret) }); err != nil {
			return nil, err
		}
		out = append(out, t...)
	}
	return tripleDESCBC.open(out[:24], out[24:32], data, budget)
}

// pemCiphers are the DEK-Info names of traditional OpenSSL PEM.
var pemCiphers = map[string]struct {
	keySize int
	decrypter
}{
	"DES-CBC":      {8, desCBC},
	"DES-EDE3-CBC": {24, tripleDESCBC},
	"AES-128-CBC":  {16, aesCBC},
	"AES-192-CBC":  {24, aesCBC},
	"AES-256-CBC":  {32, aesCBC},
}

// DecryptPEM opens the body of a PEM block by its DEK-Info header, "AES-256-CBC,IV".
// The key is one round of MD5 over passphrase and IV, so that the passphrase is
// all the protection such a file has.
func DecryptPEM(dekInfo string, passphrase Passphrase, data []byte, budget *Budget) ([]byte, error) {
	name, ivHex, _ := strings.Cut(dekInfo, ",")
	c, ok := pemCiphers[strings.ToUpper(strings.TrimSpace(name))]
	if !ok {
		return nil, ErrUnsupported
	}
	iv, err := hex.DecodeString(strings.TrimSpace(ivHex))
	if err != nil || len(iv) != c.ivSize {
		return nil, errParameters
	}
	secret := passphrase.bytes()
	if err := budget.Spend(2 * md5Hash.work(md5Hash.size+len(secret)+8)); err != nil {
		return nil, err
	}
	h := md5Hash.new()
	var key, last []byte
	for len(key) < c.keySize {
		last = sum(h, last, last, secret, iv[:8])
		key = append(key, last...)
	}
	return c.open(key[:c.keySize], iv, data, budget)
}
