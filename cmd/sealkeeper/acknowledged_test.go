package main

import (
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // to look at what is in the database
	"go.yaml.in/yaml/v3"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/client"
	"github.com/sealkeeper/sealkeeper/internal/store/storetest"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/secret"
	"github.com/sealkeeper/sealkeeper/types/api"
	"github.com/sealkeeper/sealkeeper/vault/vaulttest"
)

// acknowledgedWrites is how many writes TestAcknowledgedWrites waits for, in all.
var acknowledgedWrites = flag.Int("writes", 400, "writes that TestAcknowledgedWrites makes")

// importEvery is the share of imports, which write to Vault too, among the writes.
const importEvery = 50

// writing is how many people write at once, each with a token: there is a limit to the calls of one.
const writing = 8

// replica is one of several services on one database and one Vault.
type replica struct {
	site    *site
	url     string
	config  string
	program string
	tokens  []string         // of those who write
	clients []*client.Client // of those who write
	cmd     *exec.Cmd
}

// start starts the service, and returns when it answers.
func (r *replica) start() {
	t := r.site.t
	t.Helper()
	log, err := os.OpenFile(r.config+".log", os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = log.Close() }()
	r.cmd = exec.Command(r.program, "serve", "--config", r.config)
	r.cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + r.site.dir, "SEALKEEPER_DRAIN_DELAY=1s"}
	r.cmd.Stdout, r.cmd.Stderr = log, log
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	r.wait("/healthz", http.StatusOK)
}

// probes is the pause between two questions whether something is so: without it they take the processor from what is
// waited for.
const probes = 20 * time.Millisecond

// wait returns when the service answers a probe with a status.
func (r *replica) wait(probe string, want int) {
	r.site.t.Helper()
	for end := time.Now().Add(2 * time.Minute); ; time.Sleep(probes) {
		status := 0
		if response, err := http.Get(r.url + probe); err == nil {
			_ = response.Body.Close()
			if status = response.StatusCode; status == want {
				return
			}
		}
		if time.Now().After(end) {
			log, _ := os.ReadFile(r.config + ".log")
			r.site.t.Fatalf("%s%s answers %d and not %d\n%s", r.url, probe, status, want, tail(log))
		}
	}
}

// end sends the service a signal, and returns when its process is gone.
func (r *replica) end(signal syscall.Signal) {
	r.site.t.Helper()
	if err := r.cmd.Process.Signal(signal); err != nil {
		r.site.t.Fatal(err)
	}
	_ = r.cmd.Wait()
}

// replicas returns two services that run on a PostgreSQL database and a Vault.
func replicas(t *testing.T, server *vaulttest.Vault, dsn string) (s *site, both [2]*replica) {
	t.Helper()
	s = newSite(t, server, "")
	text, err := os.ReadFile(s.path("config.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var config map[string]any
	if err := yaml.Unmarshal(text, &config); err != nil {
		t.Fatal(err)
	}
	config["database"] = map[string]any{"dsn": dsn}
	for i := range both {
		address := freePort(t)
		config["listen"] = address
		text, err := yaml.Marshal(config)
		if err != nil {
			t.Fatal(err)
		}
		both[i] = &replica{
			site:    s,
			url:     "http://" + address,
			config:  s.path(fmt.Sprintf("replica%d.yaml", i)),
			program: s.path("bin/sealkeeper"),
		}
		write(t, both[i].config, string(text))
	}
	tokens := make([]string, writing)
	for i := range tokens {
		s.sh(fmt.Sprintf(`sealkeeper user add Ada-%d --role admin --config replica0.yaml
			sealkeeper token add Ada-%d --config replica0.yaml >token`, i, i))
		token, err := os.ReadFile(s.path("token"))
		if err != nil {
			t.Fatal(err)
		}
		tokens[i] = strings.TrimSpace(string(token))
	}
	for _, r := range both {
		r.tokens = tokens
		for _, token := range tokens {
			of, err := client.New(client.Config{
				URL:     r.url,
				Token:   secret.NewTextString(token),
				Timeout: 20 * time.Second,
			})
			if err != nil {
				t.Fatal(err)
			}
			r.clients = append(r.clients, of)
		}
		r.start()
		t.Cleanup(func() { r.end(syscall.SIGTERM) })
	}
	return s, both
}

// writers write through both replicas for as long as they run, and keep what was acknowledged.
type writers struct {
	both   [2]*replica
	qtsp   *qtsp.QTSP
	n      atomic.Int64
	failed atomic.Int64 // writes that neither replica took
	wg     sync.WaitGroup

	mu      sync.Mutex
	changed *sync.Cond
	acked   map[string][]string // table to ids
	total   int                 // of them
	last    error
}

func newWriters(both [2]*replica, issuing *qtsp.QTSP) *writers {
	w := &writers{both: both, qtsp: issuing, acked: map[string][]string{}}
	w.changed = sync.NewCond(&w.mu)
	return w
}

// run has people write until the returned function is called.
func (w *writers) run(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	for person := range writing {
		w.wg.Go(func() {
			for ctx.Err() == nil {
				w.write(ctx, person, int(w.n.Add(1)))
			}
		})
	}
	return func() {
		cancel()
		w.wg.Wait()
	}
}

// write makes one write, at the other replica if the first does not take it, as behind a load balancer.
func (w *writers) write(ctx context.Context, person, n int) {
	for i := range 2 {
		table, id, err := w.try(ctx, w.both[(n+i)%2].clients[person], n*2+i)
		if err == nil {
			w.mu.Lock()
			w.acked[table] = append(w.acked[table], id)
			w.total++
			w.mu.Unlock()
			w.changed.Broadcast()
			return
		}
		if ctx.Err() != nil {
			return
		}
		w.mu.Lock()
		w.last = err
		w.mu.Unlock()
	}
	w.failed.Add(1)
	time.Sleep(probes)
}

func (w *writers) try(ctx context.Context, c *client.Client, n int) (table, id string, err error) {
	if n/2%importEvery != 0 {
		made, err := c.AddOrganization(ctx, organization(n))
		return "organizations", made.ID, err
	}
	issued, err := w.qtsp.Issue(qtsp.Request{KeyType: qtsp.P256})
	if err != nil {
		return "", "", err
	}
	stored, err := c.ImportCertificates(ctx, client.Files{Files: []certs.File{
		{Name: "c.pem", Data: issued.CertificatePEM()},
		{Name: "c.key", Data: issued.KeyPEM()},
	}})
	if err != nil || len(stored) != 1 {
		return "", "", fmt.Errorf("%d stored: %w", len(stored), err)
	}
	return "certificates", stored[0].ID, nil
}

func organization(n int) api.NewOrganization {
	return api.NewOrganization{
		LegalName:              fmt.Sprintf("Firm %d", n),
		Country:                "FR",
		OrganizationIdentifier: fmt.Sprintf("PSDFR-ACPR-%08d", n),
		ContactEmail:           "firm@example.com",
	}
}

func (w *writers) acknowledged() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.total
}

// more returns when so many more writes are acknowledged.
func (w *writers) more(t *testing.T, n int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Duration(n)*100*time.Millisecond+2*time.Minute)
	defer cancel()
	defer context.AfterFunc(ctx, func() {
		w.mu.Lock() // so that nobody is between looking and waiting
		defer w.mu.Unlock()
		w.changed.Broadcast()
	})()
	w.mu.Lock()
	defer w.mu.Unlock()
	for want := w.total + n; w.total < want; w.changed.Wait() {
		if ctx.Err() != nil {
			t.Fatalf("writes are not acknowledged any more: %v", w.last)
		}
	}
}

// TestAcknowledgedWrites has two services killed, replaced one after the other, and
// cut off from what they need, while others write through both. What was
// acknowledged is there, and the audit log is whole.
func TestAcknowledgedWrites(t *testing.T) {
	server := vaulttest.StartDurable(t)
	_, dsn := storetest.Postgres(t)
	s, both := replicas(t, server.Vault, dsn)
	w := newWriters(both, s.qtsp)
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	events := outages(s, both, server, db)
	share := *acknowledgedWrites/(2*len(events)+1) + 1
	stop := w.run(t.Context())
	defer stop()
	w.more(t, share)
	for _, event := range events {
		w.more(t, share)
		failed, at, begun := w.failed.Load(), w.acknowledged(), time.Now()
		event.happen()
		during := w.failed.Load() - failed
		t.Logf("%-30s %4d writes acknowledged, %4d refused by both, within %s", event.name, w.acknowledged()-at,
			during, time.Since(begun).Round(time.Millisecond))
		if event.unseen && during > 0 {
			t.Errorf("%s: %d writes were taken by neither service", event.name, during)
		}
		w.more(t, share)
	}
	stop()
	for table, ids := range w.acked {
		t.Logf("%d %s", len(ids), table)
		if len(ids) == 0 {
			t.Errorf("no write to %s was acknowledged", table)
		}
		wantRecorded(t, db, table, ids)
	}
	for _, check := range []string{"audit verify", "custody check"} {
		t.Log(s.sh("sealkeeper " + check + " --config replica0.yaml"))
	}
}

// outage is what happens while others write. If it is unseen, one of the services takes every write meanwhile.
type outage struct {
	name   string
	unseen bool
	happen func()
}

func outages(s *site, both [2]*replica, server *vaulttest.Durable, db *sql.DB) []outage {
	var all []outage
	for i, r := range both {
		all = append(all, outage{fmt.Sprintf("kill -9 of replica %d", i), true, func() {
			r.end(syscall.SIGKILL)
			r.start()
		}})
	}
	return append(all,
		outage{"a newer program adds columns", true, func() { addColumns(s.t, db) }},
		outage{"rolling upgrade", true, func() {
			for _, r := range both {
				r.end(syscall.SIGTERM)
				r.start()
				r.wait("/readyz", http.StatusOK)
			}
		}},
		outage{"Vault is sealed", false, func() {
			server.Seal(s.t)
			both[0].wait("/readyz", http.StatusServiceUnavailable)
			server.Unseal(s.t)
			both[0].wait("/readyz", http.StatusOK)
		}},
		outage{"connections are ended", false, func() { terminate(s.t, db); both[0].wait("/readyz", http.StatusOK) }},
		outage{"the database is read-only", false, func() {
			readOnly(s.t, db, "SET default_transaction_read_only = on")
			both[0].wait("/readyz", http.StatusServiceUnavailable)
			readOnly(s.t, db, "RESET default_transaction_read_only")
			both[0].wait("/readyz", http.StatusOK)
		}},
		outage{"secret id is stale", false, func() { staleSecretID(s, both, server.Vault) }},
	)
}

// addColumns adds one to each table, and says that a step did so which this program does not know.
func addColumns(t *testing.T, db *sql.DB) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var table string
		if err := rows.Scan(&table); err != nil {
			t.Fatal(err)
		}
		_, err := db.ExecContext(t.Context(), "ALTER TABLE "+table+" ADD COLUMN later TEXT NOT NULL DEFAULT ''")
		if err != nil {
			t.Fatal(err)
		}
	}
	_, err = db.ExecContext(t.Context(), "INSERT INTO goose_db_version (version_id, is_applied) VALUES (90001, TRUE)")
	if err := errors.Join(err, rows.Err()); err != nil {
		t.Fatal(err)
	}
}

// terminate ends every connection to the database but the one that says so.
func terminate(t *testing.T, db *sql.DB) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "+
		"WHERE datname = current_database() AND pid <> pg_backend_pid()"); err != nil {
		t.Fatal(err)
	}
}

// readOnly changes the default of the database's transactions, for sessions to come, and ends those there are.
func readOnly(t *testing.T, db *sql.DB, change string) {
	t.Helper()
	var name string
	if err := db.QueryRowContext(t.Context(), "SELECT current_database()").Scan(&name); err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(t.Context(), "ALTER DATABASE "+name+" "+change); err != nil {
		t.Fatal(err)
	}
	terminate(t, db)
}

// staleSecretID destroys the secret id, kills a replica, which starts with the stale
// one, and puts a new secret id into the file.
func staleSecretID(s *site, both [2]*replica, server *vaulttest.Vault) {
	old, err := os.ReadFile(s.path("secret-id"))
	if err != nil {
		s.t.Fatal(err)
	}
	const role = "auth/approle/role/sealkeeper-main/secret-id"
	server.Root(s.t, http.MethodPost, role+"/destroy", map[string]any{"secret_id": strings.TrimSpace(string(old))})
	both[0].end(syscall.SIGKILL)
	both[0].start()
	both[0].wait("/readyz", http.StatusServiceUnavailable)
	made := server.Root(s.t, http.MethodPost, role, nil)
	data := made["data"].(map[string]any)                       //nolint:forcetypeassert // else the test ends
	write(s.t, s.path("secret-id"), data["secret_id"].(string)) //nolint:forcetypeassert // else the test ends
	for _, r := range both {
		r.wait("/readyz", http.StatusOK)
	}
}

// wantRecorded fails unless each of the ids has a row.
func wantRecorded(t *testing.T, db *sql.DB, table string, ids []string) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), "SELECT id FROM "+table)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	there := map[string]bool{}
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			t.Fatal(err)
		}
		there[id] = true
	}
	if rows.Err() != nil {
		t.Fatal(rows.Err())
	}
	lost := 0
	for _, id := range ids {
		if !there[id] {
			lost++
		}
	}
	if lost > 0 {
		t.Errorf("%d of %d acknowledged %s are lost", lost, len(ids), table)
	}
}
