package certs

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/unicode/norm"

	"github.com/sealkeeper/sealkeeper/certs/internal/pbe"
	"github.com/sealkeeper/sealkeeper/secret"
)

// maxPassphrases is how many passphrases are tried, one per line.
const maxPassphrases = 8

// candidate is one passphrase to try.
type candidate struct {
	pbe.Passphrase
	given bool // by somebody: not the empty one, which is tried for what is encrypted and has none
}

// passphrases are those to try, in order, and what is odd about how they were given.
type passphrases struct {
	try  []candidate
	more bool   // there are more than are tried
	odd  string // "bom" or "not_utf8": the file they came in was not saved as UTF-8 text
}

// readPassphrases tries every line as it is given, and then as other programs would have written it. The empty
// passphrase comes last: it opens more files than one would like.
func readPassphrases(given secret.Text) passphrases {
	var p passphrases
	text := string(given.Bytes())
	switch {
	case strings.HasPrefix(text, "\xff\xfe"), strings.HasPrefix(text, "\xfe\xff"), strings.HasPrefix(text, utf8BOM):
		p.odd = "bom"
	case !utf8.ValidString(text):
		p.odd = "not_utf8"
	}
	lines := passphraseLines(decodeText([]byte(text)))
	if len(lines) > maxPassphrases {
		lines, p.more = lines[:maxPassphrases], true
	}
	seen := map[string]bool{}
	add := func(text string) {
		if text != "" && !seen[text] {
			seen[text] = true
			p.try = append(p.try, candidate{pbe.NewPassphrase(text), true})
		}
	}
	for _, line := range lines {
		add(line)
	}
	for _, line := range lines {
		for _, form := range otherForms(line) {
			add(form)
		}
	}
	if strings.HasPrefix(text, utf8BOM) && len(lines) > 0 { // a program may have taken the mark for a part of it
		add(utf8BOM + lines[0])
	}
	p.try = append(p.try, candidate{Passphrase: pbe.NewPassphrase("")})
	return p
}

func (p passphrases) given() bool { return p.try[0].given }

// first puts the candidate that has opened something in front: it is likely to open what comes next.
func (p passphrases) first(i int) {
	found := p.try[i]
	copy(p.try[1:i+1], p.try[:i])
	p.try[0] = found
}

func passphraseLines(text string) []string {
	var all []string
	for line := range strings.Lines(text) {
		if line = strings.TrimRight(line, "\r\n"); line != "" {
			all = append(all, line)
		}
	}
	return all
}

// otherForms are what the characters of a passphrase become on other systems: composed as most keyboards give them,
// decomposed as macOS keeps them, the single bytes of Windows, and the bytes of UTF-8 each taken for a character, as
// old OpenSSL does. ASCII is the same in all of them.
func otherForms(line string) []string {
	if !utf8.ValidString(line) {
		plain, err := charmap.Windows1252.NewDecoder().String(line)
		if err != nil {
			return nil
		}
		line = plain
	}
	composed := norm.NFC.String(line)
	forms := []string{composed, norm.NFD.String(line)}
	if single, err := charmap.Windows1252.NewEncoder().String(composed); err == nil {
		forms = append(forms, single)
	}
	wide := make([]rune, 0, len(composed))
	for _, b := range []byte(composed) {
		wide = append(wide, rune(b))
	}
	return append(forms, string(wide))
}

const utf8BOM = "\xef\xbb\xbf"

// decodeText takes the byte order mark off a text, and makes UTF-8 of UTF-16.
func decodeText(data []byte) string {
	switch {
	case bytes.HasPrefix(data, []byte{0xff, 0xfe}):
		return decodeUTF16(data[2:], 0, 1)
	case bytes.HasPrefix(data, []byte{0xfe, 0xff}):
		return decodeUTF16(data[2:], 1, 0)
	}
	return string(bytes.TrimPrefix(data, []byte(utf8BOM)))
}
