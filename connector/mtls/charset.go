package mtls

import (
	"bytes"
	"mime"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

var byteOrderMark = []byte("\xef\xbb\xbf")

// inUTF8 returns a text in UTF-8 that came with a Content-Type. What is not UTF-8, though it should be, is taken for
// Windows-1252, which is what European banks write without saying so: a replacement character could never
// be turned back into the letter that the bank sent.
func inUTF8(body []byte, contentType string) []byte {
	if charset := charsetOf(contentType); charset != nil {
		return decode(body, charset)
	}
	body = bytes.TrimPrefix(body, byteOrderMark)
	if utf8.Valid(body) {
		return body
	}
	var text bytes.Buffer
	for len(body) > 0 {
		r, size := utf8.DecodeRune(body)
		if r == utf8.RuneError && size == 1 {
			r = charmap.Windows1252.DecodeByte(body[0])
		}
		text.WriteRune(r)
		body = body[size:]
	}
	return text.Bytes()
}

func decode(body []byte, charset *charmap.Charmap) []byte {
	var text bytes.Buffer
	for _, b := range body {
		text.WriteRune(charset.DecodeByte(b))
	}
	return text.Bytes()
}

// charsetOf is the declared character set, if it is one of single bytes; nil stands for UTF-8.
func charsetOf(contentType string) *charmap.Charmap {
	_, parameters, err := mime.ParseMediaType(contentType)
	if err != nil {
		return nil
	}
	name := plainName(parameters["charset"])
	switch name {
	case "latin1", "iso88591", "usascii", "ascii", "cp1252":
		return charmap.Windows1252 // as browsers read them (WHATWG Encoding, section 4.2)
	case "latin9":
		return charmap.ISO8859_15
	}
	for _, known := range charmap.All {
		if named, ok := known.(*charmap.Charmap); ok && plainName(named.String()) == name {
			return named
		}
	}
	return nil
}

func plainName(charset string) string {
	return strings.NewReplacer("-", "", "_", "", " ", "").Replace(strings.ToLower(charset))
}
