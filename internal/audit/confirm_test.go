package audit_test

import (
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/store/storetest"
)

// TestEveryConfirmedActionIsRefused goes through the table: what is confirmed everywhere is refused by Authorize,
// the rest by whoever knows that live is touched, and all of it once confirmed is not.
func TestEveryConfirmedActionIsRefused(t *testing.T) {
	now := time.Now()
	log := audit.New(storetest.SQLite(t), func() time.Time { return now })
	stale := access.Caller{ID: "u", Name: "u", Roles: []access.Role{access.Admin}, Way: access.BySession}
	fresh := stale
	fresh.ConfirmedAt = now
	code := func(err error) string {
		if err == nil {
			return ""
		}
		code := fault.Code(err)
		return code
	}
	for action, where := range access.ConfirmedActions() {
		if got := code(log.Confirmed(t.Context(), stale, action, "x")); got != "confirm_needed" {
			t.Errorf("%s on live: %q", action, got)
		}
		want := ""
		if where == access.Everywhere {
			want = "confirm_needed"
		}
		if got := code(log.Authorize(t.Context(), stale, action, "x")); got != want {
			t.Errorf("%s anywhere: %q, want %q", action, got, want)
		}
		if got := code(log.Authorize(t.Context(), fresh, action, "x")); got != "" {
			t.Errorf("%s once confirmed: %q", action, got)
		}
	}
	if got := code(log.Authorize(t.Context(), stale, access.BundleWrite, "x")); got != "" {
		t.Errorf("what is not in the table: %q", got)
	}
}
