package mtls_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/connector"
	"github.com/sealkeeper/sealkeeper/connector/failure"
	"github.com/sealkeeper/sealkeeper/lab/tpp"
)

func accounts(ctx context.Context, c *connector.Client) error {
	_, err := c.AIS.Accounts(ctx, tpp.SomeToken)
	return err
}

// TestRetriesStayWithinABudget: an outage does not meet three times the load.
func TestRetriesStayWithinABudget(t *testing.T) {
	asked := 0
	client := tpp.Answering(t, func(w http.ResponseWriter, _ *http.Request) {
		asked++
		w.WriteHeader(http.StatusServiceUnavailable)
	})
	const calls = 200
	for range calls {
		tpp.WantFailure(t, accounts(t.Context(), client), "bank_unavailable", failure.RetryLater)
	}
	if most := calls + 20 + calls/10; asked > most {
		t.Errorf("%d calls were %d requests, more than %d", calls, asked, most)
	}
}

// TestRetryAfter is honoured while the caller's deadline allows, and told otherwise.
func TestRetryAfter(t *testing.T) {
	date := func(in time.Duration) string { return time.Now().Add(in).UTC().Format(http.TimeFormat) }
	tests := []struct {
		name   string
		header string
		status int
		served bool          // the second try comes and is answered
		told   time.Duration // least Failure.RetryAfter otherwise
	}{
		{"seconds", "1", 503, true, 0},
		{"seconds, limited", "1", 429, true, 0},
		{"a date gone by", date(-time.Hour), 503, true, 0},
		{"a date", date(time.Hour), 503, false, 59 * time.Minute},
		{"longer than the deadline", "30", 429, false, 30 * time.Second},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			asked := 0
			client := tpp.Answering(t, func(w http.ResponseWriter, _ *http.Request) {
				if asked++; asked == 1 {
					w.Header().Set("Retry-After", test.header)
					w.WriteHeader(test.status)
					return
				}
				_, _ = io.WriteString(w, `{"accounts":[]}`)
			})
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			err := accounts(ctx, client)
			if test.served {
				if err != nil || asked != 2 {
					t.Errorf("asked %d times, %v", asked, err)
				}
				return
			}
			cause, ok := errors.AsType[*failure.Failure](err)
			if !ok || cause.RetryAfter < test.told || asked != 1 {
				t.Errorf("asked %d times, %+v", asked, cause)
			}
		})
	}
}
