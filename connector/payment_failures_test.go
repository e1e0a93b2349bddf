package connector

import (
	"errors"
	"net/http"
	"testing"
	"time"
)

// TestPaymentFailures: the refusals of calls that change a payment. The calls
// themselves are tested against a bank.
func TestPaymentFailures(t *testing.T) {
	tests := []struct {
		name   string
		call   paymentCall
		status int
		body   string
		code   string
		action Action
	}{
		{"13 signing profile", createPayment, 400,
			`{"status":400,"error":"Bad Request","message":"Missing request header 'Digest' for method parameter of type String","path":"/v1/payment-requests"}`, "signature_refused", Operator},
		{"14 invalid", createPayment, 400,
			`{"status":400,"error":"Bad Request","message":"The format of the input is not valid"}`,
			"payment_refused_as_invalid", Bug},
		{"15 not authenticated", confirmPayment, 403,
			`{"status":403,"error":"Forbidden","message":"..","path":"/v1/payment-requests/id/confirmation"}`,
			"confirmation_refused", CheckStatus},
		{"16 more than a cancellation", changePayment, 403, ``, "payment_change_refused", CheckStatus},
		{"16 too late", changePayment, 409, ``, "payment_state_conflict", CheckStatus},
		{"19 outcome unknown", createPayment, 500,
			`{"status":500,"error":"Internal Server Error","message":"Something went wrong"}`, "outcome_unknown",
			CheckStatus},
		{"19 gateway", confirmPayment, 504, ``, "outcome_unknown", CheckStatus},
		{"23 account closed", createPayment, 400, `{"status":400,"message":"AC04"}`, "account_unusable", Terminal},
		{"12 rate", createPayment, 429, ``, "rate_limited", RetryLater},
		{"8 token", createPayment, 401, `{"message":"invalid token"}`, "token_refused", RefreshToken},
	}
	j := judge{texts: SocieteGenerale().Texts, now: time.Now(), zone: time.UTC}
	for _, test := range tests {
		err := j.payment(test.call, &answer{status: test.status, header: http.Header{}, body: []byte(test.body)})
		failure, ok := errors.AsType[*Failure](err)
		if !ok || failure.Code != test.code || failure.Action != test.action {
			t.Errorf("%s: got %+v, want %s", test.name, failure, test.code)
		}
	}
}
