package certs

import (
	"errors"
	"fmt"

	"go.mozilla.org/pkcs7"
	"golang.org/x/crypto/cryptobyte/asn1"

	"github.com/sealkeeper/sealkeeper/certs/internal/der"
)

// maxPKCS7 bounds what is handed to the PKCS#7 library, which keeps every element
// of its input in memory at some fifty times its size.
const maxPKCS7 = 256 << 10

func (r *reader) readPKCS7(root der.Node) error {
	raw, err := pkcs7Certificates(root.Full)
	if err != nil {
		// The library is all or nothing: it gives up on the first certificate that
		// crypto/x509 refuses.
		raw, err = signedDataCertificates(root)
	}
	if err != nil {
		return newError(CodeMalformed, err,
			"this PKCS#7 cannot be read: it is damaged, or no SignedData with certificates; export it again.")
	}
	if len(raw) == 0 {
		return newError(CodeNotACertificate, nil, "this PKCS#7 holds no certificates.")
	}
	return r.addRaw(raw)
}

// pkcs7Certificates contains the library: it has panicked on damaged input before.
func pkcs7Certificates(data []byte) (raw [][]byte, err error) {
	defer func() {
		if p := recover(); p != nil {
			raw, err = nil, fmt.Errorf("pkcs7: %v", p)
		}
	}()
	if len(data) > maxPKCS7 {
		return nil, errors.New("too large for the library")
	}
	parsed, err := pkcs7.Parse(data)
	if err != nil {
		return nil, err
	}
	for _, c := range parsed.Certificates {
		raw = append(raw, c.Raw)
	}
	return raw, nil
}

// signedDataCertificates reads SignedData (RFC 5652 section 5.1) down to its
// certificates, [0] IMPLICIT SET OF CertificateChoices.
func signedDataCertificates(root der.Node) ([][]byte, error) {
	outer := root.Children()
	if oid, _ := outer[0].OID(); oid != "1.2.840.113549.1.7.2" {
		return nil, fmt.Errorf("content type %s is not SignedData", oid)
	}
	inner := outer[1].Children()
	if len(inner) != 1 {
		return nil, der.ErrSyntax
	}
	var raw [][]byte
	for _, field := range inner[0].Children() {
		if field.Tag != der.Constructed(0) {
			continue
		}
		for _, c := range field.Children() {
			if c.Tag == asn1.SEQUENCE { // others are attribute certificates
				raw = append(raw, c.Full)
			}
		}
	}
	return raw, nil
}
