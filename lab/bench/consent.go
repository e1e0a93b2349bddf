package main

import (
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/connector/oauth"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/consent"
	"github.com/sealkeeper/sealkeeper/lab/bank/customer"
	"github.com/sealkeeper/sealkeeper/lab/stack"
)

// refreshStorm has the tokens of 1,000 consents fall due in the same second,
// with two callers for each at two instances on one database. Each consent must be refreshed once.
func refreshStorm(b *testing.B) []figure {
	const consents = 1000
	var refreshes atomic.Int64
	s := stack.NewWith(loud{b}, stack.Options{Front: counting(&refreshes)})
	r := s.Activate()
	ids := make([]string, consents)
	for i := range ids {
		ids[i] = given(b, s, stack.Connector, r.ID)
	}
	s.Now = s.Now.Add(31 * time.Minute)
	instances := []*consent.Service{s.Consents, s.Replica().Consents}
	start := time.Now()
	var all sync.WaitGroup
	for _, id := range ids {
		for _, service := range instances {
			all.Go(func() {
				ctx, cancel := context.WithTimeout(b.Context(), 5*time.Minute)
				defer cancel()
				if _, err := service.Token(ctx, stack.Connector, id); err != nil {
					b.Error(err)
				}
			})
		}
	}
	all.Wait()
	took := time.Since(start)
	return []figure{
		{
			Name:   "refresh_storm_refreshes_per_consent",
			Value:  float64(refreshes.Load()) / consents,
			Unit:   "ratio",
			Op:     "==",
			Target: 1,
			OK:     refreshes.Load() == consents,
		},
		below("refresh_storm_1000_consents", took.Seconds(), "s", 60),
	}
}

// counting counts the refreshes that reach the bank.
func counting(n *atomic.Int64) func(http.Handler) http.Handler {
	return func(sim http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				return
			}
			if strings.Contains(string(body), "grant_type=refresh_token") {
				n.Add(1)
			}
			r.Body = io.NopCloser(strings.NewReader(string(body)))
			sim.ServeHTTP(w, r)
		})
	}
}

// given has a customer consent, and returns the consent's id.
func given(b *testing.B, s *stack.Stack, caller access.Caller, registrationID string) string {
	started, err := s.Consents.Start(b.Context(), caller, consent.Request{RegistrationID: registrationID})
	if err != nil {
		loud{b}.Fatal(err)
	}
	back, err := customer.Approve(b.Context(), started.AuthorizeURL, "55000002", "111111")
	if err != nil {
		loud{b}.Fatal(err)
	}
	if _, err := s.Consents.Callback(b.Context(), caller, oauth.ReadReturn(back.Query())); err != nil {
		loud{b}.Fatal(err)
	}
	return started.Consent.ID
}
