package pbe

import (
	"crypto/md5"  //nolint:gosec // old key files derive their keys with it
	"crypto/sha1" //nolint:gosec // as above
	"crypto/sha256"
	"crypto/sha512"
	"hash"
)

// digest is a hash function and what it costs.
type digest struct {
	new         func() hash.Hash
	size, block int // bytes of its result, and of what it takes at a time
	cost        int // of a block, in units of a Budget
}

var (
	md5Hash    = digest{md5.New, md5.Size, md5.BlockSize, 1}
	sha1Hash   = digest{sha1.New, sha1.Size, sha1.BlockSize, 1}
	sha224Hash = digest{sha256.New224, sha256.Size224, sha256.BlockSize, 1}
	sha256Hash = digest{sha256.New, sha256.Size, sha256.BlockSize, 1}
	sha384Hash = digest{sha512.New384, sha512.Size384, sha512.BlockSize, 3}
	sha512Hash = digest{sha512.New, sha512.Size, sha512.BlockSize, 3}
)

// hashes are the digest algorithms PKCS#12 integrity codes name.
var hashes = map[string]digest{
	"1.2.840.113549.2.5":     md5Hash,
	"1.3.14.3.2.26":          sha1Hash,
	"2.16.840.1.101.3.4.2.4": sha224Hash,
	"2.16.840.1.101.3.4.2.1": sha256Hash,
	"2.16.840.1.101.3.4.2.2": sha384Hash,
	"2.16.840.1.101.3.4.2.3": sha512Hash,
}

// work is what hashing n bytes costs: the padding of FIPS 180-4 section 5.1 takes at least nine more, or 17.
func (d digest) work(n int) int {
	return d.cost * ((n + 1 + d.block/8 + d.block - 1) / d.block)
}

// sum hashes the parts one after the other, into the memory of out.
func sum(h hash.Hash, out []byte, parts ...[]byte) []byte {
	h.Reset()
	for _, p := range parts {
		h.Write(p)
	}
	return h.Sum(out[:0])
}
