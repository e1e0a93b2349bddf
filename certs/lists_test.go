package certs_test

import (
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/certs/rules"
	"github.com/sealkeeper/sealkeeper/lab/corpus"
)

// TestEveryListedCertificateIsRead reads all certificates of the national trusted
// lists, old and odd ones among them.
func TestEveryListedCertificateIsRead(t *testing.T) {
	all, refused := corpus.Listed(t), 0
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
		rules.Judge(c, nil, time.Now())
	}
	t.Logf("%d certificates, %d of which crypto/x509 refuses", len(all), refused)
	if len(all) < 1000 {
		t.Errorf("only %d certificates", len(all))
	}
}
