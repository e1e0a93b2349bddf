package failure

import (
	"encoding/json"
	"slices"
	"strings"
)

// errorBody is what the body of a refusal says, whatever its shape.
type errorBody struct {
	code    string // an OAuth error, or an interbank code in place of a message
	text    string // for the log, not yet redacted
	listing bool   // it looks like a listing, not like an error
}

// says reports whether the text holds one of the phrases.
func (b errorBody) says(phrases []string) bool {
	text := strings.ToLower(b.text)
	return slices.ContainsFunc(phrases, func(p string) bool { return strings.Contains(text, strings.ToLower(p)) })
}

// interbank are the codes some banks send as the error model's message.
var interbank = map[string]Class{
	"AC01": accountUnusable, // unknown
	"AC04": accountUnusable, // closed
	"AC06": accountUnusable, // blocked
	"BE05": ClientRefused,   // unknown AISP
	"BADS": ScopeRefused,    // token of another scope
	"NGAC": NotGranted,      // account not granted
	"IPSU": ConsentGone,     // unknown customer
	"NAAC": NoAccount,       // no eligible account
	"TMRQ": rateLimited,     // too many requests
	"INTE": bankUnavailable, // internal
	"INTS": bankUnavailable,
	"IPGN": RequestRefused, // bad page
	"NIMP": NotOffered,     // not implemented
}

// readBody tries STET's error model, then the shapes seen from gateways and
// authorization servers, then takes the body as text.
func readBody(body []byte) errorBody {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(body, &fields); err != nil {
		return errorBody{text: string(body)}
	}
	field := func(name string) string {
		var s string
		_ = json.Unmarshal(fields[name], &s) // another type counts as absent
		return strings.TrimSpace(s)
	}
	b := errorBody{code: field("error"), listing: len(fields["_links"]) > 0}
	if message := field("message"); message != "" {
		if _, known := interbank[message]; known {
			b.code = message
		}
	}
	var parts []string
	for _, name := range []string{"error", "error_description", "message", "errorMessage"} {
		if s := field(name); s != "" {
			parts = append(parts, s)
		}
	}
	b.text = strings.Join(parts, ": ")
	return b
}
