// Package jks reads Java key stores: JKS and its sibling JCEKS.
package jks

import (
	"crypto/sha1" //nolint:gosec // the format is built on it
	"crypto/subtle"
	"encoding/binary"
	"errors"

	"golang.org/x/crypto/cryptobyte"

	"github.com/sealkeeper/sealkeeper/certs/internal/der"
	"github.com/sealkeeper/sealkeeper/certs/internal/pbe"
)

// ErrSyntax means a damaged store.
var ErrSyntax = errors.New("damaged Java key store")

var newSHA1 = sha1.New

const (
	magicJKS   = 0xfeedfeed
	magicJCEKS = 0xcececece

	tagKey         = 1
	tagCertificate = 2

	oidJKSProtection = "1.3.6.1.4.1.42.2.17.1.1"
)

// Store is what a key store holds.
type Store struct {
	Certificates [][]byte // DER, chains leaf first
	Keys         []Key
	digest       []byte
	body         []byte
}

// Key is a private key under a passphrase of its own, often the store's.
type Key struct {
	Alias     string
	protected []byte // EncryptedPrivateKeyInfo
}

// Is reports whether data begins as a key store.
func Is(data []byte) bool {
	if len(data) < 4 {
		return false
	}
	magic := binary.BigEndian.Uint32(data)
	return magic == magicJKS || magic == magicJCEKS
}

// Read reads the store's outline. Certificates in it are not encrypted.
func Read(data []byte) (*Store, error) {
	s, in := &Store{}, cryptobyte.String(data)
	var magic, version, count uint32
	if !in.ReadUint32(&magic) || !in.ReadUint32(&version) || !in.ReadUint32(&count) || version < 1 || version > 2 {
		return nil, ErrSyntax
	}
	for ; count > 0; count-- {
		if err := s.readEntry(&in, version); err != nil {
			return nil, err
		}
	}
	s.body = data[:len(data)-len(in)]
	if !in.ReadBytes(&s.digest, sha1.Size) || !der.Filler(in) {
		return nil, ErrSyntax
	}
	return s, nil
}

func (s *Store) readEntry(in *cryptobyte.String, version uint32) error {
	var tag uint32
	var created uint64
	var alias cryptobyte.String
	if !in.ReadUint32(&tag) || !in.ReadUint16LengthPrefixed(&alias) || !in.ReadUint64(&created) {
		return ErrSyntax
	}
	switch tag {
	case tagKey:
		var key []byte
		var chain uint32
		if !readBlob(in, &key) || !in.ReadUint32(&chain) {
			return ErrSyntax
		}
		s.Keys = append(s.Keys, Key{Alias: string(alias), protected: key})
		for ; chain > 0; chain-- {
			if err := s.readCertificate(in, version); err != nil {
				return err
			}
		}
		return nil
	case tagCertificate:
		return s.readCertificate(in, version)
	}
	return ErrSyntax // a JCEKS secret key: a serialised Java object, which is not read
}

func (s *Store) readCertificate(in *cryptobyte.String, version uint32) error {
	var kind cryptobyte.String
	var certificate []byte
	if version == 2 && !in.ReadUint16LengthPrefixed(&kind) || !readBlob(in, &certificate) {
		return ErrSyntax
	}
	s.Certificates = append(s.Certificates, certificate)
	return nil
}

// readBlob reads bytes after their 32-bit length.
func readBlob(in *cryptobyte.String, out *[]byte) bool {
	var n uint32
	return in.ReadUint32(&n) && uint64(n) <= uint64(len(*in)) && in.ReadBytes(out, int(n))
}

// Verify checks the store's integrity with its passphrase.
func (s *Store) Verify(passphrase pbe.Passphrase, budget *pbe.Budget) error {
	secret := passphrase.UTF16()
	if err := budget.SpendBytes(len(secret) + len(s.body)); err != nil {
		return err
	}
	h := newSHA1()
	h.Write(secret)
	h.Write([]byte("Mighty Aphrodite"))
	h.Write(s.body)
	if subtle.ConstantTimeCompare(h.Sum(nil), s.digest) != 1 {
		return pbe.ErrPassphrase
	}
	return nil
}

// Open decrypts the key to PKCS#8 DER. The caller wipes it.
func (k Key) Open(passphrase pbe.Passphrase, budget *pbe.Budget) ([]byte, error) {
	root, err := der.Read(k.protected)
	if err != nil {
		return nil, ErrSyntax
	}
	kids := root.Children()
	if len(kids) != 2 || len(kids[0].Children()) == 0 {
		return nil, ErrSyntax
	}
	if oid, _ := kids[0].Children()[0].OID(); oid != oidJKSProtection {
		return pbe.Decrypt(kids[0], passphrase, kids[1].Body(), budget)
	}
	return unmask(kids[1].Body(), passphrase.UTF16(), budget)
}

// unmask undoes Sun's key protector: salt, key XOR a chain of SHA-1, and a
// checksum over passphrase and key. The passphrase is hashed with every 20 bytes of the key.
func unmask(data, passphrase []byte, budget *pbe.Budget) ([]byte, error) {
	if len(data) < 2*sha1.Size {
		return nil, ErrSyntax
	}
	last, sum := data[:sha1.Size], data[len(data)-sha1.Size:]
	masked := data[sha1.Size : len(data)-sha1.Size]
	if err := budget.SpendBytes((len(masked)/sha1.Size + 2) * (len(passphrase) + sha1.BlockSize)); err != nil {
		return nil, err
	}
	key := make([]byte, 0, len(masked))
	h := newSHA1()
	for chain := []byte(nil); len(masked) > 0; last = chain {
		h.Reset()
		h.Write(passphrase)
		h.Write(last)
		chain = h.Sum(chain[:0])
		n := min(len(masked), len(chain))
		for i := range n {
			key = append(key, masked[i]^chain[i])
		}
		masked = masked[n:]
	}
	h.Reset()
	h.Write(passphrase)
	h.Write(key)
	if subtle.ConstantTimeCompare(h.Sum(nil), sum) != 1 {
		return nil, pbe.ErrPassphrase
	}
	return key, nil
}
