package main

import (
	"fmt"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/backup"
	"github.com/sealkeeper/sealkeeper/internal/note"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/internal/store/storetest"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	"github.com/sealkeeper/sealkeeper/vault"
)

// databases are those that something is measured on: SQLite, and PostgreSQL if there is one.
func databases(b *testing.B) map[string]func() *store.DB {
	all := map[string]func() *store.DB{"sqlite": func() *store.DB { return storetest.SQLite(loud{b}) }}
	if os.Getenv("SEALKEEPER_TEST_POSTGRES") != "" {
		all["postgres"] = func() *store.DB {
			db, _ := storetest.Postgres(loud{b})
			return db
		}
	}
	return all
}

// How many people are at the console, how often each reads a page, and for how long they are watched.
const (
	sessions  = 100
	readEvery = 4 * time.Second
	readFor   = 40 * time.Second
)

// crowd has people at the console read pages with many certificates behind them.
func crowd(b *testing.B) []figure {
	db, from := emptySQLite(b)
	s := seeded(b, db, from, pages)
	for looked := 1; looked > 0; {
		var err error
		if looked, err = s.Registrations.LookAtDue(b.Context()); err != nil {
			loud{b}.Fatal(err)
		}
	}
	first := newReader(b, s)
	paths := []string{"/", "/certificates", "/registrations", "/certificates/c0000001", "/registrations/reg1", "/audit"}
	for _, path := range paths {
		first.get(path)
	}
	var mu sync.Mutex
	took := map[string][]time.Duration{}
	var refused atomic.Int64
	var all sync.WaitGroup
	begun := time.Now()
	for i := range sessions {
		all.Go(func() {
			// Their turns are spread over the time between two pages.
			time.Sleep(readEvery * time.Duration(i) / sessions)
			for n := i; time.Since(begun) < readFor; n++ {
				next := time.Now().Add(readEvery)
				path := paths[n%len(paths)]
				answer, d := first.try(path)
				if answer != http.StatusOK {
					refused.Add(1)
				}
				mu.Lock()
				took[path] = append(took[path], d)
				mu.Unlock()
				time.Sleep(time.Until(next))
			}
		})
	}
	all.Wait()
	var figures []figure
	for _, path := range paths {
		slices.Sort(took[path])
		p99 := float64(at(took[path], 99).Microseconds()) / 1000
		figures = append(figures, below("crowd_"+path+"_p99", p99, "ms", 100))
	}
	return append(figures, below("crowd_refused", float64(refused.Load()), "pages", 1),
		below("crowd_rss", residentMB(), "MB", 512))
}

// try is get that does not end where it is refused.
func (r reader) try(path string) (status int, took time.Duration) {
	request, err := http.NewRequestWithContext(r.b.Context(), http.MethodGet, r.url+path, nil)
	if err != nil {
		return 0, 0
	}
	begun := time.Now()
	answer, err := r.client.Do(request)
	if err != nil {
		return 0, time.Since(begun)
	}
	err = discard(answer, nil)
	if err != nil || answer.Request.URL.Path == "/sign-in" {
		return 0, time.Since(begun)
	}
	return answer.StatusCode, time.Since(begun)
}

// residentMB is the memory of this process, the readers in it.
func residentMB() float64 {
	status, _ := os.ReadFile("/proc/self/status")
	for line := range strings.Lines(string(status)) {
		if fields := strings.Fields(line); len(fields) > 1 && fields[0] == "VmRSS:" {
			kb, _ := strconv.Atoi(fields[1])
			return float64(kb) / 1000
		}
	}
	return 0
}

// overHTTP measures signatures by keys in embedded custody, and readings of accounts, asked for by 64 callers.
func overHTTP(b *testing.B) []figure {
	var figures []figure
	for name, open := range databases(b) {
		target := map[string]float64{"sqlite": 3000, "postgres": 1500}[name]
		s := serve(b, stack.Options{DB: open()}, qtsp.Request{KeyType: qtsp.P256})
		handshake := fmt.Appendf(nil, `{"version": 1, "scheme": "ecdsa_secp256r1_sha256", "message": %s}`,
			certificateVerify(b))
		signed := fmt.Appendf(nil, `{"version": 1, "algorithm": "ecdsa-sha256", "digests": [%q]}`,
			"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa=")
		post := func(what string, body []byte) func() error {
			return lean(b, http.MethodPost, s.url+"/v1/tls/"+s.id+what, body, http.StatusOK,
				"Authorization", "Bearer "+s.token, "Content-Type", "application/json")
		}
		transport, signing := post("/handshakes", handshake), post("/signatures", signed)
		entry := func() error {
			return s.Audit.Record(b.Context(), stack.Connector, access.CertSign, s.id, audit.Done, note.Note{})
		}
		figures = append(figures, rate("transport_p256_"+name+"_c64", callsPerSecond(b, transport), target),
			// Two entries are written for each signature.
			atLeast("signing_p256_"+name+"_c64_vs_half_audit_rate",
				2*throughput(loud{b}, 5, 64, 20, signing, entry), 0.8),
			atLeast("accounts_"+name+"_c64_vs_connector",
				accountsOverHTTP(b, serve(b, stack.Options{DB: open()}, qtsp.Request{})), // the bank wants RSA
				map[string]float64{"sqlite": 0.8, "postgres": 0.6}[name]))
	}
	return figures
}

func callsPerSecond(b *testing.B, call func() error) float64 {
	const workers, n = 64, 40
	timed(loud{b}, workers, n, call)
	return workers * n / timed(loud{b}, workers, n, call).Seconds()
}

// accountsOverHTTP compares reading accounts through the service with its own connector to the bank.
func accountsOverHTTP(b *testing.B, s *served) float64 {
	ctx := b.Context()
	account, token := s.account("reader", access.Accounts)
	reader := access.Caller{ID: account, Name: "reader", Grant: stack.Everything}
	id := given(b, s.Stack, reader, s.id)
	read := lean(b, http.MethodGet, s.url+"/v1/consents/"+id+"/accounts", nil, http.StatusOK,
		"Authorization", "Bearer "+token)
	client, err := s.Issuer.Client(ctx, reader, s.id)
	if err != nil {
		loud{b}.Fatal(err)
	}
	bank, err := s.Consents.Token(ctx, reader, id)
	if err != nil {
		loud{b}.Fatal(err)
	}
	return throughput(loud{b}, 5, 64, 4, read, func() error {
		_, err := client.AIS.Accounts(ctx, bank)
		return err
	})
}

// verifying compares what verifying takes for an entry in a log ten times as long.
func verifying(b *testing.B) []figure {
	var figures []figure
	for name, open := range databases(b) {
		log := audit.New(open(), time.Now)
		var each [2]float64
		written := 0
		for i, n := range []int{10_000, 100_000} {
			timed(loud{b}, 512, (n-written)/512+1, func() error {
				return log.Record(b.Context(), stack.Connector, access.CertUse, "o1", audit.Done, note.Note{})
			})
			written = n
			each[i] = math.Inf(1)
			for range 3 { // the quickest says the most
				begun := time.Now()
				report, err := log.Verify(b.Context())
				if err != nil || report.Broken != nil {
					loud{b}.Fatal(report, err)
				}
				each[i] = min(each[i], time.Since(begun).Seconds()/float64(report.Entries))
			}
			fmt.Printf("# %s: %d entries were verified at %.1f µs each\n", name, n, each[i]*1e6)
		}
		figures = append(figures, below("verify_100000_to_10000_each_"+name, each[1]/each[0], "ratio", 1.5))
	}
	return figures
}

// keeping compares what a backup and a check of custody take for a document where there are ten times as many.
func keeping(b *testing.B) []figure {
	var backups, checks [2]float64
	for i, n := range []int{10_000, 100_000} {
		db := storetest.SQLite(loud{b})
		custody := stack.Embedded(loud{b}, db)
		v := benchVault(loud{b}, db, custody)
		for j := range n {
			if _, err := custody.Put(b.Context(), fmt.Sprintf("d%07d", j), map[string]string{
				"type": "credentials", "client_id": "app", "client_secret": strings.Repeat("s", 40),
			}, 0); err != nil {
				loud{b}.Fatal(err)
			}
		}
		each := func(what string, do func() error) float64 {
			begun := time.Now()
			if err := do(); err != nil {
				loud{b}.Fatal(err)
			}
			took := time.Since(begun)
			fmt.Printf("# %s of %d documents: %.1f s, %.0f MB resident\n", what, n, took.Seconds(), residentMB())
			return took.Seconds() / float64(n)
		}
		checks[i] = each("custody check", func() error {
			_, err := v.CheckCustody(b.Context(), access.Operator())
			return err
		})
		backups[i] = each("backup", func() error {
			path, about := filepath.Join(b.TempDir(), "backup"), backup.Manifest{Custody: "embedded"}
			_, err := backup.Write(b.Context(), path, about, db, func() (vault.Inventory, vault.MAC, error) {
				return v.Inventory(b.Context(), access.Operator())
			})
			return err
		})
	}
	return []figure{
		below("backup_100000_to_10000_each", backups[1]/backups[0], "ratio", 1.5),
		below("custody_check_100000_to_10000_each", checks[1]/checks[0], "ratio", 1.5),
	}
}
