// Package pkcs12 reads PKCS#12 files (RFC 7292) as people have them: several
// safes, several keys, none at all, streamed encoding, no integrity code, and
// every encryption from RC2 to AES. It hands out what is inside and leaves it to
// the caller to say what belongs together.
package pkcs12

import (
	"errors"
	"fmt"

	"golang.org/x/crypto/cryptobyte/asn1"

	"github.com/sealkeeper/sealkeeper/certs/internal/der"
	"github.com/sealkeeper/sealkeeper/certs/internal/pbe"
)

var (
	// ErrPublicKeyMode means that the file is protected by certificates and not by a
	// passphrase.
	ErrPublicKeyMode = errors.New("PKCS#12 in public-key mode")
	// ErrInside means that the integrity code confirms the passphrase, and that what is inside does not open with it.
	// Another form of the same passphrase may do both.
	ErrInside = fmt.Errorf("PKCS#12 does not open although its integrity code does: %w", pbe.ErrPassphrase)

	errSyntax = errors.New("damaged PKCS#12")
)

// Contents are the bags that matter.
type Contents struct {
	Certificates [][]byte // DER
	Keys         [][]byte // PKCS#8 DER, decrypted; the caller wipes them
}

const (
	oidData          = "1.2.840.113549.1.7.1"
	oidSignedData    = "1.2.840.113549.1.7.2"
	oidEnvelopedData = "1.2.840.113549.1.7.3"
	oidEncryptedData = "1.2.840.113549.1.7.6"

	oidKeyBag      = "1.2.840.113549.1.12.10.1.1"
	oidShroudedBag = "1.2.840.113549.1.12.10.1.2"
	oidCertBag     = "1.2.840.113549.1.12.10.1.3"
	oidSafeBag     = "1.2.840.113549.1.12.10.1.6"
	oidX509        = "1.2.840.113549.1.9.22.1"
)

// Is reports whether data has the outline of a PKCS#12 file.
func Is(root der.Node) bool {
	kids := root.Children()
	if len(kids) < 2 || kids[0].Tag != asn1.INTEGER {
		return false
	}
	_, _, ok := contentInfo(kids[1])
	return ok
}

// Read opens a file with one passphrase. The error is pbe.ErrPassphrase when
// that does not open it.
func Read(root der.Node, passphrase pbe.Passphrase, budget *pbe.Budget) (*Contents, error) {
	kids := root.Children()
	if len(kids) < 2 {
		return nil, errSyntax
	}
	oid, content, _ := contentInfo(kids[1])
	if oid == oidSignedData {
		return nil, ErrPublicKeyMode
	}
	if oid != oidData {
		return nil, errSyntax
	}
	if len(kids) == 2 {
		return readContent(content.Body(), passphrase, budget)
	}
	if err := pbe.VerifyMAC(kids[2], passphrase, content.Body(), budget); err != nil {
		return nil, err
	}
	contents, err := readContent(content.Body(), passphrase, budget)
	if errors.Is(err, pbe.ErrPassphrase) {
		return nil, ErrInside
	}
	return contents, err
}

func readContent(data []byte, passphrase pbe.Passphrase, budget *pbe.Budget) (*Contents, error) {
	r := &reader{passphrase: passphrase, budget: budget}
	if err := r.readSafes(data); err != nil {
		return nil, err
	}
	return &r.contents, nil
}

// contentInfo reads SEQUENCE { contentType, [0] EXPLICIT content }.
func contentInfo(n der.Node) (oid string, content der.Node, ok bool) {
	kids := n.Children()
	if len(kids) != 2 || kids[1].Tag != der.Constructed(0) {
		return "", der.Node{}, false
	}
	oid, _ = kids[0].OID()
	inner := kids[1].Children()
	if len(inner) != 1 {
		return "", der.Node{}, false
	}
	return oid, inner[0], true
}

type reader struct {
	passphrase pbe.Passphrase
	budget     *pbe.Budget
	contents   Contents
}

// elements reads a SEQUENCE that may be streamed.
func elements(data []byte) ([]der.Node, error) {
	plain, err := der.FromBER(data)
	if err != nil {
		return nil, errSyntax
	}
	root, err := der.Read(plain)
	if err != nil || root.Tag != asn1.SEQUENCE {
		return nil, errSyntax
	}
	kids, err := der.ReadAll(root.Body())
	if err != nil {
		return nil, errSyntax
	}
	return kids, nil
}

func (r *reader) readSafes(data []byte) error {
	safes, err := elements(data)
	if err != nil {
		return err
	}
	for _, safe := range safes {
		oid, content, ok := contentInfo(safe)
		if !ok {
			return errSyntax
		}
		switch oid {
		case oidData:
			err = r.readBags(content.Body(), 0)
		case oidEncryptedData:
			err = r.readEncrypted(content)
		case oidEnvelopedData:
			return ErrPublicKeyMode
		default:
			err = fmt.Errorf("%w: safe of type %s", errSyntax, oid)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// readEncrypted reads EncryptedData: version, EncryptedContentInfo { type,
// algorithm, [0] IMPLICIT OCTET STRING }.
func (r *reader) readEncrypted(content der.Node) error {
	kids := content.Children()
	if len(kids) < 2 {
		return errSyntax
	}
	info := kids[1].Children()
	if len(info) != 3 {
		return errSyntax
	}
	data := info[2].Body()
	if info[2].Tag == der.Constructed(0) { // streamed: the pieces have tags of their own
		data = nil
		for _, piece := range info[2].Children() {
			data = append(data, piece.Body()...)
		}
	}
	plain, err := pbe.Decrypt(info[1], r.passphrase, data, r.budget)
	if err != nil {
		return err
	}
	defer clear(plain)
	if err := r.readBags(plain, 0); err != nil {
		return fmt.Errorf("%w: %w", pbe.ErrPassphrase, err) // garbage that happened to be padded well
	}
	return nil
}

// readBags reads SafeContents: SEQUENCE OF SafeBag { bagId, [0] EXPLICIT value, attributes }.
func (r *reader) readBags(data []byte, depth int) error {
	bags, err := elements(data)
	if err != nil || depth > 4 {
		return errSyntax
	}
	for _, bag := range bags {
		kids := bag.Children()
		if len(kids) < 2 {
			return errSyntax
		}
		value := kids[1].Children()
		if len(value) != 1 {
			return errSyntax
		}
		oid, _ := kids[0].OID()
		if err := r.readBag(oid, value[0], depth); err != nil {
			return err
		}
	}
	return nil
}

func (r *reader) readBag(oid string, value der.Node, depth int) error {
	switch oid {
	case oidKeyBag:
		r.contents.Keys = append(r.contents.Keys, append([]byte(nil), value.Full...))
	case oidShroudedBag:
		kids := value.Children()
		if len(kids) != 2 {
			return errSyntax
		}
		key, err := pbe.Decrypt(kids[0], r.passphrase, kids[1].Body(), r.budget)
		if err != nil {
			return err
		}
		if _, err := der.Read(key); err != nil {
			return fmt.Errorf("%w: %w", pbe.ErrPassphrase, err)
		}
		r.contents.Keys = append(r.contents.Keys, key)
	case oidCertBag:
		kids := value.Children()
		if len(kids) != 2 {
			return errSyntax
		}
		if kind, _ := kids[0].OID(); kind != oidX509 {
			return nil // an SDSI certificate
		}
		octets := kids[1].Children()
		if len(octets) != 1 {
			return errSyntax
		}
		r.contents.Certificates = append(r.contents.Certificates, append([]byte(nil), octets[0].Body()...))
	case oidSafeBag:
		return r.readBags(value.Full, depth+1)
	}
	return nil // revocation lists and other secrets are of no interest
}
