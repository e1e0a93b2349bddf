package listing

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// The bounds of what is looked for.
const (
	MaxWords   = 8  // of a search; further ones are left out
	maxWordLen = 64 // bytes of a word, in the index and in a search: a fingerprint has 64
)

// Words are the normalised words of texts, sorted, each once: letters in lower case and without their
// marks, so that "Societe" finds "Société", and whatever is no letter or digit between them. A word with marks
// of punctuation in it ("PSDFR-ACPR-12345") is one word more, without them ("psdfracpr12345"), so that a
// number is found however it is written. An id is that word alone: a part of it is chance, and not what somebody looks
// for. The index and the search both use it.
func Words(texts ...string) []string {
	var words []string
	for _, text := range texts {
		for field := range strings.FieldsSeq(fold(text)) {
			parts := strings.FieldsFunc(field, func(r rune) bool { return !isWord(r) })
			whole := strings.Join(parts, "")
			if !isUUID(parts, whole) {
				words = append(words, parts...)
			}
			if len(parts) > 1 {
				words = append(words, whole)
			}
		}
	}
	for i, w := range words {
		words[i] = cut(w)
	}
	slices.Sort(words)
	return slices.Compact(words)
}

// SearchWords are the words that a search asks for. A word with punctuation is one, as it is written.
func SearchWords(text string) []string {
	var words []string
	for field := range strings.FieldsSeq(fold(text)) {
		word := strings.Join(strings.FieldsFunc(field, func(r rune) bool { return !isWord(r) }), "")
		if word != "" && !slices.Contains(words, cut(word)) {
			words = append(words, cut(word))
		}
	}
	return words[:min(len(words), MaxWords)]
}

// isUUID reports whether parts between marks of punctuation are those of a UUID (RFC 9562 section 4).
func isUUID(parts []string, whole string) bool {
	return len(parts) == 5 && len(parts[0]) == 8 && len(parts[1]) == 4 && len(parts[2]) == 4 && len(parts[3]) == 4 &&
		len(parts[4]) == 12 && strings.Trim(whole, "0123456789abcdef") == ""
}

func isWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

func fold(text string) string {
	return strings.ToLower(strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) { // an accent by itself
			return -1
		}
		return r
	}, norm.NFKD.String(text)))
}

// cut shortens a word to what the index keeps, at the end of a character.
func cut(word string) string {
	if len(word) <= maxWordLen {
		return word
	}
	end := maxWordLen
	for !utf8.RuneStart(word[end]) {
		end--
	}
	return word[:end]
}

// After is the smallest text that is behind every text with this prefix, by code points.
func After(prefix string) string { return prefix + string(unicode.MaxRune) }

// SortKey is a text as it is sorted for people: without case and marks, and short.
func SortKey(text string) string { return cut(strings.Join(strings.Fields(fold(text)), " ")) }
