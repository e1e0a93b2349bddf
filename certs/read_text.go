package certs

import (
	"encoding/base64"
	"errors"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/sealkeeper/sealkeeper/certs/internal/pbe"
)

// readText reads PEM, or base64 without its armour, out of text as it is after
// mail programs, editors and web forms have handled it.
func (r *reader) readText(data []byte, depth int) error {
	text := repairText(data)
	if strings.Contains(text, pemBegin) {
		return r.readPEM(text)
	}
	if isBase64([]byte(text)) {
		if raw, err := decodeBase64(text); err == nil && len(raw) > 0 {
			return r.read(raw, depth+1)
		}
	}
	switch {
	case strings.Contains(text, "BEGIN ") && strings.Contains(text, "--"):
		return newError(CodeMalformed, nil,
			`its BEGIN and END lines are damaged: they must start and end with exactly five hyphens.`)
	}
	if e := textStranger(text); e != nil {
		return e
	}
	return newError(CodeNotACertificate, nil, "this is not a certificate or key in any known format.")
}

// repairText undoes what happens to PEM on its way: byte order marks, UTF-16,
// line ends of all sorts, escapes of JSON and of URLs.
func repairText(data []byte) string {
	text := decodeText(data)
	switch {
	case strings.Contains(text, "-----BEGIN%20"):
		if plain, err := url.PathUnescape(text); err == nil {
			text = plain
		}
	case strings.Contains(text, "-----BEGIN+"):
		if plain, err := url.QueryUnescape(text); err == nil {
			text = plain
		}
	}
	return newlines.Replace(text)
}

var newlines = strings.NewReplacer("\r\n", "\n", "\r", "\n", `\r\n`, "\n", `\n`, "\n", `\r`, "\n", `\/`, "/")

// decodeUTF16 takes the positions of the low and the high byte in a pair.
func decodeUTF16(b []byte, low, high int) string {
	units := make([]uint16, 0, len(b)/2)
	for ; len(b) >= 2; b = b[2:] {
		units = append(units, uint16(b[low])|uint16(b[high])<<8)
	}
	return string(utf16.Decode(units))
}

// isBase64 reports whether text is base64 and blanks alone, in either alphabet.
func isBase64(text []byte) bool {
	for _, c := range text {
		switch {
		case c >= 'A' && c <= 'Z', c >= 'a' && c <= 'z', c >= '0' && c <= '9':
		case strings.IndexByte("+/-_= \t\r\n", c) >= 0:
		default:
			return false
		}
	}
	return true
}

// decodeBase64 ignores every kind of blank, no-break spaces included.
func decodeBase64(text string) ([]byte, error) {
	text = strings.Map(func(c rune) rune {
		switch {
		case unicode.IsSpace(c), c == '\u200b', c == '\ufeff', c == utf8.RuneError:
			return -1
		case c == '-':
			return '+'
		case c == '_':
			return '/'
		}
		return c
	}, text)
	return base64.StdEncoding.DecodeString(text)
}

const (
	pemBegin = "-----BEGIN "
	pemEnd   = "-----END "
	pemDash  = "-----"
)

// readPEM reads every block and refuses the file when one is damaged:
// encoding/pem would skip it in silence, and it might be the leaf.
func (r *reader) readPEM(text string) error {
	var alone error
	blocks := strings.Count(text, pemBegin)
	for number := 1; ; number++ {
		_, after, ok := strings.Cut(text, pemBegin)
		if !ok {
			break
		}
		label, body, rest, err := cutBlock(after)
		if err == nil {
			text = rest
			err = r.readBlock(label, body)
		}
		if e := (*Error)(nil); errors.As(err, &e) && e.aside {
			alone = err
		} else if err != nil {
			return inBlock(number, blocks, label, err)
		}
	}
	if r.found() {
		return nil
	}
	return alone
}

// cutBlock splits what follows "-----BEGIN " into label, body and what comes after the block.
func cutBlock(text string) (label, body, rest string, err error) {
	label, body, ok := strings.Cut(text, pemDash)
	if !ok || len(label) > 64 {
		return "", "", "", newError(CodeMalformed, nil, "a BEGIN line is damaged; export the file again.")
	}
	body, rest, ok = strings.Cut(body, pemEnd+label+pemDash)
	if !ok {
		return label, "", "", newError(CodeMalformed, nil,
			"the %s in it is cut off or has no END line of its own; copy it whole.", strings.ToLower(label))
	}
	if strings.Contains(body, pemBegin) {
		return label, "", "", newError(CodeMalformed, nil,
			"the %s in it has no END line of its own; copy it whole.", strings.ToLower(label))
	}
	return label, body, rest, nil
}

// inBlock says which of several blocks is damaged.
func inBlock(number, blocks int, label string, err error) error {
	e := asError(err)
	if blocks < 2 || e.Code != CodeMalformed {
		return err
	}
	if label == "" {
		label = "?"
	}
	damaged := newError(e.Code, e, "block %d of %d (%s): %s", number, blocks, printable(label), e.Message)
	return inCase(damaged, "block")
}

func (r *reader) readBlock(label, body string) error {
	switch label {
	case "EC PARAMETERS", "DH PARAMETERS":
		return aside(inCase(newError(CodeNotACertificate, nil,
			"these are the parameters of a key, without the key; copy the whole file."), "parameters"))
	case "OPENSSH PRIVATE KEY", "SSH2 ENCRYPTED PRIVATE KEY", "SSH2 PUBLIC KEY", "PGP PRIVATE KEY BLOCK",
		"PGP PUBLIC KEY BLOCK":
		return inCase(newError(CodeUnsupportedFormat, nil, isSSH), "ssh")
	}
	dekInfo, body := pemHeaders(body)
	raw, err := decodeBase64(body)
	if err != nil || len(raw) == 0 {
		return newError(CodeMalformed, err, "the text of the %s in it is damaged; copy it again.",
			strings.ToLower(label))
	}
	if dekInfo == "" {
		return r.readDER(raw, label)
	}
	return r.unlock("this private key", func(p pbe.Passphrase) error {
		plain, err := pbe.DecryptPEM(dekInfo, p, raw, r.budget)
		if err != nil {
			return err
		}
		return r.readDecryptedKey(plain)
	})
}

// pemHeaders splits off RFC 1421 headers and returns DEK-Info, "" without.
func pemHeaders(body string) (dekInfo, rest string) {
	if !strings.Contains(body, "Proc-Type:") {
		return "", body
	}
	head, rest, _ := strings.Cut(strings.TrimLeft(body, "\n\t "), "\n\n")
	for line := range strings.Lines(head) {
		if value, ok := strings.CutPrefix(strings.TrimSpace(line), "DEK-Info:"); ok {
			dekInfo = strings.TrimSpace(value)
		}
	}
	return dekInfo, rest
}
