package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/client"
	"github.com/sealkeeper/sealkeeper/internal/store/storetest"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/secret"
	"github.com/sealkeeper/sealkeeper/vault/vaulttest"
)

var (
	skewRequests = flag.Int("requests", 1000, "requests that TestNeighbouringVersions makes")
	former       = flag.String("former", "", "program of the former version for TestNeighbouringVersions")
)

// later is a step as the next version of the program may have one.
const later = `-- +goose Up
ALTER TABLE organizations ADD COLUMN later TEXT NOT NULL DEFAULT '';
CREATE TABLE later (id TEXT PRIMARY KEY, at BIGINT NOT NULL);
CREATE INDEX organizations_later ON organizations (later);
`

// nextVersion builds this program with one migration more, as its next version has it.
func nextVersion(t *testing.T, into string) {
	t.Helper()
	root, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}").Output()
	if err != nil {
		t.Fatal(err)
	}
	step := filepath.Join(filepath.Dir(into), "later.sql")
	write(t, step, later)
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{
		filepath.Join(strings.TrimSpace(string(root)), "internal/store/migrations/90001_later.sql"): step,
	}})
	if err != nil {
		t.Fatal(err)
	}
	write(t, into+".json", string(overlay))
	build := exec.Command("go", "build", stripped, "-overlay", into+".json", "-o", into, ".")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

// balancer sends requests on to replicas whose /readyz answered 200 when it was last asked. It repeats none.
type balancer struct {
	backends []*backend
	next     atomic.Uint64
	probing  sync.WaitGroup
}

type backend struct {
	url   string
	ready atomic.Bool
	proxy *httputil.ReverseProxy
}

// probeEvery is how often a replica is asked, well within the second for which replicas here drain.
const probeEvery = 100 * time.Millisecond

func newBalancer(t *testing.T, replicas []*replica) (b *balancer, address string) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	b = &balancer{}
	for _, r := range replicas {
		to, err := url.Parse(r.url)
		if err != nil {
			t.Fatal(err)
		}
		proxy := httputil.NewSingleHostReverseProxy(to)
		proxy.Transport = &http.Transport{MaxIdleConnsPerHost: 64, IdleConnTimeout: time.Minute}
		proxy.ErrorLog = log.New(io.Discard, "", 0)
		proxy.ErrorHandler = func(w http.ResponseWriter, _ *http.Request, err error) {
			http.Error(w, "balancer: "+err.Error(), http.StatusBadGateway)
		}
		at := &backend{url: r.url, proxy: proxy}
		b.backends = append(b.backends, at)
		b.probing.Go(func() { at.probe(ctx) })
	}
	front := httptest.NewServer(b)
	t.Cleanup(func() {
		front.Close()
		stop()
		b.probing.Wait()
	})
	return b, front.URL
}

func (b *backend) probe(ctx context.Context) {
	ticker := time.NewTicker(probeEvery)
	defer ticker.Stop()
	for ctx.Err() == nil {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, b.url+"/readyz", nil)
		if err != nil {
			return
		}
		response, err := http.DefaultClient.Do(r)
		if err == nil {
			_ = response.Body.Close()
		}
		b.ready.Store(err == nil && response.StatusCode == http.StatusOK)
		select {
		case <-ticker.C:
		case <-ctx.Done():
		}
	}
}

// ServeHTTP implements http.Handler.
func (b *balancer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	first := b.next.Add(1)
	for i := range b.backends {
		at := b.backends[(first+uint64(i))%uint64(len(b.backends))]
		if at.ready.Load() {
			at.proxy.ServeHTTP(w, r)
			return
		}
	}
	http.Error(w, "balancer: no replica is ready", http.StatusServiceUnavailable)
}

// wait returns when the balancer sends requests to as many replicas.
func (b *balancer) wait(t *testing.T, n int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	ticker := time.NewTicker(probeEvery)
	defer ticker.Stop()
	for {
		ready := 0
		for _, at := range b.backends {
			if at.ready.Load() {
				ready++
			}
		}
		if ready == n {
			return
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			t.Fatalf("the balancer sees %d replicas, and not %d", ready, n)
		}
	}
}

// visitors make requests of every kind through a balancer, and note each that fails.
type visitors struct {
	clients []*client.Client
	qtsp    *qtsp.QTSP
	n       atomic.Int64
	wg      sync.WaitGroup

	mu      sync.Mutex
	changed *sync.Cond
	failed  []string
	made    map[string][]string // table to ids
	took    []time.Duration     // by each request that has ended
}

func (v *visitors) run(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	for person := range v.clients {
		v.wg.Go(func() {
			for ctx.Err() == nil {
				v.visit(context.WithoutCancel(ctx), v.clients[person], int(v.n.Add(1)))
			}
		})
	}
	return func() {
		cancel()
		v.wg.Wait()
	}
}

func newVisitors(t *testing.T, address string, tokens []string, issuing *qtsp.QTSP) *visitors {
	t.Helper()
	v := &visitors{qtsp: issuing, made: map[string][]string{}}
	v.changed = sync.NewCond(&v.mu)
	for _, token := range tokens {
		of, err := client.New(client.Config{
			URL:     address,
			Token:   secret.NewTextString(token),
			Timeout: 30 * time.Second,
		})
		if err != nil {
			t.Fatal(err)
		}
		v.clients = append(v.clients, of)
	}
	return v
}

// more returns when so many more requests have been made.
func (v *visitors) more(t *testing.T, n int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Duration(n)*100*time.Millisecond+2*time.Minute)
	defer cancel()
	defer context.AfterFunc(ctx, func() {
		v.mu.Lock() // so that nobody is between looking and waiting
		defer v.mu.Unlock()
		v.changed.Broadcast()
	})()
	v.mu.Lock()
	defer v.mu.Unlock()
	for want := len(v.took) + n; len(v.took) < want; v.changed.Wait() {
		if ctx.Err() != nil {
			t.Fatal("no more requests are made")
		}
	}
}

// report fails if a request did.
func (v *visitors) report(t *testing.T, within time.Duration) {
	t.Helper()
	slices.Sort(v.took)
	at := func(share float64) time.Duration {
		return v.took[int(float64(len(v.took)-1)*share)].Round(time.Millisecond)
	}
	t.Logf("%d requests in %s, %d failed; half within %s, 99 %% within %s, all within %s; %d organizations, %d "+
		"certificates",
		len(v.took), within.Round(time.Second), len(v.failed), at(0.5), at(0.99), at(1), len(v.made["organizations"]),
		len(v.made["certificates"]))
	for _, failure := range v.failed[:min(len(v.failed), 10)] {
		t.Error(failure)
	}
	if len(v.made["certificates"]) == 0 || len(v.made["organizations"]) == 0 {
		t.Error("nothing was written")
	}
}

// visit makes one request; five of six only read.
func (v *visitors) visit(ctx context.Context, c *client.Client, n int) {
	begun := time.Now()
	var table, id string
	var err error
	switch {
	case n%200 == 0:
		table = "certificates"
		id, err = importOne(ctx, c, v.qtsp)
	case n%6 == 0:
		table = "organizations"
		made, failed := c.AddOrganization(ctx, organization(n))
		id, err = made.ID, failed
	case n%6 == 1:
		_, err = c.ListOrganizations(ctx, client.OrganizationFilter{Listing: client.Listing{Limit: 1}})
	case n%6 == 2:
		_, err = c.Today(ctx)
	default:
		_, err = c.ListCertificates(ctx, client.CertificateFilter{})
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.took = append(v.took, time.Since(begun))
	v.changed.Broadcast()
	if err != nil {
		v.failed = append(v.failed, fmt.Sprintf("request %d (%d): %v", n, n%6, err))
	} else if id != "" {
		v.made[table] = append(v.made[table], id)
	}
}

func importOne(ctx context.Context, c *client.Client, issuing *qtsp.QTSP) (id string, err error) {
	issued, err := issuing.Issue(qtsp.Request{KeyType: qtsp.P256})
	if err != nil {
		return "", err
	}
	stored, err := c.ImportCertificates(ctx, client.Files{Files: []certs.File{
		{Name: "c.pem", Data: issued.CertificatePEM()},
		{Name: "c.key", Data: issued.KeyPEM()},
	}})
	if err != nil || len(stored) != 1 {
		return "", fmt.Errorf("%d stored: %w", len(stored), err)
	}
	return stored[0].ID, nil
}

// TestNeighbouringVersions puts the audit log into partitions, upgrades two replicas one after the other to the next
// version, and puts the former back, while others work with them through a load balancer that asks /readyz and repeats
// nothing. No request fails.
func TestNeighbouringVersions(t *testing.T) {
	server := vaulttest.StartDurable(t)
	_, dsn := storetest.Postgres(t)
	s, both := replicas(t, server.Vault, dsn)
	before, next := s.path("bin/sealkeeper"), s.path("sealkeeper-next")
	if *former == "" {
		nextVersion(t, next)
	} else {
		before, next = *former, before
		roll(t, nil, both, before)
	}
	balancer, address := newBalancer(t, both[:])
	balancer.wait(t, len(both))
	v := newVisitors(t, address, both[0].tokens, s.qtsp)
	stop := v.run(t.Context())
	defer stop()
	share := *skewRequests / 5
	begun := time.Now()
	v.more(t, share)
	t.Log(s.sh("sealkeeper migrate --partition-audit --config replica0.yaml"))
	for _, to := range []string{next, before} {
		rolled := time.Now()
		roll(t, balancer, both, to)
		t.Logf("two replicas were replaced in %s, %d requests meanwhile and before",
			time.Since(rolled).Round(time.Second),
			v.n.Load())
		v.more(t, share)
	}
	v.more(t, max(0, *skewRequests-int(v.n.Load())))
	stop()
	v.report(t, time.Since(begun))
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	for table, ids := range v.made {
		wantRecorded(t, db, table, ids)
	}
	var later int
	if err := db.QueryRowContext(t.Context(), "SELECT count(*) FROM later").Scan(&later); err != nil && *former == "" {
		t.Errorf("the next version has not changed the schema: %v", err)
	}
	for _, check := range []string{"audit verify", "custody check"} {
		t.Log(s.sh("sealkeeper " + check + " --config replica0.yaml"))
	}
}

// roll replaces the program of one replica after the other, as docs/operate.md says.
func roll(t *testing.T, behind *balancer, replicas [2]*replica, program string) {
	t.Helper()
	for _, r := range replicas {
		r.end(syscall.SIGTERM)
		r.program = program
		r.start()
		r.wait("/readyz", http.StatusOK)
		if behind != nil {
			behind.wait(t, len(replicas))
		}
	}
}
