package pbe

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/des" //nolint:gosec // old key files are encrypted with it; nothing here encrypts
	"crypto/rc4" //nolint:gosec // as above
	"crypto/subtle"
)

// decrypter opens data with a derived key and, for block ciphers, an IV.
type decrypter struct {
	ivSize int
	open   func(key, iv, data []byte, budget *Budget) ([]byte, error)
}

// What decrypting 64 bytes costs, in units of a Budget.
const (
	aesCost       = 1
	desCost       = 10
	tripleDESCost = 30
	rc2Cost       = 20
)

var (
	aesCBC       = block(16, aesCost, aes.NewCipher)
	desCBC       = block(8, desCost, des.NewCipher)
	tripleDESCBC = block(8, tripleDESCost, newTripleDES)
	rc2CBC       = block(8, rc2Cost, func(key []byte) (cipher.Block, error) { return newRC2(key, 8*len(key)), nil })
	rc4Stream    = decrypter{open: func(key, _, data []byte, budget *Budget) ([]byte, error) {
		if err := budget.SpendBytes(len(data)); err != nil {
			return nil, err
		}
		stream, err := rc4.NewCipher(key) //nolint:gosec // as above
		if err != nil {
			return nil, errParameters
		}
		plain := make([]byte, len(data))
		stream.XORKeyStream(plain, data)
		return plain, nil
	}}
)

// newTripleDES takes two-key and three-key material.
func newTripleDES(key []byte) (cipher.Block, error) {
	if len(key) == 16 {
		key = append(append([]byte(nil), key...), key[:8]...)
	}
	return des.NewTripleDESCipher(key) //nolint:gosec // as above
}

func block(size, cost int, newCipher func(key []byte) (cipher.Block, error)) decrypter {
	return decrypter{ivSize: size, open: func(key, iv, data []byte, budget *Budget) ([]byte, error) {
		if err := budget.SpendBytes(cost * len(data)); err != nil {
			return nil, err
		}
		c, err := newCipher(key)
		if err != nil || len(iv) != size {
			return nil, errParameters
		}
		if len(data) == 0 || len(data)%size != 0 {
			return nil, errParameters
		}
		plain := make([]byte, len(data))
		cipher.NewCBCDecrypter(c, iv).CryptBlocks(plain, data)
		return unpad(plain, size)
	}}
}

// unpad removes PKCS#7 padding (RFC 5652 section 6.3).
func unpad(plain []byte, size int) ([]byte, error) {
	n := int(plain[len(plain)-1])
	if n < 1 || n > size {
		return nil, ErrPassphrase
	}
	good := 1
	for _, b := range plain[len(plain)-n:] {
		good &= subtle.ConstantTimeByteEq(b, byte(n))
	}
	if good != 1 {
		return nil, ErrPassphrase
	}
	return plain[:len(plain)-n], nil
}
