package email

import (
	"bytes"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"maps"
	"mime"
	"mime/quotedprintable"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/google/uuid"
	"go.mozilla.org/pkcs7"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
)

// Draft is an e-mail to the bank, ready to be sent by a person.
type Draft struct {
	To            string
	From          string
	Subject       string
	Body          string
	Language      string // en or fr
	CertificateID string // of the QWAC attached
	Attachments   []Attachment
}

// Content is what a draft is made of.
type Content struct {
	Template *catalogue.EmailTemplate
	Language string // en or fr
	To       string
	From     string
	Blanks   map[string]string  // by the names in the template; fingerprint and valid_until are the QWAC's
	QWAC     *certs.Certificate // or the QSealC, where it alone is written about
	Chain    []*certs.Certificate

	QSealC      *certs.Certificate // written about besides; nil: none
	QSealCChain []*certs.Certificate
}

// Compose fills in the blanks. A value is one line, so it cannot add lines or headers.
func Compose(c Content) (Draft, error) {
	values := maps.Clone(c.Blanks)
	values["fingerprint"], values["valid_until"] = c.QWAC.SHA256, certs.Day(c.QWAC.NotAfter).Format(time.DateOnly)
	fill := func(t catalogue.Text) string {
		return catalogue.Fill(t, c.Language, func(blank string) string { return oneLine(values[blank]) })
	}
	files, err := attachments(c.QWAC, c.Chain)
	if c.QSealC != nil && err == nil {
		var more []Attachment
		more, err = attachments(c.QSealC, c.QSealCChain)
		files = append(files, more...)
	}
	return Draft{
		To:          c.To,
		From:        c.From,
		Language:    c.Language,
		Subject:     oneLine(fill(c.Template.Subject)),
		Body:        fill(c.Template.Body),
		Attachments: files,
	}, err
}

// Attachment is one file of an e-mail. None ever holds a private key.
type Attachment struct {
	Name string
	Type string
	Data []byte
}

// attachments are a certificate with its chain, as PEM and as certs-only PKCS#7 (RFC 2315 section 9, no signers). They
// are made of certificates, so there is no way for a key to get in.
func attachments(leaf *certs.Certificate, chain []*certs.Certificate) ([]Attachment, error) {
	var text, ders bytes.Buffer
	for _, c := range append([]*certs.Certificate{leaf}, chain...) {
		if err := pem.Encode(&text, &pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}); err != nil {
			return nil, err
		}
		ders.Write(c.Raw)
	}
	p7, err := pkcs7.DegenerateCertificate(ders.Bytes())
	if err != nil {
		return nil, fault.Wrap(err, fault.Internal, "email_attachment",
			"The certificate could not be packed for the bank.")
	}
	kind := string(leaf.Kind)
	return []Attachment{
		{Name: kind + "-chain.pem", Type: "application/x-pem-file", Data: text.Bytes()},
		{Name: kind + "-chain.p7b", Type: "application/x-pkcs7-certificates", Data: p7},
	}, nil
}

// EML writes the draft as a message (RFC 5322): X-Unsent has mail programs open it for
// sending. It has no Message-ID, which the program that sends it gives.
func (d Draft) EML(at time.Time) []byte {
	boundary := "=_" + uuid.NewString()
	var b bytes.Buffer
	for _, h := range [][2]string{
		{"From", "<" + oneLine(d.From) + ">"},
		{"To", "<" + oneLine(d.To) + ">"},
		{"Subject", words(d.Subject)},
		{"Date", at.UTC().Format(time.RFC1123Z)},
		{"X-Unsent", "1"},
		{"MIME-Version", "1.0"},
		{"Content-Language", d.Language},
		{"Content-Type", fmt.Sprintf(`multipart/mixed; boundary="%s"`, boundary)},
	} {
		if h[1] != "<>" { // whoever sends it knows the address
			b.WriteString(header(h[0], h[1]))
		}
	}
	fmt.Fprintf(&b, "\r\n--%s\r\nContent-Type: text/plain; charset=utf-8\r\n"+
		"Content-Transfer-Encoding: quoted-printable\r\n\r\n", boundary)
	body := quotedprintable.NewWriter(&b)
	_, _ = body.Write([]byte(strings.ReplaceAll(d.Body, "\n", "\r\n"))) // a bytes.Buffer takes everything
	_ = body.Close()
	for _, a := range d.Attachments {
		fmt.Fprintf(&b, "\r\n--%s\r\nContent-Type: %s; name=\"%s\"\r\nContent-Transfer-Encoding: base64\r\n"+
			"Content-Disposition: attachment; filename=\"%s\"\r\n\r\n", boundary, a.Type, a.Name, a.Name)
		for text := base64.StdEncoding.EncodeToString(a.Data); text != ""; {
			n := min(len(text), 76) // RFC 2045 section 6.8
			b.WriteString(text[:n] + "\r\n")
			text = text[n:]
		}
	}
	fmt.Fprintf(&b, "\r\n--%s--\r\n", boundary)
	return b.Bytes()
}

// lineLength is what a line of a header has at most: 998 characters by RFC 5322 section 2.1.1, which
// recommends 78, and 76 where encoded words are in it (RFC 2047 section 2).
const lineLength = 76

// words is a text as it may stand in a header: in ASCII as it is, and else, or where a word of it fits no line or
// would be taken for an encoded one, in encoded words (RFC 2047).
func words(text string) string {
	fields := strings.Fields(oneLine(text))
	text = strings.Join(fields, " ")
	encoded := mime.QEncoding.Encode("utf-8", text)
	misread := func(word string) bool { return len(word) >= lineLength || strings.HasPrefix(word, "=?") }
	if encoded != text || !slices.ContainsFunc(fields, misread) {
		return encoded
	}
	var all []string
	for part := range slices.Chunk([]byte(text), 45) { // 60 characters of base64
		all = append(all, "=?utf-8?b?"+base64.StdEncoding.EncodeToString(part)+"?=")
	}
	return strings.Join(all, " ")
}

// header writes a field of the header, folded at its spaces (RFC 5322 section 2.2.3).
func header(name, value string) string {
	var b strings.Builder
	b.WriteString(name + ":")
	length := b.Len()
	for word := range strings.SplitSeq(value, " ") {
		if length+1+len(word) > lineLength {
			b.WriteString("\r\n")
			length = 0
		}
		b.WriteString(" " + word)
		length += 1 + len(word)
	}
	return b.String() + "\r\n"
}

// oneLine makes text fit for a header or a line: nothing in it begins a new one.
func oneLine(text string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "")))
}
