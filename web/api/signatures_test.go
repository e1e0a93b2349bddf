package api_test

import (
	"crypto/sha256"
)

var digest = func() []byte {
	sum := sha256.Sum256([]byte("what is signed"))
	return sum[:]
}()
