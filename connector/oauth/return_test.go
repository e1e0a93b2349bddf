package oauth_test

import (
	"net/url"
	"testing"

	"github.com/sealkeeper/sealkeeper/connector/failure"
	"github.com/sealkeeper/sealkeeper/connector/oauth"
	"github.com/sealkeeper/sealkeeper/lab/tpp"
)

// TestReturnsFromTheBank is case 20.
func TestReturnsFromTheBank(t *testing.T) {
	tests := []struct {
		query  string
		code   string // "" for a good one
		action failure.Action
	}{
		{"code=c&state=s", "", ""},
		{"error=access_denied&state=s", "customer_refused", failure.NewConsent},
		{"state=s", "return_broken", failure.NewConsent},
		{"", "return_broken", failure.NewConsent},
		{"error=temporarily_unavailable&state=s", "authorization_unavailable", failure.RetryLater},
		{"error=server_error", "authorization_unavailable", failure.RetryLater},
		{"error=invalid_scope&error_description=x&code=c", "authorization_refused", failure.Operator},
	}
	for _, test := range tests {
		t.Run(test.query, func(t *testing.T) {
			query, err := url.ParseQuery(test.query)
			if err != nil {
				t.Fatal(err)
			}
			err = oauth.ReadReturn(query).Check()
			if test.code == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			tpp.WantFailure(t, err, test.code, test.action)
		})
	}
}
