package certs

import (
	"errors"
	"fmt"

	"golang.org/x/crypto/cryptobyte/asn1"

	"github.com/sealkeeper/sealkeeper/certs/internal/der"
	"github.com/sealkeeper/sealkeeper/certs/internal/pbe"
	"github.com/sealkeeper/sealkeeper/certs/internal/pkcs12"
)

// readDER reads binary objects by what they are; the label of a PEM block
// decides nothing, because issuers mislabel. Two certificates one after the other
// are a chain.
func (r *reader) readDER(data []byte, label string) error {
	for first := true; ; first = false {
		object, rest, err := der.Split(data)
		switch {
		case err != nil && first:
			return newError(CodeMalformed, err, "it is damaged or cut off; export it again.")
		case err != nil, !first && object[0] != 0x30:
			return newError(CodeMalformed, err, "there is something after its end; export it again.")
		}
		if err := r.readOne(object); err != nil {
			return err
		}
		if der.Filler(rest) || label == "TRUSTED CERTIFICATE" { // OpenSSL's own: trust settings follow
			return nil
		}
		data = rest
	}
}

func (r *reader) readOne(object []byte) error {
	if c, err := ParseCertificate(object); err == nil {
		return r.addCertificate(c)
	}
	plain, err := der.FromBER(object)
	if err != nil {
		return newError(CodeMalformed, err, "it is damaged or cut off; export it again.")
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
	case shaped(kids, asn1.INTEGER, asn1.SEQUENCE, asn1.OCTET_STRING),
		shaped(kids, asn1.INTEGER, asn1.INTEGER, asn1.INTEGER),
		shaped(kids, asn1.INTEGER, asn1.OCTET_STRING):
		return r.addKey(root)
	case shaped(kids, asn1.SEQUENCE, asn1.OCTET_STRING) && len(kids) == 2:
		return r.unlock("this private key", func(p pbe.Passphrase) error {
			plain, err := pbe.Decrypt(kids[0], p, kids[1].Body(), r.budget)
			if err != nil {
				return err
			}
			return r.readDecryptedKey(plain)
		})
	case shaped(kids, asn1.SEQUENCE, asn1.BIT_STRING), shaped(kids, asn1.INTEGER, asn1.INTEGER) && len(kids) == 2:
		return aside(newError(CodePublicKey, nil, isPublicKey)) // SubjectPublicKeyInfo, or RSAPublicKey of PKCS#1
	case shaped(kids, asn1.SEQUENCE, asn1.SEQUENCE, asn1.BIT_STRING):
		return refuseSigned(root, kids[0].Children())
	case isBCFKS(kids):
		return stranger{name: "bouncy_castle", code: CodeUnsupportedFormat, message: isBouncy}.err()
	case isPkiPath(kids):
		return r.addRaw(fulls(kids))
	}
	return newError(CodeNotACertificate, nil, "this is not a certificate or key in any known format.")
}

// isPkiPath knows a PkiPath (RFC 6066 section 10.1): a SEQUENCE OF Certificate.
func isPkiPath(kids []der.Node) bool {
	for _, k := range kids {
		if _, _, ok := outline(k); !ok {
			return false
		}
	}
	return len(kids) > 0
}

func fulls(nodes []der.Node) [][]byte {
	all := make([][]byte, len(nodes))
	for i, n := range nodes {
		all[i] = n.Full
	}
	return all
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
func refuseSigned(root der.Node, fields []der.Node) error {
	switch {
	case shaped(fields, asn1.INTEGER, asn1.SEQUENCE, asn1.SEQUENCE, der.Constructed(0)), len(fields) == 3 &&
		shaped(fields, asn1.INTEGER, asn1.SEQUENCE, asn1.SEQUENCE):
		return aside(newError(CodeRequest, nil, isRequest))
	case shaped(fields, asn1.INTEGER, asn1.SEQUENCE, asn1.SEQUENCE, asn1.UTCTime), shaped(fields, asn1.SEQUENCE,
		asn1.SEQUENCE, asn1.UTCTime):
		e := newError(CodeUnsupportedFormat, nil, "this is a revocation list, not a certificate.")
		return aside(inCase(e, "crl"))
	case len(root.Full) > maxCertificate:
		_, err := ParseCertificate(root.Full)
		return err
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
	err := r.unlock("this PKCS#12", func(p pbe.Passphrase) error {
		var err error
		opened, err = pkcs12.Read(root, p, r.budget)
		if p.Empty() && errors.Is(err, pbe.ErrPassphrase) {
			opened, err = pkcs12.Read(root, pbe.None, r.budget)
		}
		return err
	})
	switch {
	case errors.Is(err, pkcs12.ErrPublicKeyMode):
		return newError(CodeUnsupportedFormat, err,
			"this PKCS#12 is protected by a certificate; export it with a passphrase.")
	case errors.Is(err, pkcs12.ErrInside):
		return inCase(newError(CodeMalformed, err,
			"the passphrase is that of this PKCS#12, but what is inside does not open with it: it is damaged, or "+
				"under another passphrase; export it again."), "inside")
	case err != nil:
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
