package oauth_test

import (
	"errors"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/connector/failure"
	"github.com/sealkeeper/sealkeeper/lab/tpp"
	"github.com/sealkeeper/sealkeeper/secret"
)

func TestTokenErrors(t *testing.T) {
	tests := []struct {
		name   string
		status int
		body   string
		code   string
		action failure.Action
	}{
		{"refresh token dead", 400, `{"error":"invalid_grant","error_description":"expired"}`, "grant_ended",
			failure.NewConsent},
		{"refresh token dead, said with 404", 404,
			`{"timestamp":"Tue, 17 Mar 2020 20:31:48 +0100","status":404,"error":"Not Found"}`, "grant_ended",
			failure.NewConsent},
		{"customer blocked", 400,
			`{"error":"invalid_request","error_description":"Compte inexistant ou bloque"}`, "customer_blocked",
			failure.Terminal},
		{"client refused", 401, `{"error":"invalid_client"}`, "client_refused", failure.Operator},
		{"client refused with 400", 400, `{"error":"invalid_client"}`, "client_refused", failure.Operator},
		{"bare 401", 401, "", "client_refused", failure.Operator},
		{"scope", 400, `{"error":"invalid_scope"}`, "scope_refused", failure.Operator},
		{"unavailable", 503, "", "bank_unavailable", failure.RetryLater},
		{"no token in it", 200, `{"token_type":"Bearer"}`, "answer_unreadable", failure.Operator},
		{"not a bearer token", 200, `{"access_token":"x","token_type":"mac"}`, "answer_unreadable",
			failure.Operator},
		{"no JSON", 200, "welcome", "answer_unreadable", failure.Operator},
		{"redirect", 302, "", "unexpected_redirect", failure.Operator},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			client := tpp.Answering(t, tpp.Saying(test.status, "", test.body))
			_, err := client.OAuth.Refresh(t.Context(), secret.NewTextString("refresh-token"))
			cause, ok := errors.AsType[*failure.Failure](err)
			if !ok || tpp.FaultCode(err) != test.code || cause.Action != test.action {
				t.Errorf("code %q, want %q (%v)", tpp.FaultCode(err), test.code, err)
			}
		})
	}
}

// TestTokenAnswers: an old refresh token stays when no new one comes, and
// expires_in may be text or absent.
func TestTokenAnswers(t *testing.T) {
	tests := []struct {
		body    string
		refresh string
		expires time.Duration
	}{
		{`{"access_token":"a","token_type":"Bearer","expires_in":1800,"refresh_token":"new"}`, "new", 30 * time.Minute},
		{`{"access_token":"a","expires_in":"900"}`, "old", 15 * time.Minute},
		{`{"access_token":"a","token_type":"bearer"}`, "old", 15 * time.Minute},
		{`{"access_token":"a","expires_in":9223372036854775807}`, "old", 10 * 365 * 24 * time.Hour},
	}
	for _, test := range tests {
		t.Run(test.body, func(t *testing.T) {
			client := tpp.Answering(t, tpp.Saying(200, "", test.body))
			token, err := client.OAuth.Refresh(t.Context(), secret.NewTextString("old"))
			if err != nil {
				t.Fatal(err)
			}
			if token.Refresh.Reveal() != test.refresh {
				t.Errorf("refresh %q", token.Refresh.Reveal())
			}
			if left := time.Until(token.ExpiresAt); left > test.expires || left < test.expires-time.Minute {
				t.Errorf("ends in %v", left)
			}
		})
	}
}
