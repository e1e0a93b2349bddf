package identity_test

import (
	"errors"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/identity"
	"github.com/sealkeeper/sealkeeper/internal/store/storetest"
)

// A process takes a token that another has revoked for a second at most, and its own at once not.
func TestRevocationAcrossReplicas(t *testing.T) {
	db, now := storetest.SQLite(t), time.Now
	here, there := identity.New(db, audit.New(db, now), now), identity.New(db, audit.New(db, now), now)
	if _, err := here.AddUser(t.Context(), "Ada", []access.Role{access.Engineer}); err != nil {
		t.Fatal(err)
	}
	token, err := here.NewToken(t.Context(), "Ada", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []*identity.Service{here, there} {
		if _, err := s.Caller(t.Context(), token); err != nil {
			t.Fatal(err)
		}
	}
	revoked := time.Now()
	if err := here.RevokeTokens(t.Context(), "Ada"); err != nil {
		t.Fatal(err)
	}
	if _, err := here.Caller(t.Context(), token); !errors.Is(err, fault.Unauthenticated) {
		t.Errorf("the process that revoked it: %v", err)
	}
	for {
		asked := time.Now()
		_, err := there.Caller(t.Context(), token)
		if errors.Is(err, fault.Unauthenticated) {
			return
		}
		if err != nil || asked.Sub(revoked) > identity.KnownFor+time.Second {
			t.Fatalf("the other process still takes it after %v: %v", asked.Sub(revoked), err)
		}
	}
}
