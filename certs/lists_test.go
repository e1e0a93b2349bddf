package certs_test

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
)

var listed = regexp.MustCompile(`<(?:\w+:)?X509Certificate[^>]*>([^<]+)<`)

// TestEveryListedCertificateIsRead reads all certificates of the national trusted
// lists, old and odd ones among them.
func TestEveryListedCertificateIsRead(t *testing.T) {
	lists, err := filepath.Glob(filepath.Join(corpus(t), "tl", "*.xml"))
	if err != nil {
		t.Fatal(err)
	}
	seen, refused := map[string]bool{}, 0
	for _, name := range lists {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range listed.FindAllSubmatch(data, -1) {
			text := strings.Join(strings.Fields(string(m[1])), "")
			raw, err := base64.StdEncoding.DecodeString(text)
			if err != nil || seen[text] {
				continue
			}
			seen[text] = true
			c, err := certs.ParseCertificate(raw)
			if err != nil {
				t.Errorf("%s: %v: %.60s", filepath.Base(name), err, text)
				continue
			}
			if c.X509 == nil {
				refused++
			}
			if c.NotAfter.IsZero() || c.Subject == "" || c.Key.Algorithm == "" {
				t.Errorf("%s: %.60s: facts are missing: %+v", filepath.Base(name), text, c.Key)
			}
			certs.Judge(c, nil, time.Now())
		}
	}
	t.Logf("%d certificates, %d of which crypto/x509 refuses", len(seen), refused)
	if len(seen) < 1000 {
		t.Errorf("only %d certificates", len(seen))
	}
}
