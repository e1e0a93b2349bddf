package vault_test

import (
	"crypto/x509"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/internal/store/storetest"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/stack"
)

// What is long in a certificate is stored, or refused in words, whatever a database takes into its indexes.
func TestLongTextsOfCertificates(t *testing.T) {
	long, key := strings.Repeat("Ж1é", 1500), issue(t, qtsp.Request{}).Key.Signer()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		v := stack.Wire(t, db, stack.Embedded(t, db), time.Now).Vault
		for name, test := range map[string]struct {
			r    qtsp.Request
			code string
		}{
			"names":      {qtsp.Request{Organization: long, CommonName: long, NCAName: long}, ""},
			"domains":    {qtsp.Request{Change: manyDomains}, ""},
			"too long":   {qtsp.Request{OrganizationIdentifier: "PSDFR-ACPR-" + long}, "organization_identifier_long"},
			"just right": {qtsp.Request{OrganizationIdentifier: "PSDFR-ACPR-" + strings.Repeat("1", 489)}, ""},
		} {
			test.r.Key = key
			_, err := v.Import(t.Context(), officer, files(issue(t, test.r)))
			if err != nil && fault.Code(err) != test.code || err == nil && test.code != "" {
				t.Errorf("%s: got %v, want %q", name, err, test.code)
			}
		}
	})
}

func manyDomains(c *x509.Certificate) {
	for i := range 500 {
		c.DNSNames = append(c.DNSNames, strings.Repeat("a", 60)+strconv.Itoa(i)+".exemple-paiement.example")
	}
}
