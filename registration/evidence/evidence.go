// Package evidence says whether a file may be kept as evidence of a step, what it is and
// what it is called. Its content decides: names, and what a browser says, prove nothing.
package evidence

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/mail"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/sealkeeper/sealkeeper/fault"
)

// MaxSize bounds an evidence file, in bytes.
const MaxSize = 5 << 20

// File shows how a step was done: the bank's e-mail, a
// picture of its portal. Its content is kept encrypted.
type File struct {
	ID      string
	Subject string // id of the enrolment or registration
	Step    string
	Name    string // of the file, for people
	Type    string // what the content is: application/pdf, image/png, image/jpeg, message/rfc822, text/plain
	Size    int
	SHA256  string // of the content, hex
	AddedBy string
	AddedAt time.Time
}

// Digest is the SHA-256 of a file's content, in hex.
func Digest(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

// plausible is how many bytes a file of a type has at least that shows something: a page, a picture
// that can be read, an e-mail with its headers, two sentences. That it does show it, a person says.
var plausible = map[string]int{
	"application/pdf": 300,
	"image/png":       1000,
	"image/jpeg":      1000,
	"message/rfc822":  200,
	"text/plain":      100,
}

// Plausible reports whether the file could be what takes the place of a second person's
// word: what was made up to have a file at all is smaller.
func (f File) Plausible() bool {
	least, known := plausible[f.Type]
	return known && f.Size >= least
}

// Binding is what the encryption of the file is bound to: a row whose facts were
// altered, or whose content was exchanged for another's, does not open.
func (f File) Binding() string {
	return strings.Join([]string{"evidence", f.ID, f.Subject, f.Step, f.Type, f.SHA256}, "\n")
}

// TooLarge says why a file is too large to be kept; nil: it is not.
func TooLarge(content []byte) error {
	if len(content) > MaxSize {
		return fault.New(fault.TooLarge, "evidence_too_large", "The file is larger than %d MB.", MaxSize>>20)
	}
	return nil
}

// Sniff says what a file is by its content, or why it cannot be kept.
func Sniff(content []byte) (string, error) {
	switch {
	case len(bytes.TrimSpace(content)) == 0:
		return "", fault.New(fault.Invalid, "evidence_empty", "The file is empty.")
	case TooLarge(content) != nil:
		return "", TooLarge(content)
	case bytes.HasPrefix(content, []byte("%PDF-")):
		return "application/pdf", nil
	case bytes.HasPrefix(content, []byte("\x89PNG\r\n\x1a\n")):
		return "image/png", nil
	case bytes.HasPrefix(content, []byte("\xff\xd8\xff")):
		return "image/jpeg", nil
	case isMail(content):
		return "message/rfc822", nil
	case isText(content):
		return "text/plain", nil
	}
	return "", fault.New(fault.Invalid, "evidence_type",
		"Only PDF, PNG, JPEG, e-mail (.eml) and plain text can be kept as evidence.")
}

func isText(content []byte) bool {
	return utf8.Valid(content) && !bytes.ContainsFunc(content, func(r rune) bool {
		return unicode.IsControl(r) && !strings.ContainsRune("\r\n\t\f", r)
	})
}

func isMail(content []byte) bool {
	m, err := mail.ReadMessage(bytes.NewReader(content))
	return err == nil && m.Header.Get("From") != "" && (m.Header.Get("Subject") != "" ||
		m.Header.Get("Received") != "" || m.Header.Get("Date") != "") &&
		!bytes.ContainsRune(content, 0)
}

// CleanName is the last part of what was given, without what could lead a reader astray.
func CleanName(name string) string {
	name = strings.ReplaceAll(strings.ToValidUTF8(name, ""), `\`, "/")
	name = name[strings.LastIndexByte(name, '/')+1:]
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || strings.ContainsRune(`/\:"<>|?*`, r) {
			return '_'
		}
		return r
	}, name)
	if runes := []rune(name); len(runes) > 100 {
		name = string(runes[:100])
	}
	if name == "" || name == "." || name == ".." {
		return "evidence"
	}
	return name
}

// Disposition is the Content-Disposition header for a download: never shown inline.
func (f File) Disposition() string {
	ascii := strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' || r == '"' || r == '\\' || r == '%' {
			return '_'
		}
		return r
	}, f.Name)
	return fmt.Sprintf(`attachment; filename="%s"`, ascii)
}
