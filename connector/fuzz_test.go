package connector

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/sealkeeper/sealkeeper/internal/secret"
)

// These decoders are not exported, hence a test inside the package.

func FuzzAccounts(f *testing.F) {
	f.Add([]byte(`{"accounts":[{"resourceId":"1","name":"x","cashAccountType":"CACC","balances":[{"name":"b","balanceType":"XPCD","balanceAmount":{"currency":"EUR","amount":344.5}}],"_links":{}}],"_links":{"next":{"href":"/accounts?page=2"}}}`))
	f.Add([]byte(`{"accounts":[{"balances":[{"balanceAmount":{"amount":"-11.0"}}]}]}`))
	f.Add([]byte(`{"accounts":null}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		page, err := decodeAccounts(body)
		if err != nil {
			return
		}
		for _, account := range page.Accounts {
			for _, balance := range account.Balances {
				if !json.Valid([]byte(balance.Amount.Value.String())) {
					t.Fatalf("amount %q", balance.Amount.Value)
				}
			}
		}
	})
}

func FuzzErrorBody(f *testing.F) {
	f.Add([]byte(`{"status":403,"error":"Forbidden","message":"No consent for TPP"}`))
	f.Add([]byte(`{"error":"invalid_grant","error_description":"token s3cr3t-token was used"}`))
	f.Add([]byte("<html>\x00\xff s3cr3t-token</html>"))
	f.Add([]byte("s3cr3t\xff-token"))
	redact := redactor{secret.NewTextString("s3cr3t-token")}
	f.Fuzz(func(t *testing.T, body []byte) {
		text := redact.clean(readWords(body).text)
		if len(text) > maxDetail+8 || !utf8.ValidString(text) || strings.ContainsAny(text, "\n\r\x00\x1b") {
			t.Fatalf("not fit for a log: %q", text)
		}
		if strings.Contains(text, "s3cr3t-token") {
			t.Fatalf("the token is in %q", text)
		}
	})
}

func FuzzResolve(f *testing.F) {
	for _, href := range []string{"/accounts?page=2", "//elsewhere.example/", "https://bank.example@elsewhere.example/", "..", "?x", "\\\\elsewhere.example", "https:/elsewhere.example"} {
		f.Add(href, true)
		f.Add(href, false)
	}
	f.Fuzz(func(t *testing.T, href string, appended bool) {
		p := Profile{AISBaseURL: "https://bank.example/psd2", HrefMode: HrefRFC3986}
		if appended {
			p.HrefMode = HrefAppend
		}
		got, err := p.resolve("https://bank.example/psd2/accounts", href)
		if err == nil && !strings.HasPrefix(got, "https://bank.example/") && got != "https://bank.example" && !strings.HasPrefix(got, "https://bank.example?") && !strings.HasPrefix(got, "https://bank.example#") {
			t.Fatalf("%q leads to %q", href, got)
		}
	})
}
