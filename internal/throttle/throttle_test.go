package throttle_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/origin"
	"github.com/sealkeeper/sealkeeper/internal/throttle"
)

func from(t *testing.T, address string) context.Context { return origin.Begin(t.Context(), address) }

func TestOneAddressIsSlowedDownAndNobodyElse(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	th := throttle.New(func() time.Time { return now }, throttle.Attempts)
	entered := 0
	var refused error
	for range 100 {
		if err := th.Enter(from(t, "192.0.2.1")); err != nil {
			refused = err
		} else {
			entered++
		}
	}
	var e *fault.Error
	if entered != 30 || !errors.As(refused, &e) || e.Code != "too_often" || e.After <= 0 {
		t.Errorf("%d entered, then %v", entered, refused)
	}
	if err := th.Enter(from(t, "192.0.2.2")); err != nil {
		t.Errorf("another address: %v", err)
	}
	now = now.Add(e.After)
	if err := th.Enter(from(t, "192.0.2.1")); err != nil {
		t.Errorf("after waiting as told: %v", err)
	}
}

// A network has 2^64 IPv6 addresses, and many addresses push nobody out who is slowed down.
func TestManyAddresses(t *testing.T) {
	now := time.Now()
	th := throttle.New(func() time.Time { return now }, throttle.Attempts)
	for i := range 31 {
		err := th.Enter(from(t, fmt.Sprintf("2001:db8::%x", i+1)))
		if (err != nil) != (i == 30) {
			t.Fatalf("address %d of one network: %v", i+1, err)
		}
	}
	for i := range 9_000 {
		if err := th.Enter(from(t, fmt.Sprintf("10.0.%d.%d", i/250, i%250))); err != nil {
			t.Fatal(err)
		}
	}
	if err := th.Enter(from(t, "2001:db8::99")); err == nil {
		t.Error("forgotten")
	}
}

// Guessing at somebody's account slows down who guesses, and not whose account it is.
func TestNobodyIsLockedOut(t *testing.T) {
	now := time.Now()
	th := throttle.New(func() time.Time { return now }, throttle.Attempts)
	for range 40 {
		_ = th.EnterAs(from(t, "192.0.2.66"), "ada")
	}
	if err := th.EnterAs(from(t, "192.0.2.66"), "ada"); err == nil {
		t.Error("the guesser goes on")
	}
	if err := th.EnterAs(from(t, "192.0.2.1"), "ada"); err != nil {
		t.Errorf("the person: %v", err)
	}
}
