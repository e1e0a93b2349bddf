package main

import (
	"database/sql"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/store/storetest"
	"github.com/sealkeeper/sealkeeper/vault/vaulttest"
)

// goesOnWithin is how long after a new primary takes writes the service has to take them too.
const goesOnWithin = 10 * time.Second

// TestFailover takes the primary of two PostgreSQL servers away while others write, once
// by a loss of power and once by a network that swallows everything, and promotes the
// standby. No acknowledged write is lost, and nobody has to touch the services.
func TestFailover(t *testing.T) {
	pair := storetest.StartPair(t)
	dsn := pair.DSN()
	server := vaulttest.StartDurable(t)
	s, both := replicas(t, server.Vault, dsn)
	w := newWriters(both, s.qtsp)
	stop := w.run(t.Context())
	defer stop()
	w.more(t, 50)
	for _, loss := range []struct {
		name   string
		happen func()
	}{
		{"the primary loses power", pair.Kill},
		{"the primary drops off the network", pair.Freeze},
	} {
		loss.happen()
		lost := time.Now()
		pair.Promote()
		promoted := time.Now()
		w.more(t, 1)
		after := time.Since(promoted)
		t.Logf("%s: promoted after %s, the first write %s later", loss.name,
			promoted.Sub(lost).Round(time.Millisecond), after.Round(time.Millisecond))
		if after > goesOnWithin {
			t.Errorf("%s: writes were taken again only %s after the new primary took them", loss.name, after)
		}
		w.more(t, 50)
		pair.Rejoin()
		w.more(t, 50)
	}
	stop()
	db, err := sql.Open("pgx", dsn+"&target_session_attrs=read-write")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	for table, ids := range w.acked {
		t.Logf("%d %s", len(ids), table)
		wantRecorded(t, db, table, ids)
	}
	for _, check := range []string{"audit verify", "custody check"} {
		t.Log(s.sh("sealkeeper " + check + " --config replica0.yaml"))
	}
}
