package connector

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/sealkeeper/sealkeeper/secret"
)

// words is what an error body says, whatever its shape.
type words struct {
	code    string // an OAuth error, or an interbank code in place of a message
	text    string // for the log, not yet redacted
	listing bool   // it looks like a listing, not like an error
}

// says reports whether the text holds one of the words.
func (w words) says(any []string) bool {
	text := strings.ToLower(w.text)
	return slices.ContainsFunc(any, func(word string) bool { return strings.Contains(text, strings.ToLower(word)) })
}

// codeWords are the interbank codes some banks send as the error model's
// message.
var codeWords = map[string]verdict{
	"AC01": accountUnusable, // unknown
	"AC04": accountUnusable, // closed
	"AC06": accountUnusable, // blocked
	"BE05": clientRefused,   // unknown AISP
	"BADS": scopeRefused,    // token of another scope
	"NGAC": notGranted,      // account not granted
	"IPSU": consentGone,     // unknown customer
	"NAAC": noAccount,       // no eligible account
	"TMRQ": rateLimited,     // too many requests
	"INTE": bankUnavailable, // internal
	"INTS": bankUnavailable,
	"IPGN": requestRefused, // bad page
	"NIMP": notOffered,     // not implemented
}

// readWords tries STET's error model, then the shapes seen from gateways and
// authorization servers, then takes the body as text.
func readWords(body []byte) words {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(body, &fields); err != nil {
		return words{text: string(body)}
	}
	field := func(name string) string {
		var s string
		_ = json.Unmarshal(fields[name], &s) // another type counts as absent
		return strings.TrimSpace(s)
	}
	w := words{code: field("error"), listing: len(fields["_links"]) > 0}
	if message := field("message"); message != "" {
		if _, known := codeWords[message]; known {
			w.code = message
		}
	}
	var parts []string
	for _, name := range []string{"error", "error_description", "message", "errorMessage"} {
		if s := field(name); s != "" {
			parts = append(parts, s)
		}
	}
	w.text = strings.Join(parts, ": ")
	return w
}

// maxDetail bounds what is kept of an error body, in bytes.
const maxDetail = 512

// Long unbroken runs are tokens, hashes, account numbers or resource ids;
// an IBAN may be printed in groups of four.
var (
	longRun = regexp.MustCompile(`[A-Za-z0-9+/=_.~-]{20,}`)
	iban    = regexp.MustCompile(`\b[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{2,4}){3,8}\b`)
)

// redactor makes a bank's words fit for the log.
type redactor []secret.Text

// clean makes one line of the text first, so that nothing taken out later
// puts a secret back together, and cuts it last.
func (r redactor) clean(text string) string {
	const plenty = 64 << 10
	text = text[:min(len(text), plenty)]
	text = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(text, ""), func(c rune) bool {
		return unicode.IsSpace(c) || unicode.IsControl(c)
	}), " ")
	for _, s := range r {
		if !s.Empty() {
			text = strings.ReplaceAll(text, s.Reveal(), secret.Redacted)
		}
	}
	text = iban.ReplaceAllString(text, secret.Redacted)
	text = longRun.ReplaceAllString(text, secret.Redacted)
	if len(text) > maxDetail {
		text = strings.ToValidUTF8(text[:maxDetail], "") + "..."
	}
	return text
}
