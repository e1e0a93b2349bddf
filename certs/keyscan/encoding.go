package keyscan

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"unicode/utf8"
)

// encoding is a way to write bytes as text.
type encoding struct {
	digits    [utf8.RuneSelf]bool // what stands for bytes, or ends them
	separates string              // what may stand between digits of a line
	decode    func(run []byte) []byte
}

// encodings are those in which people send files to each other by mistake.
var encodings = []encoding{
	{digitSet("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_="), "", decodeBase64},
	{digitSet("0123456789abcdefABCDEF"), " :", decodeHex},
}

func digitSet(digits string) (set [utf8.RuneSelf]bool) {
	for _, d := range digits {
		set[d] = true
	}
	return set
}

func (e encoding) has(r rune) bool { return r < utf8.RuneSelf && e.digits[r] }

func (e encoding) only(text []byte) bool {
	for _, b := range text {
		if !e.has(rune(b)) {
			return false
		}
	}
	return true
}

func (e encoding) joined(line []byte) []byte {
	for _, s := range []byte(e.separates) {
		line = bytes.ReplaceAll(line, []byte{s}, nil)
	}
	return line
}

// decodeBase64 takes either alphabet of RFC 4648, and as much as there is: words may follow.
func decodeBase64(run []byte) []byte {
	plain := run
	for _, other := range [][2]string{{"=", ""}, {"-", "+"}, {"_", "/"}} {
		if from := []byte(other[0]); bytes.Contains(plain, from) {
			plain = bytes.ReplaceAll(plain, from, []byte(other[1]))
		}
	}
	data := make([]byte, base64.RawStdEncoding.DecodedLen(len(plain)))
	n, _ := base64.RawStdEncoding.Decode(data, plain)
	return data[:n]
}

func decodeHex(run []byte) []byte {
	data := make([]byte, len(run)/2)
	n, _ := hex.Decode(data, run[:len(run)&^1])
	return data[:n]
}
