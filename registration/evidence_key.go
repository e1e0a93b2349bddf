package registration

import (
	"bytes"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"regexp"
)

var (
	// keyText is a private key as PEM (RFC 7468) or of OpenPGP (RFC 9580 section 6.2).
	keyText = regexp.MustCompile(`-----BEGIN [A-Z0-9 ]*PRIVATE KEY( BLOCK)?-----`)
	// jsonKey and jsonPrivate are the parts of a private JSON Web Key (RFC 7517, RFC 7518 section 6).
	jsonKey     = regexp.MustCompile(`"kty"\s*:\s*"(RSA|EC|OKP|oct)"`)
	jsonPrivate = regexp.MustCompile(`"(d|k)"\s*:\s*"[A-Za-z0-9_-]{16,}"`)
	// base64Run is long enough for the shortest key, and may be broken into lines.
	base64Run = regexp.MustCompile(`[A-Za-z0-9+/]{32,}(\r?\n[A-Za-z0-9+/=]{2,})*={0,2}`)
)

// holdsKey reports whether a private key can be read in the file, or in what an
// attachment of it holds. It is against mistakes: who means to hide a key can.
func holdsKey(content []byte) bool {
	if keyIn(content) {
		return true
	}
	for _, run := range base64Run.FindAll(content, -1) {
		run = bytes.Map(func(r rune) rune {
			if r == '\r' || r == '\n' {
				return -1
			}
			return r
		}, run)
		decoded, err := base64.StdEncoding.DecodeString(string(run))
		if err == nil && (keyIn(decoded) || keyDER(decoded)) {
			return true
		}
	}
	return false
}

func keyIn(content []byte) bool {
	return keyText.Match(content) || (jsonKey.Match(content) && jsonPrivate.Match(content))
}

// keyDER reports whether data is a private key, or a PKCS#12 file, which is
// there to carry one.
func keyDER(data []byte) bool {
	if _, err := x509.ParsePKCS8PrivateKey(data); err == nil {
		return true
	}
	if _, err := x509.ParsePKCS1PrivateKey(data); err == nil {
		return true
	}
	if _, err := x509.ParseECPrivateKey(data); err == nil {
		return true
	}
	return isPFX(data)
}

// isPFX looks at the first two members of RFC 7292 section 4: version 3 and a content.
func isPFX(data []byte) bool {
	var pfx struct {
		Version int
		Content struct {
			Type asn1.ObjectIdentifier
			Data asn1.RawValue `asn1:"optional"`
		}
		MAC asn1.RawValue `asn1:"optional"`
	}
	_, err := asn1.Unmarshal(data, &pfx)
	return err == nil && pfx.Version == 3
}
