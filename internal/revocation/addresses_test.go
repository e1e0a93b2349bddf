package revocation_test

import (
	"crypto/x509"
	"slices"
	"strings"
	"testing"

	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/internal/store/storetest"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/stack"
)

// A certificate with addresses that none can be is stored, and asked about at those that can be.
func TestAddressesThatNoneCanBe(t *testing.T) { storetest.Each(t, testAddressesThatNoneCanBe) }

func testAddressesThatNoneCanBe(t *testing.T, db *store.DB) {
	s := stack.NewWith(t, stack.Options{DB: db})
	const one = "http://crl.example/1.crl"
	for name, tt := range map[string]struct {
		named []string
		want  []string
	}{
		"one":                {[]string{one}, []string{one}},
		"in a directory":     {[]string{"ldap://crl.example/cn=1", one}, []string{one}},
		"control characters": {[]string{"http://a/\x00", "http://a/\r\nX: y", "http://a\x7f", one}, []string{one}},
		"letters of others":  {[]string{"http://crl.example/\xe9", "http://crl.example/é", one}, []string{one}},
		"long":               {[]string{"http://a/" + strings.Repeat("0123456789", 1000), one}, []string{one}},
		"many":               {slices.Repeat([]string{one}, 100), slices.Repeat([]string{one}, 3)},
		"none that can":      {[]string{"http://crl.example/\x00"}, nil},
	} {
		id := s.ImportIssued(s.QTSP.MustIssue(t, qtsp.Request{
			KeyType: qtsp.P256,
			Change:  func(c *x509.Certificate) { c.CRLDistributionPoints = tt.named },
		}))
		checks, err := db.RevocationsOf(t.Context(), id)
		check(t, err)
		if !slices.Equal(checks[0].Lists, tt.want) {
			t.Errorf("%s: %q", name, checks[0].Lists)
		}
	}
}
