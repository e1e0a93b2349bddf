package ais_test

import (
	"testing"

	"github.com/sealkeeper/sealkeeper/lab/tpp"
)

// BenchmarkAccounts is the whole signed call against the simulated bank.
func BenchmarkAccounts(b *testing.B) {
	client := tpp.New(b, "pri").Client(b)
	token := tpp.Consent(b, client)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := client.AIS.Accounts(b.Context(), token); err != nil {
			b.Fatal(err)
		}
	}
}
