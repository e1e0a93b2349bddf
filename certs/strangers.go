package certs

import (
	"net/mail"
	"strings"

	"golang.org/x/crypto/cryptobyte/asn1"

	"github.com/sealkeeper/sealkeeper/certs/internal/der"
)

// stranger is a format that people send and that is not read. Each has its name, and a way out that exists.
type stranger struct {
	name    string // the error's case, for catalogues of other languages
	code    string
	begins  string
	at      int // where in the file that is
	message string
}

// strangers are told by their first bytes.
var strangers = []stranger{
	{name: "bouncy_castle", code: CodeUnsupportedFormat, begins: "\x00\x00\x00\x01\x00\x00\x00\x14", message: isBouncy},
	{name: "bouncy_castle", code: CodeUnsupportedFormat, begins: "\x00\x00\x00\x02\x00\x00\x00\x14", message: isBouncy},
	{
		name:   "kdb",
		code:   CodeUnsupportedFormat,
		begins: "X509KEY",
		at:     8,
		message: "this is an IBM key database (KDB); export the certificate with its key from it as PKCS#12, with " +
			"gskcapicmd -cert -export or iKeyman.",
	},
	{
		name:   "pvk",
		code:   CodeUnsupportedFormat,
		begins: "\x1e\xf1\xb5\xb0",
		message: "this is a private key in Microsoft's PVK format; convert it with openssl rsa -inform PVK -in " +
			"key.pvk -out key.pem.",
	},
	{
		name:   "msblob",
		code:   CodeUnsupportedFormat,
		begins: "RSA2",
		at:     8,
		message: "this is a private key as Microsoft key blob (MSBLOB); convert it with openssl rsa -inform MSBLOB " +
			"-in key.blob -out key.pem.",
	},
	{name: "", code: CodePublicKey, begins: "RSA1", at: 8, message: isPublicKey},
	{
		name:   "sst",
		code:   CodeUnsupportedFormat,
		begins: "\x00\x00\x00\x00CERT",
		message: "this is a Microsoft certificate store (SST); open it in Windows and export the certificates " +
			"from it as PKCS#7 (.p7b).",
	},
	{
		name:   "nss",
		code:   CodeUnsupportedFormat,
		begins: "SQLite format 3\x00",
		message: "this is a database, such as the one in which Firefox keeps certificates; export the certificate " +
			"with its key from the program as PKCS#12.",
	},
	{
		name:   "keychain",
		code:   CodeUnsupportedFormat,
		begins: "kych",
		message: "this is a macOS keychain; export the certificate with its key from it as PKCS#12 (.p12), with " +
			"Keychain Access.",
	},
	{
		name:    "openssl_enc",
		code:    CodeUnsupportedFormat,
		begins:  "Salted__",
		message: "this is encrypted with openssl enc; decrypt it with the same command and give what comes out.",
	},
	{name: "packed", code: CodeUnsupportedFormat, begins: "\x1f\x8b", message: isPacked},
	{name: "packed", code: CodeUnsupportedFormat, begins: "BZh", message: isPacked},
	{name: "packed", code: CodeUnsupportedFormat, begins: "\xfd7zXZ\x00", message: isPacked},
	{name: "packed", code: CodeUnsupportedFormat, begins: "7z\xbc\xaf\x27\x1c", message: isPacked},
	{name: "packed", code: CodeUnsupportedFormat, begins: "Rar!\x1a\x07", message: isPacked},
	{name: "packed", code: CodeUnsupportedFormat, begins: "\x28\xb5\x2f\xfd", message: isPacked},
	{name: "packed", code: CodeUnsupportedFormat, begins: "MSCF\x00\x00\x00\x00", message: isPacked},
	{name: "packed", code: CodeUnsupportedFormat, begins: "ustar", at: 257, message: isPacked},
	{
		name:   "office",
		code:   CodeNotACertificate,
		begins: "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
		message: "this is an Outlook message or an Office document; save the certificate that is attached to " +
			"it or in it, and give that.",
	},
	{name: "pdf", code: CodeNotACertificate, begins: "%PDF-", message: "this is a PDF document, not a certificate."},
}

// textStrangers are told by how their text begins, whatever blanks are before it.
var textStrangers = []stranger{
	{name: "web_page", code: CodeNotACertificate, begins: "<!doctype html", message: isWebPage},
	{name: "web_page", code: CodeNotACertificate, begins: "<html", message: isWebPage},
	{name: "", code: CodeRequest, begins: "spkac=", message: isRequest},
	{name: "ssh", code: CodeUnsupportedFormat, begins: "putty-user-key-file", message: isSSH},
	{name: "ssh", code: CodeUnsupportedFormat, begins: "ssh-", message: isSSH},
	{name: "ssh", code: CodeUnsupportedFormat, begins: "ecdsa-sha2-", message: isSSH},
	{name: "jwk", code: CodeUnsupportedFormat, begins: "eyj", message: isJWK}, // {" in base64: a compact JOSE object
}

const (
	isBouncy = "this is a Bouncy Castle key store (BKS, UBER or BCFKS); export the certificate with its key from it " +
		"as PKCS#12, with KeyStore Explorer or keytool -importkeystore."
	isPacked    = "this is packed (gzip, tar, 7-Zip, RAR or the like); unpack it first, or pack it as ZIP."
	isPublicKey = "this is a public key alone, not a certificate."
	isRequest   = "this is a CSR (certificate signing request), not a certificate; give what the issuer made of it."
	isWebPage   = "this is a web page, perhaps of a sign-in or an error; download the file again."
	isSSH       = "this is an SSH or PGP key; bank certificates come with PEM, PKCS#8 or PKCS#12 keys."
	isJWK       = "this is a JSON Web Key or an encrypted one; give the key as PEM (PKCS#8), with the certificate."
	isMail      = "this is an e-mail; save the file that is attached to it and give that."
)

func (s stranger) err() *Error {
	return aside(inCase(newError(s.code, nil, "%s", s.message), s.name))
}

// binaryStranger names a format by its first bytes, nil when it is none of the known ones.
func binaryStranger(data []byte) *Error {
	for _, s := range strangers {
		if len(data) > s.at && strings.HasPrefix(string(data[s.at:min(len(data), s.at+len(s.begins))]), s.begins) {
			return s.err()
		}
	}
	return nil
}

// textStranger names what is neither PEM nor base64.
func textStranger(text string) *Error {
	text = strings.TrimLeft(text, "\ufeff \t\n")
	begin := strings.ToLower(text[:min(len(text), 32)])
	for _, s := range textStrangers {
		if strings.HasPrefix(begin, s.begins) {
			return s.err()
		}
	}
	switch {
	case strings.HasPrefix(begin, "{") && (strings.Contains(text, `"kty"`) || strings.Contains(text, `"ciphertext"`)):
		return stranger{name: "jwk", code: CodeUnsupportedFormat, message: isJWK}.err()
	case isMailText(text):
		return stranger{name: "mail", code: CodeNotACertificate, message: isMail}.err()
	}
	return nil
}

func isMailText(text string) bool {
	m, err := mail.ReadMessage(strings.NewReader(text))
	return err == nil && (m.Header.Get("From") != "" || m.Header.Get("Received") != "" ||
		m.Header.Get("Content-Type") != "")
}

// isBCFKS knows Bouncy Castle's FIPS key store: SEQUENCE { EncryptedObjectStoreData, PbkdMacIntegrityCheck }.
func isBCFKS(kids []der.Node) bool {
	return len(kids) == 2 && shaped(kids[0].Children(), asn1.SEQUENCE, asn1.OCTET_STRING) &&
		shaped(kids[1].Children(), asn1.SEQUENCE, asn1.SEQUENCE, asn1.OCTET_STRING)
}
