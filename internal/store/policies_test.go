package store_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/policy"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/internal/store/storetest"
)

// The newest version of a setting is in force, a version is written once, and none is changed or taken away.
func TestPolicySettings(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		setting := func(name string, version int, value string) policy.Setting {
			return policy.Setting{
				Name:          name,
				Version:       version,
				Value:         value,
				Way:           policy.ByApproval,
				Reason:        "r",
				ChangedBy:     "u",
				ChangedByName: "Ada",
				ChangedAt:     time.Unix(1_800_000_000, 0).UTC(),
			}
		}
		must(t, db.AddPolicySettings(ctx, []policy.Setting{setting("a", 1, "x"), setting("b", 1, "y")}))
		must(t, db.AddPolicySettings(ctx, []policy.Setting{setting("a", 2, "z")}))
		// One of two versions is there, so neither is written.
		err := db.AddPolicySettings(ctx, []policy.Setting{setting("b", 2, "v"), setting("a", 2, "w")})
		if !errors.Is(err, fault.Conflict) {
			t.Errorf("a version was written again: %v", err)
		}
		got, err := db.PolicySettings(ctx)
		must(t, err)
		if diff := cmp.Diff([]policy.Setting{setting("a", 2, "z"), setting("b", 1, "y")}, got); diff != "" {
			t.Errorf("in force (-want +got):\n%s", diff)
		}
		for _, statement := range []string{"UPDATE policy_settings SET value = ''", "DELETE FROM policy_settings"} {
			if err := store.Exec(ctx, db, statement); err == nil || !strings.Contains(err.Error(), "append-only") {
				t.Errorf("%s: %v", statement, err)
			}
		}
	})
}
