package pis

import (
	"net/http"
	"strings"
	"testing"

	"github.com/sealkeeper/sealkeeper/connector/money"
)

func FuzzPaymentReport(f *testing.F) {
	f.Add([]byte(`{
		"paymentRequest": {
			"paymentInformationId": "x", "paymentInformationStatus": "RJCT", "statusReasonInformation": "CUST"
		},
		"_links": {}
	}`))
	f.Add([]byte(`{"paymentRequest": {
		"paymentInformationStatus": "RJCT", "creditTransferTransaction": [{"statusReasonInformation": "NOAS"}]
	}}`))
	f.Add([]byte(`{"paymentRequest":null}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		_, report, err := decodePayment(body)
		if err == nil && (!isWord(string(report.Status)) || report.Status.Sentence() == "") {
			t.Fatalf("%+v", report)
		}
	})
}

func FuzzPaymentCreation(f *testing.F) {
	f.Add([]byte(`{"_links":{"consentApproval":{"href":"https://bank.example/index.html#obu/1?x=1"}}}`),
		"/payment-requests/1")
	f.Add([]byte(`{"_links":{"consentApproval":{"href":"https://bank.example/?paymentRequestResourceId=../.."}}}`),
		"..")
	f.Add([]byte(`{"_links":{"consentApproval":"x"}}`), "%zz")
	settings := Settings{IDSources: []IDSource{IDFromLocation, IDFromFragment, IDFromQuery}}
	f.Fuzz(func(t *testing.T, body []byte, location string) {
		consentURL, err := decodeCreation(body)
		if err != nil {
			return
		}
		id := settings.resourceID(http.Header{"Location": {location}}, consentURL)
		if strings.ContainsAny(id, "/\\?#%\n") || id == "." || id == ".." {
			t.Fatalf("the id %q would change the path", id)
		}
		if checkConsentURL(consentURL) == nil && !strings.HasPrefix(strings.ToLower(consentURL), "http") {
			t.Fatalf("%q is taken for a page", consentURL)
		}
	})
}

func FuzzCents(f *testing.F) {
	for _, s := range []string{"124.35", "0.1", "1e3", "999999999.99", "-1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := money.ParseDecimal(s)
		if err != nil {
			return
		}
		n, err := cents(d)
		if err != nil {
			return
		}
		back, err := money.ParseDecimal(inEuro(n))
		if again, err2 := cents(back); err != nil || err2 != nil || again != n {
			t.Fatalf("%q became %d, then %q", s, n, inEuro(n))
		}
	})
}
