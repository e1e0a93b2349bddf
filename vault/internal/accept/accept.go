// Package accept says what every custody takes. It is one rule for all of
// them, so that whatever one custody holds can be moved to another.
package accept

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"regexp"
	"slices"
	"strings"

	"github.com/sealkeeper/sealkeeper/fault"
)

// Vault wants a letter or digit at both ends of a Transit key's name.
var idForm = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$`)

// ID returns an Invalid error when id cannot name a key or a document.
func ID(id string) error {
	if !idForm.MatchString(id) {
		return fault.New(fault.Invalid, "custody_id",
			"%.80q cannot be a custody id; use 1 to 64 characters of a-z, 0-9 and '-', with a letter or digit "+
				"at both ends.", id)
	}
	return nil
}

// Algorithms are the kinds of keys every custody takes, by the names Vault's
// Transit engine has for them.
var Algorithms = []string{"rsa-2048", "rsa-3072", "rsa-4096", "ecdsa-p256", "ecdsa-p384", "ecdsa-p521", "ed25519"}

// Algorithm returns an Invalid error when no custody can make such keys.
func Algorithm(name string) error {
	if !slices.Contains(Algorithms, name) {
		return unsupported("Keys of the kind %.40q cannot be made; ask for one of %s.", name,
			strings.Join(Algorithms, ", "))
	}
	return nil
}

// KeyType returns the kind of key public belongs to, by the name Vault's
// Transit engine has for it, or an Invalid error that says why no custody can
// hold such a key. The sizes are those Transit imports.
func KeyType(public crypto.PublicKey) (string, error) {
	switch key := public.(type) {
	case *rsa.PublicKey:
		switch key.N.BitLen() {
		case 2048:
			return "rsa-2048", nil
		case 3072:
			return "rsa-3072", nil
		case 4096:
			return "rsa-4096", nil
		}
		return "", unsupported("RSA keys of %d bits cannot be kept; ask for a certificate with an RSA key of 2048, "+
			"3072 or 4096 bits.", key.N.BitLen())
	case *ecdsa.PublicKey:
		switch name := key.Curve.Params().Name; name {
		case "P-256":
			return "ecdsa-p256", nil
		case "P-384":
			return "ecdsa-p384", nil
		case "P-521":
			return "ecdsa-p521", nil
		default:
			return "", unsupported("ECDSA keys on curve %s cannot be kept; ask for a certificate with a key on "+
				"P-256, P-384 or P-521.", name)
		}
	case ed25519.PublicKey:
		return "ed25519", nil
	}
	return "", unsupported(
		"Keys of type %T are not supported; ask for a certificate with an RSA, ECDSA or Ed25519 key.",
		public)
}

func unsupported(format string, args ...any) error {
	return fault.New(fault.Invalid, "key_unsupported", format, args...)
}
