package failure

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/sealkeeper/sealkeeper/secret"
)

// What is read is not exported, hence a test inside the package.

func FuzzErrorBody(f *testing.F) {
	f.Add([]byte(`{"status":403,"error":"Forbidden","message":"No consent for TPP"}`))
	f.Add([]byte(`{"error":"invalid_grant","error_description":"token s3cr3t-token was used"}`))
	f.Add([]byte("<html>\x00\xff s3cr3t-token</html>"))
	f.Add([]byte("s3cr3t\xff-token"))
	token := secret.NewTextString("s3cr3t-token")
	f.Fuzz(func(t *testing.T, body []byte) {
		text := Redact(readBody(body).text, token)
		if len(text) > maxDetail+8 || !utf8.ValidString(text) || strings.ContainsAny(text, "\n\r\x00\x1b") {
			t.Fatalf("not fit for a log: %q", text)
		}
		if strings.Contains(text, "s3cr3t-token") {
			t.Fatalf("the token is in %q", text)
		}
	})
}
