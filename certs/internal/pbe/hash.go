package pbe

import (
	"crypto/md5"  //nolint:gosec // old key files derive their keys with it
	"crypto/sha1" //nolint:gosec // as above
	"crypto/sha256"
	"crypto/sha512"
	"hash"
)

var (
	md5Hash    = md5.New
	sha1Hash   = sha1.New
	sha224Hash = sha256.New224
	sha256Hash = sha256.New
	sha384Hash = sha512.New384
	sha512Hash = sha512.New
)

// hashes are the digest algorithms PKCS#12 integrity codes name.
var hashes = map[string]func() hash.Hash{
	"1.2.840.113549.2.5":     md5Hash,
	"1.3.14.3.2.26":          sha1Hash,
	"2.16.840.1.101.3.4.2.4": sha224Hash,
	"2.16.840.1.101.3.4.2.1": sha256Hash,
	"2.16.840.1.101.3.4.2.2": sha384Hash,
	"2.16.840.1.101.3.4.2.3": sha512Hash,
}
