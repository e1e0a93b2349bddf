package qtsp

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"testing"
)

// generate makes a key that nobody in this process has. RSA keys take so long, under the race detector above all, that
// tests keep them: the n-th that a test binary asks for is the n-th that another one asked for before.
func generate(t KeyType) (crypto.Signer, error) {
	var key crypto.Signer
	var err error
	switch t {
	case RSA2048:
		key, err = keptRSA(2048, &given2048)
	case "", RSA3072:
		key, err = keptRSA(3072, &given3072)
	case P256:
		key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	default:
		err = fmt.Errorf("unknown key type %q", t)
	}
	if err != nil {
		return nil, fmt.Errorf("certstest: generate key: %w", err)
	}
	return key, nil
}

// how many keys of each length this process was given
var given2048, given3072 atomic.Int64

// keptRSA is the next key that tests keep. Outside tests every key is new.
func keptRSA(bits int, given *atomic.Int64) (crypto.Signer, error) {
	cache, err := os.UserCacheDir()
	if err != nil || !testing.Testing() {
		return rsa.GenerateKey(rand.Reader, bits)
	}
	folder := filepath.Join(cache, "sealkeeper-test-keys")
	path := filepath.Join(folder, strconv.Itoa(bits)+"-"+strconv.FormatInt(given.Add(1), 10))
	if der, err := os.ReadFile(path); err == nil {
		if key, err := x509.ParsePKCS8PrivateKey(der); err == nil {
			if key, ok := key.(*rsa.PrivateKey); ok {
				return key, nil
			}
		}
	}
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		return nil, err
	}
	keep(folder, path, key)
	return key, nil
}

// keep writes a key for the tests that come after. One that cannot be written is generated again by each.
func keep(folder, path string, key *rsa.PrivateKey) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil || os.MkdirAll(folder, 0o700) != nil {
		return
	}
	file, err := os.CreateTemp(folder, "new-") // mode 0600
	if err != nil {
		return
	}
	_, err = file.Write(der)
	if closed := file.Close(); err != nil || closed != nil || os.Rename(file.Name(), path) != nil {
		_ = os.Remove(file.Name())
	}
}
