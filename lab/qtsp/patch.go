package qtsp

import (
	"bytes"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"slices"
	"testing"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"github.com/sealkeeper/sealkeeper/certs"
)

// Patch puts other bytes in the place of the first occurrence of old in DER, and makes the lengths of the elements
// around it right again.
func Patch(der, old, replacement []byte) []byte {
	at := bytes.Index(der, old)
	if at < 0 {
		return der
	}
	s := cryptobyte.String(der)
	var out []byte
	for !s.Empty() {
		var element, body cryptobyte.String
		var tag cbasn1.Tag
		if !s.ReadAnyASN1Element(&element, &tag) {
			return bytes.Replace(der, old, replacement, 1)
		}
		header := element
		header.ReadAnyASN1(&body, &tag)
		if tag&0x20 != 0 && bytes.Contains(body, old) {
			var b cryptobyte.Builder
			b.AddASN1(tag, func(b *cryptobyte.Builder) { b.AddBytes(Patch(body, old, replacement)) })
			element = b.BytesOrPanic()
			old = []byte("\x00only the first\x00")
		}
		out = append(out, element...)
	}
	return bytes.Replace(out, old, replacement, 1)
}

// SetExtension gives a template an extension, in place of one with the same identifier.
func SetExtension(template *x509.Certificate, oid asn1.ObjectIdentifier, critical bool, value []byte) {
	template.ExtraExtensions = slices.DeleteFunc(template.ExtraExtensions, func(x pkix.Extension) bool {
		return x.Id.Equal(oid)
	})
	template.ExtraExtensions = append(template.ExtraExtensions, pkix.Extension{
		Id:       oid,
		Critical: critical,
		Value:    value,
	})
}

// Parse reads a certificate that can be read.
func Parse(t testing.TB, der []byte) *certs.Certificate {
	t.Helper()
	c, err := certs.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return c
}
