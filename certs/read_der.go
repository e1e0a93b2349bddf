package certs

import (
	"errors"
	"fmt"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"

	"github.com/sealkeeper/sealkeeper/certs/internal/der"
	"github.com/sealkeeper/sealkeeper/certs/internal/pbe"
	"github.com/sealkeeper/sealkeeper/certs/internal/pkcs12"
)

// readDER reads one binary object by what it is; the label of a PEM block
// decides nothing, because issuers mislabel.
func (r *reader) readDER(data []byte, label string) error {
	if label == "TRUSTED CERTIFICATE" { // OpenSSL's own: trust settings follow the certificate
		rest := cryptobyte.String(data)
		var first cryptobyte.String
		if rest.ReadASN1Element(&first, asn1.SEQUENCE) {
			data = first
		}
	}
	if c, err := ParseCertificate(data); err == nil {
		return r.addCertificate(c)
	}
	plain, err := der.FromBER(data)
	if err != nil {
		return newError(CodeMalformed, err, "it is damaged, cut off, or has something after its end; export it again.")
	}
	root, err := der.Read(plain)
	if err != nil {
		return newError(CodeMalformed, err, "it is damaged; export it again.")
	}
	return r.readObject(root)
}

func (r *reader) readObject(root der.Node) error {
	kids := root.Children()
	switch {
	case pkcs12.Is(root):
		return r.readPKCS12(root)
	case shaped(kids, asn1.OBJECT_IDENTIFIER, der.Constructed(0)):
		return r.readPKCS7(root)
	case shaped(kids, asn1.INTEGER, asn1.SEQUENCE, asn1.OCTET_STRING), shaped(kids, asn1.INTEGER, asn1.INTEGER,
		asn1.INTEGER),
		shaped(kids, asn1.INTEGER, asn1.OCTET_STRING):
		return r.addKey(root)
	case shaped(kids, asn1.SEQUENCE, asn1.OCTET_STRING) && len(kids) == 2:
		return r.unlock("this private key", func(passphrase string) error {
			plain, err := pbe.Decrypt(kids[0], passphrase, kids[1].Body(), &r.budget)
			if err != nil {
				return err
			}
			return r.readDecryptedKey(plain)
		})
	case shaped(kids, asn1.SEQUENCE, asn1.BIT_STRING):
		return newError(CodePublicKey, nil, "this is a public key alone, not a certificate.")
	case shaped(kids, asn1.SEQUENCE, asn1.SEQUENCE, asn1.BIT_STRING) && len(root.Full) > maxCertificate:
		_, err := ParseCertificate(root.Full)
		return err
	case shaped(kids, asn1.SEQUENCE, asn1.SEQUENCE, asn1.BIT_STRING):
		return refuseSigned(kids[0].Children())
	}
	return newError(CodeNotACertificate, nil, "this is not a certificate or key in any known format.")
}

// shaped reports whether the elements begin with these tags.
func shaped(kids []der.Node, tags ...asn1.Tag) bool {
	if len(kids) < len(tags) {
		return false
	}
	for i, tag := range tags {
		if kids[i].Tag != tag {
			return false
		}
	}
	return true
}

// refuseSigned names the signed structures that are no certificates.
func refuseSigned(fields []der.Node) error {
	switch {
	case shaped(fields, asn1.INTEGER, asn1.SEQUENCE, asn1.SEQUENCE, der.Constructed(0)), len(fields) == 3 &&
		shaped(fields, asn1.INTEGER, asn1.SEQUENCE, asn1.SEQUENCE):
		return newError(CodeRequest, nil,
			"this is a certificate request, not a certificate; give what the issuer made of it.")
	case shaped(fields, asn1.INTEGER, asn1.SEQUENCE, asn1.SEQUENCE, asn1.UTCTime), shaped(fields, asn1.SEQUENCE,
		asn1.SEQUENCE, asn1.UTCTime):
		return newError(CodeUnsupportedFormat, nil, "this is a revocation list, not a certificate.")
	}
	return newError(CodeNotACertificate, nil, "this is signed like a certificate but has not the fields of one.")
}

// readDecryptedKey reads what decryption gave, and wipes it. Padding comes out
// right by chance once in 256 wrong passphrases, so garbage means a wrong one.
func (r *reader) readDecryptedKey(plain []byte) error {
	defer clear(plain)
	root, err := der.Read(plain)
	if err != nil {
		return fmt.Errorf("%w: %w", pbe.ErrPassphrase, err)
	}
	return r.addKey(root)
}

func (r *reader) readPKCS12(root der.Node) error {
	var opened *pkcs12.Contents
	err := r.unlock("this PKCS#12", func(passphrase string) error {
		var err error
		opened, err = pkcs12.Read(root, passphrase, &r.budget)
		return err
	})
	if errors.Is(err, pkcs12.ErrPublicKeyMode) {
		return newError(CodeUnsupportedFormat, err,
			"this PKCS#12 is protected by a certificate; export it with a passphrase.")
	}
	if err != nil {
		return err
	}
	if err := r.addRaw(opened.Certificates); err != nil {
		return err
	}
	return r.addKeys(opened.Keys)
}

// addKeys reads decrypted PKCS#8 keys and wipes them.
func (r *reader) addKeys(ders [][]byte) error {
	for _, raw := range ders {
		defer clear(raw)
		root, err := der.Read(raw)
		if err != nil {
			return err
		}
		if err := r.addKey(root); err != nil {
			return err
		}
	}
	return nil
}
