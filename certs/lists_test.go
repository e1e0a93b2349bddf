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

// listedCertificates are the different ones in the trusted lists of the corpus.
func listedCertificates(t *testing.T) [][]byte {
	t.Helper()
	lists, err := filepath.Glob(filepath.Join(corpus(t), "tl", "*.xml"))
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	var all [][]byte
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
			all = append(all, raw)
		}
	}
	return all
}

// TestEveryListedCertificateIsRead reads all certificates of the national trusted
// lists, old and odd ones among them.
func TestEveryListedCertificateIsRead(t *testing.T) {
	all, refused := listedCertificates(t), 0
	for _, raw := range all {
		c, err := certs.ParseCertificate(raw)
		if err != nil {
			t.Errorf("%v: %.30x", err, raw)
			continue
		}
		if c.X509 == nil {
			refused++
		}
		if c.NotAfter.IsZero() || c.Subject == "" || c.Key.Algorithm == "" {
			t.Errorf("%.30x: facts are missing: %+v", raw, c.Key)
		}
		certs.Judge(c, nil, time.Now())
	}
	t.Logf("%d certificates, %d of which crypto/x509 refuses", len(all), refused)
	if len(all) < 1000 {
		t.Errorf("only %d certificates", len(all))
	}
}
