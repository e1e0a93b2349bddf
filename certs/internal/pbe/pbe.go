// Package pbe decrypts what was encrypted under a passphrase: PKCS#5 (RFC 8018),
// PKCS#12 (RFC 7292), traditional OpenSSL PEM and Java's JCEKS. Everything it
// opens exists in files that qualified issuers and people send; it encrypts
// nothing.
package pbe

import (
	"errors"

	"golang.org/x/crypto/cryptobyte/asn1"

	"github.com/sealkeeper/sealkeeper/certs/internal/der"
)

var (
	// ErrPassphrase means that the passphrase does not open the data.
	ErrPassphrase = errors.New("wrong passphrase")
	// ErrUnsupported means an algorithm this package does not know.
	ErrUnsupported = errors.New("unsupported encryption")
	errParameters  = errors.New("damaged encryption parameters")
)

// scheme decrypts data with the parameters of one AlgorithmIdentifier.
type scheme func(parameters []der.Node, passphrase Passphrase, data []byte, budget *Budget) ([]byte, error)

var schemes = map[string]scheme{
	"1.2.840.113549.1.5.13": pbes2,

	"1.2.840.113549.1.5.3":  pbes1(md5Hash, desCBC),
	"1.2.840.113549.1.5.6":  pbes1(md5Hash, rc2CBC),
	"1.2.840.113549.1.5.10": pbes1(sha1Hash, desCBC),
	"1.2.840.113549.1.5.11": pbes1(sha1Hash, rc2CBC),

	"1.2.840.113549.1.12.1.1": pkcs12PBE(16, rc4Stream),
	"1.2.840.113549.1.12.1.2": pkcs12PBE(5, rc4Stream),
	"1.2.840.113549.1.12.1.3": pkcs12PBE(24, tripleDESCBC),
	"1.2.840.113549.1.12.1.4": pkcs12PBE(16, tripleDESCBC),
	"1.2.840.113549.1.12.1.5": pkcs12PBE(16, rc2CBC),
	"1.2.840.113549.1.12.1.6": pkcs12PBE(5, rc2CBC),

	"1.3.6.1.4.1.42.2.19.1": jceks,
}

// Decrypt opens data with the algorithm that an AlgorithmIdentifier names. A
// result that was decrypted with the wrong passphrase is nearly always noticed,
// with [ErrPassphrase]; the caller notices the rest by what it finds inside.
func Decrypt(algorithm der.Node, passphrase Passphrase, data []byte, budget *Budget) ([]byte, error) {
	kids := algorithm.Children()
	if len(kids) != 2 {
		return nil, errParameters
	}
	oid, _ := kids[0].OID()
	open, ok := schemes[oid]
	if !ok {
		return nil, ErrUnsupported
	}
	return open(kids[1].Children(), passphrase, data, budget)
}

// saltAndCount reads PBEParameter: SEQUENCE { salt, iterations }.
func saltAndCount(parameters []der.Node) (salt []byte, iterations int, err error) {
	if len(parameters) != 2 || parameters[0].Tag != asn1.OCTET_STRING {
		return nil, 0, errParameters
	}
	iterations, ok := parameters[1].Int()
	if !ok || iterations < 1 {
		return nil, 0, errParameters
	}
	return parameters[0].Body(), iterations, nil
}
