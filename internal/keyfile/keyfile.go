// Package keyfile answers one question: how is a private key with its certificates written for a program that reads
// files? As PEM, as PKCS#12 (RFC 7292) or as a Java key store.
package keyfile

import (
	"bytes"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"time"

	keystore "github.com/pavlo-v-chernykh/keystore-go/v4"
	"software.sslmate.com/src/go-pkcs12"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/secret"
)

// Format is how the file is written.
type Format string

// The formats.
const (
	PEM    Format = "pem"    // key, then certificates; not encrypted
	PKCS12 Format = "pkcs12" // PBES2 with AES-256, PBKDF2 and HMAC with SHA-256
	JKS    Format = "jks"    // Java's own; its protection is as strong as the passphrase, and no more
)

// Formats are all of them.
var Formats = []Format{PEM, PKCS12, JKS}

// Alias is the name of the key in a Java key store.
const Alias = "sealkeeper"

// Extension is the end of the name of such a file.
func (f Format) Extension() string {
	return map[Format]string{PEM: ".pem", PKCS12: ".p12", JKS: ".jks"}[f]
}

// Encrypted reports whether such a file has a passphrase.
func (f Format) Encrypted() bool { return f != PEM }

// Passphrase makes a passphrase of 130 random bits, in letters and digits.
func Passphrase() secret.Text { return secret.NewTextString(rand.Text()) }

// Bundle is a private key with its certificates, as custody hands it out.
type Bundle struct {
	KeyPEM   secret.Text // PKCS#8
	ChainPEM string      // the certificate first, then its issuers
}

// Write writes the bundle; at is when, which a Java key store says of its entries. PEM needs no passphrase. Whoever
// has the result wipes it.
func Write(f Format, b Bundle, passphrase secret.Text, at time.Time) ([]byte, error) {
	key, chain, err := b.parse()
	if err != nil {
		return nil, err
	}
	defer clear(key)
	switch f {
	case PEM:
		return append(append([]byte{}, b.KeyPEM.Bytes()...), b.ChainPEM...), nil
	case PKCS12:
		return writePKCS12(key, chain, passphrase)
	case JKS:
		return writeJKS(key, chain, passphrase, at)
	}
	return nil, FormatUnknown()
}

// Known refuses a format that there is not.
func (f Format) Known() error {
	for _, known := range Formats {
		if f == known {
			return nil
		}
	}
	return FormatUnknown()
}

// FormatUnknown is the refusal of any other format.
func FormatUnknown() error {
	return fault.New(fault.Invalid, "key_format_unknown", "The format is pem, pkcs12 or jks.")
}

func unwritable(err error) error {
	return fault.Wrap(err, fault.Internal, "key_not_encodable",
		"The private key cannot be written; the log has the reason.")
}

func (b Bundle) parse() (key []byte, chain []*x509.Certificate, err error) {
	block, _ := pem.Decode(b.KeyPEM.Bytes())
	if block == nil {
		return nil, nil, unwritable(nil)
	}
	for rest := []byte(b.ChainPEM); ; {
		var one *pem.Block
		if one, rest = pem.Decode(rest); one == nil {
			break
		}
		certificate, err := x509.ParseCertificate(one.Bytes)
		if err != nil {
			return nil, nil, unwritable(err)
		}
		chain = append(chain, certificate)
	}
	if len(chain) == 0 {
		return nil, nil, unwritable(nil)
	}
	return block.Bytes, chain, nil
}

func writePKCS12(key []byte, chain []*x509.Certificate, passphrase secret.Text) ([]byte, error) {
	parsed, err := x509.ParsePKCS8PrivateKey(key)
	if err != nil {
		return nil, unwritable(err)
	}
	file, err := pkcs12.Modern2023.Encode(parsed, chain[0], chain[1:], passphrase.Reveal())
	if err != nil {
		return nil, unwritable(err)
	}
	return file, nil
}

func writeJKS(key []byte, chain []*x509.Certificate, passphrase secret.Text, at time.Time) ([]byte, error) {
	store := keystore.New()
	entry := keystore.PrivateKeyEntry{CreationTime: at, PrivateKey: key}
	for _, c := range chain {
		entry.CertificateChain = append(entry.CertificateChain, keystore.Certificate{Type: "X.509", Content: c.Raw})
	}
	if err := store.SetPrivateKeyEntry(Alias, entry, passphrase.Bytes()); err != nil {
		return nil, unwritable(err)
	}
	var file bytes.Buffer
	if err := store.Store(&file, passphrase.Bytes()); err != nil {
		return nil, unwritable(err)
	}
	return file.Bytes(), nil
}
