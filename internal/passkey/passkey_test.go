package passkey_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/identity"
	"github.com/sealkeeper/sealkeeper/internal/passkey"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/internal/store/storetest"
	"github.com/sealkeeper/sealkeeper/secret"
)

const address = "https://sealkeeper.example"

func at(t *testing.T, db *store.DB, now func() time.Time, publicURL string) *passkey.Service {
	t.Helper()
	log := audit.New(db, now)
	s, err := passkey.New(db, identity.New(db, log, now), log, now, publicURL)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestAddressesOfPasskeys: browsers know none of an IP address, nor in clear but on this machine.
func TestAddressesOfPasskeys(t *testing.T) {
	db := storetest.SQLite(t)
	for publicURL, want := range map[string]bool{
		"https://sealkeeper.example":      true,
		"https://sealkeeper.example:8443": true,
		"http://localhost:8420":           true,
		"http://127.0.0.1:8420":           false,
		"https://192.0.2.1":               false,
		"https://[2001:db8::1]":           false,
		"http://sealkeeper.example":       false,
		"":                                false,
	} {
		s := at(t, db, time.Now, publicURL)
		if s.Available() != want {
			t.Errorf("%q: %v", publicURL, !want)
		}
		if _, _, err := s.BeginSignIn(t.Context()); (fault.Code(err) == "passkeys_unavailable") == want {
			t.Errorf("%q: %v", publicURL, err)
		}
	}
}

// TestChallenges: what a browser is to sign is good for one answer, a few minutes, what it was asked for and whom;
// and for whichever process takes the answer.
func TestChallenges(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, now := t.Context(), time.Now()
		clock := func() time.Time { return now }
		one, other := at(t, db, clock, address), at(t, db, clock, address)
		begin := func() secret.Text {
			t.Helper()
			options, held, err := one.BeginSignIn(ctx)
			if err != nil {
				t.Fatal(err)
			}
			var asked struct {
				PublicKey struct {
					Challenge, RPID, UserVerification string
				}
			}
			if err := json.Unmarshal(options, &asked); err != nil || asked.PublicKey.UserVerification != "required" ||
				asked.PublicKey.RPID != "sealkeeper.example" || len(asked.PublicKey.Challenge) < 43 {
				t.Fatalf("asks for %s, %v", options, err)
			}
			return held
		}
		held := begin()
		_, _, err := other.SignIn(ctx, held, []byte("{}"))
		if fault.Code(err) != "passkey_refused" {
			t.Errorf("another process: %v", err)
		}
		if _, _, err = one.SignIn(ctx, held, []byte("{}")); fault.Code(err) != "passkey_late" {
			t.Errorf("a second answer: %v", err)
		}
		held = begin()
		ada := access.Caller{ID: "ada", Name: "Ada", Roles: []access.Role{access.Admin}}
		if err := one.Confirm(ctx, ada, held, []byte("{}")); fault.Code(err) != "passkey_late" {
			t.Errorf("for something else: %v", err)
		}
		held = begin()
		now = now.Add(5 * time.Minute)
		if _, _, err = one.SignIn(ctx, held, []byte("{}")); fault.Code(err) != "passkey_late" {
			t.Errorf("late: %v", err)
		}
		_, held, err = one.BeginAdding(ctx, ada)
		if err != nil {
			t.Fatal(err)
		}
		eve := access.Caller{ID: "eve", Name: "Eve", Roles: []access.Role{access.Admin}}
		if _, err = one.Add(ctx, eve, held, "a key", []byte("{}")); fault.Code(err) != "passkey_late" {
			t.Errorf("another person: %v", err)
		}
	})
}

// A session left open adds no passkey, and a name is one.
func TestAddingIsConfirmed(t *testing.T) {
	now := time.Now()
	s := at(t, storetest.SQLite(t), func() time.Time { return now }, address)
	ada := access.Caller{ID: "ada", Name: "Ada", Roles: []access.Role{access.Auditor}, Way: access.BySession}
	if _, _, err := s.BeginAdding(t.Context(), ada); fault.Code(err) != "confirm_needed" {
		t.Error(err)
	}
	ada.ConfirmedAt = now
	for _, name := range []string{"", " ", "a\x1b[31m"} {
		if _, err := s.Add(t.Context(), ada, secret.Text{}, name, nil); fault.Code(err) != "passkey_name" {
			t.Errorf("name %q: %v", name, err)
		}
	}
}
