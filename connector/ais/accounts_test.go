package ais_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sealkeeper/sealkeeper/connector/duration"
	"github.com/sealkeeper/sealkeeper/connector/failure"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/lab/bank"
	"github.com/sealkeeper/sealkeeper/lab/tpp"
)

// TestAccounts goes the whole way: consent, code, token, signed call.
func TestAccounts(t *testing.T) {
	tests := []struct {
		segment string
		want    []string // name, type, first balance
		refresh bool
	}{
		{
			"pri",
			[]string{"Compte Bancaire CACC 344.5", "Compte Sur Livret CACC 10250", "Carte a debit differe CARD 182.35"},
			true,
		},
		{"pro", []string{"Compte Professionnel CACC 20417.32", "Compte Professionnel Annexe CACC -152.80"}, true},
		{"ent", []string{"Compte Courant Entreprise CACC 1250000.01"}, false},
	}
	for _, test := range tests {
		t.Run(test.segment, func(t *testing.T) {
			s := tpp.New(t, test.segment)
			client := s.Client(t)
			token := tpp.Consent(t, client)
			if left := time.Until(token.ExpiresAt); left < 29*time.Minute || left > 31*time.Minute {
				t.Errorf("token ends in %v, want 30 minutes", left)
			}
			if token.Refresh.Empty() == test.refresh {
				t.Errorf("refresh token present: %v, want %v", !token.Refresh.Empty(), test.refresh)
			}
			accounts, err := client.AIS.Accounts(t.Context(), token)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, a := range accounts {
				got = append(got, a.Name+" "+a.Type+" "+a.Balances[0].Amount.Value.String())
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("accounts (-want +got):\n%s", diff)
			}
			seen := s.Bank.Traffic()
			if len(seen.Presented) != 1 || seen.Presented[s.QWAC.Certificate.SHA256] == 0 {
				t.Errorf("the bank saw %v", seen.Presented)
			}
		})
	}
}

func TestAccountsWithoutToken(t *testing.T) {
	client := tpp.New(t, "pri").Client(t)
	if _, err := client.AIS.Accounts(t.Context(), nil); !errors.Is(err, fault.Invalid) {
		t.Errorf("got %v", err)
	}
}

// TestReadsAreRepeated: a short outage is ridden out, a long one is not.
func TestReadsAreRepeated(t *testing.T) {
	tests := []struct {
		kind     bank.Failure
		times    int
		want     string // code, "" for success
		requests int
	}{
		{bank.Unavailable, 2, "", 3},
		{bank.GatewayTimeout, 1, "", 2},
		{bank.Unavailable, 3, "bank_unavailable", 3},
		{bank.RateLimited, 1, "daily_quota_reached", 1},
		{bank.NoConsent, 1, "consent_gone", 1},
		{bank.NotJSON, 1, "answer_unreadable", 1},
	}
	s := tpp.New(t, "ent")
	client := s.Client(t)
	token := tpp.Consent(t, client)
	path := "GET /sg/sb/ent/v1.4.2.4/psd2/xs2a/accounts"
	for _, test := range tests {
		t.Run(string(test.kind), func(t *testing.T) {
			before := s.Bank.Traffic().Requests[path]
			s.Bank.Fail(test.times, test.kind)
			_, err := client.AIS.Accounts(t.Context(), token)
			if got := tpp.FaultCode(err); got != test.want {
				t.Errorf("code %q, want %q (%v)", got, test.want, err)
			}
			if got := s.Bank.Traffic().Requests[path] - before; got != test.requests {
				t.Errorf("%d requests, want %d", got, test.requests)
			}
			if cause, ok := errors.AsType[*failure.Failure](err); ok && test.kind == bank.RateLimited &&
				cause.RetryAfter != time.Hour {
				t.Errorf("retry after %v", cause.RetryAfter)
			}
		})
	}
}

func TestSlowBankTimesOut(t *testing.T) {
	s := tpp.New(t, "ent")
	s.Config.Profile.Connection.RequestTimeout = duration.Duration(300 * time.Millisecond)
	client := s.Client(t)
	token := tpp.Consent(t, client)
	s.Bank.Fail(1, bank.Slow)
	if _, err := client.AIS.Accounts(t.Context(), token); tpp.FaultCode(err) != "bank_timed_out" {
		t.Errorf("got %v", err)
	}
	if _, err := client.AIS.Accounts(t.Context(), token); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

func TestWithdrawnConsent(t *testing.T) {
	s := tpp.New(t, "pri")
	client := s.Client(t)
	token := tpp.Consent(t, client)
	s.Bank.RevokeConsents(tpp.ClientID)
	_, err := client.AIS.Accounts(t.Context(), token)
	cause, ok := errors.AsType[*failure.Failure](err)
	if tpp.FaultCode(err) != "consent_gone" || !ok || cause.Action != failure.NewConsent {
		t.Errorf("got %v", err)
	}
}
