package failure

import (
	"regexp"
	"strings"
	"unicode"

	"github.com/sealkeeper/sealkeeper/secret"
)

// maxDetail bounds what is kept of an error body, in bytes.
const maxDetail = 512

// Long unbroken runs are tokens, hashes, account numbers or resource ids;
// an IBAN may be printed in groups of four.
var (
	longRun = regexp.MustCompile(`[A-Za-z0-9+/=_.~-]{20,}`)
	iban    = regexp.MustCompile(`\b[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{2,4}){3,8}\b`)
)

// Redact makes a bank's words fit for the log: one line of bounded length without
// the secrets and without what looks like one. The line is made first, so that
// nothing taken out later puts a secret back together, and cut last.
func Redact(text string, secrets ...secret.Text) string {
	const plenty = 64 << 10
	text = text[:min(len(text), plenty)]
	text = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(text, ""), func(c rune) bool {
		return unicode.IsSpace(c) || unicode.IsControl(c)
	}), " ")
	for _, s := range secrets {
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
