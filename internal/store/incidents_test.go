package store_test

import (
	"errors"
	"testing"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/incident"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/internal/store/storetest"
)

// An incident stands once, freezes what has the key, and ends once, in both databases.
func TestIncidents(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		for _, id := range []string{"c", "renewed"} {
			inserts(t, db, `INSERT INTO certificates (id, state, name, kind, sha256, organization_identifier, not_after,
				chain_pem, custody, created_at, created_by, key_id) VALUES ('`+id+`', 'stored', 'ours', 'qwac', '`+id+
				`', '', 0,
				'', 'embedded', 0, 'u1', 'c')`)
		}
		i := incident.Incident{ID: "i", CertificateID: "c", SHA256: "c", KeyID: "c", WholeKey: true, DeclaredAt: at}
		must(t, db.AddIncident(ctx, i))
		i.ID = "j"
		if err := db.AddIncident(ctx, i); !errors.Is(err, fault.Conflict) {
			t.Errorf("declared twice: %v", err)
		}
		frozen, err := db.CompromisedCertificates(ctx)
		if err != nil || len(frozen) != 2 || !frozen["renewed"].Equal(at) {
			t.Errorf("%v, %v", frozen, err)
		}
		must(t, db.NoteTold(ctx, "i", "", incident.Telling{By: "u2", At: at}))
		if err := db.NoteTold(ctx, "i", "r", incident.Telling{By: "u2", At: at}); !errors.Is(err, fault.NotFound) {
			t.Errorf("told nobody: %v", err)
		}
		found, err := db.IncidentOf(ctx, "renewed")
		if err != nil || found.ID != "i" || found.Told.By != "u2" || found.InUse != 0 || !found.Standing() {
			t.Errorf("%+v, %v", found, err)
		}
		page, err := db.IncidentPage(ctx, access.Whole(), incident.Listed.Query())
		if err != nil || len(page.Items) != 1 {
			t.Errorf("%+v, %v", page, err)
		}
		uses, err := db.IncidentUses(ctx, access.Whole(), "i", incident.ListedUses.Query())
		if err != nil || len(uses.Items) != 0 {
			t.Errorf("%+v, %v", uses, err)
		}
		must(t, db.WithdrawIncident(ctx, "i", incident.Withdrawal{By: "u1", At: at}))
		if err := db.WithdrawIncident(ctx, "i", incident.Withdrawal{By: "u1", At: at}); !errors.Is(err,
			fault.Conflict) {
			t.Errorf("withdrawn twice: %v", err)
		}
		if _, is, err := db.Compromised(ctx, "c"); err != nil || is {
			t.Errorf("frozen still: %v", err)
		}
		must(t, db.AddIncident(ctx, i))
	})
}
