package connector_test

import (
	"net/http"
	"testing"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/connector"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/tpp"
)

// BenchmarkSign is dominated by the RSA operation.
func BenchmarkSign(b *testing.B) {
	seal := tpp.Issue(b, qtsp.Request{Kind: certs.QSealC})
	signer := connector.NewSigner(connector.SocieteGenerale().Signature, seal.Source(), "https://tpp.example", tpp.ClientID)
	req := request(b, http.MethodGet, "")
	b.ReportAllocs()
	for b.Loop() {
		if err := signer.Sign(b.Context(), req, nil, connector.AIS); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkAccounts is the whole signed call against the simulated bank.
func BenchmarkAccounts(b *testing.B) {
	client := tpp.New(b, "pri").Client(b)
	token := tpp.Consent(b, client)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := client.Accounts(b.Context(), token); err != nil {
			b.Fatal(err)
		}
	}
}
