package pis

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/connector/failure"
)

// TestPaymentFailures: the refusals of calls that change a payment. The calls
// themselves are tested against a bank.
func TestPaymentFailures(t *testing.T) {
	tests := []struct {
		name   string
		call   operation
		status int
		body   string
		code   string
		action failure.Action
	}{
		{"13 signing profile", create, 400,
			`{"status":400,"error":"Bad Request",` +
				`"message":"Missing request header 'Digest' for method parameter of type String",` +
				`"path":"/v1/payment-requests"}`,
			"signature_refused", failure.Operator},
		{"14 invalid", create, 400,
			`{"status":400,"error":"Bad Request","message":"The format of the input is not valid"}`,
			"payment_refused_as_invalid", failure.Bug},
		{"15 not authenticated", confirm, 403,
			`{"status":403,"error":"Forbidden","message":"..","path":"/v1/payment-requests/id/confirmation"}`,
			"confirmation_refused", failure.CheckStatus},
		{"16 more than a cancellation", change, 403, ``, "payment_change_refused", failure.CheckStatus},
		{"16 too late", change, 409, ``, "payment_state_conflict", failure.CheckStatus},
		{"19 outcome unknown", create, 500,
			`{"status":500,"error":"Internal Server Error","message":"Something went wrong"}`, "outcome_unknown",
			failure.CheckStatus},
		{"19 gateway", confirm, 504, ``, "outcome_unknown", failure.CheckStatus},
		{"23 account closed", create, 400, `{"status":400,"message":"AC04"}`, "account_unusable", failure.Terminal},
		{"12 rate", create, 429, ``, "rate_limited", failure.RetryLater},
		{"8 token", create, 401, `{"message":"invalid token"}`, "token_refused", failure.RefreshToken},
	}
	phrases := failure.Phrases{Signature: []string{"signature", "digest"}}
	reader := failure.Reader{Phrases: phrases, Now: time.Now, Zone: time.UTC}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			err := writeError(reader.Read(test.status, http.Header{}, []byte(test.body)), test.call)
			cause, ok := errors.AsType[*failure.Failure](err)
			if !ok || cause.Code != test.code || cause.Action != test.action {
				t.Errorf("got %+v, want %s", cause, test.code)
			}
		})
	}
}
