package main

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/internal/app"
	"github.com/sealkeeper/sealkeeper/internal/internet"
	"github.com/sealkeeper/sealkeeper/internal/parallel"
	"github.com/sealkeeper/sealkeeper/internal/registers"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/internal/store/storetest"
	"github.com/sealkeeper/sealkeeper/internal/trust"
	"github.com/sealkeeper/sealkeeper/lab/authority"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	"github.com/sealkeeper/sealkeeper/vault"
)

// spent is how long something took by the clock, and the time of all processors of this process meanwhile, with
// which other work on the machine has little to do.
func spent(b *testing.B, do func() error) (wall, processors float64) {
	start, before := time.Now(), processorTime(b)
	if err := do(); err != nil {
		loud{b}.Fatal(err)
	}
	return time.Since(start).Seconds(), processorTime(b) - before
}

func processorTime(b *testing.B) float64 {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		loud{b}.Fatal(err)
	}
	seconds := func(t syscall.Timeval) float64 { return float64(t.Sec) + float64(t.Usec)/1e6 }
	return seconds(used.Utime) + seconds(used.Stime)
}

// trustedLists is what the LOTL and 31 lists take that were never read, and the next start.
func trustedLists(b *testing.B) []figure {
	s := stack.New(loud{b})
	var europe *qtsp.Europe
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		europe.ServeHTTP(w, r)
	}))
	b.Cleanup(server.Close)
	q, err := qtsp.NewAt(s.Now, server.URL)
	if err == nil {
		europe, err = qtsp.NewEurope(s.Now, server.URL, []*qtsp.QTSP{q}, 230)
	}
	if err != nil {
		loud{b}.Fatal(err)
	}
	if europe.Bytes < 20e6 {
		loud{b}.Fatalf("the lists have %d bytes", europe.Bytes)
	}
	leaf := q.MustIssue(loud{b}, qtsp.Request{KeyType: qtsp.P256}).Certificate
	started := func() *trust.Service { return trust.New(trustConfig(b, s, server.URL, europe)) }
	judged := func() error {
		reads := started()
		if _, err := reads.ReadDue(b.Context()); err != nil {
			return err
		}
		v, err := reads.Judge(b.Context(), leaf, nil)
		if err == nil && v.State != "granted" {
			err = fmt.Errorf("judged %s", v.State)
		}
		return err
	}
	cold, coldProcessors := spent(b, judged)
	warm, _ := spent(b, judged)
	lists, err := s.DB.TrustedLists(b.Context())
	if err != nil || len(lists) != 32 {
		loud{b}.Fatalf("%d lists, %v", len(lists), err)
	}
	for _, l := range lists {
		if l.Cause != "" || l.ReadAt.IsZero() {
			loud{b}.Fatalf("%s was not read: %s", l.Territory, l.Cause)
		}
	}
	return []figure{
		below("trusted_lists_cold", cold, "s", 20),
		below("trusted_lists_cold_processors", coldProcessors, "s", 20),
		below("trusted_lists_warm", warm, "s", 1),
	}
}

func trustConfig(b *testing.B, s *stack.Stack, base string, europe *qtsp.Europe) trust.Config {
	anchor, err := certs.ParseCertificate(europe.Anchor.Raw)
	if err != nil {
		loud{b}.Fatal(err)
	}
	return trust.Config{
		Store:   s.DB,
		Asks:    asking(b),
		LOTL:    base + qtsp.ListOfListsPath,
		Anchors: []*certs.Certificate{anchor},
		Now:     func() time.Time { return s.Now },
	}
}

func asking(b *testing.B) *internet.Client {
	asks, err := internet.New(internet.Config{Allow: []string{"127.0.0.1"}})
	if err != nil {
		loud{b}.Fatal(err)
	}
	return asks
}

const issuers = 50

// qualified is a firm's certificates, all in use, of 50 issuers, each of which publishes a revocation list; the trusted
// lists that they are on, and a register.
type qualified struct {
	*stack.Stack
	b        *testing.B
	number   int // of certificates
	services []*qtsp.Service
	each     []float64 // processor time of each judge
}

func newQualified(b *testing.B, db *store.DB, number int) *qualified {
	f := &qualified{b: b, number: number}
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	b.Cleanup(server.Close)
	start := time.Now()
	clock := func() time.Time {
		if f.Stack == nil {
			return start
		}
		return f.Now
	}
	all := make([]*qtsp.QTSP, issuers)
	for n := range all {
		var err error
		path := fmt.Sprintf("/%d", n)
		all[n], err = qtsp.NewNamed(start, server.URL+path, fmt.Sprintf("Sealkeeper Test QTSP %d", n))
		if err != nil {
			loud{b}.Fatal(err)
		}
		service, err := qtsp.NewService(all[n], clock)
		if err != nil {
			loud{b}.Fatal(err)
		}
		service.CountFor(7 * 24 * time.Hour)
		f.services = append(f.services, service)
		mux.Handle(path+"/", http.StripPrefix(path, service))
	}
	europe, err := qtsp.NewEurope(start, server.URL, all, 10)
	if err != nil {
		loud{b}.Fatal(err)
	}
	mux.Handle("/", europe)
	anchor, err := certs.ParseCertificate(europe.Anchor.Raw)
	if err != nil {
		loud{b}.Fatal(err)
	}
	multiply(b, db, issue(b, all, number, start.Add(24*time.Hour)))
	asks, err := internet.New(internet.Config{Allow: []string{"127.0.0.1"}, Now: clock})
	if err != nil {
		loud{b}.Fatal(err)
	}
	f.Stack = stack.NewWith(loud{b}, stack.Options{
		DB:           db,
		Outgoing:     asks,
		TrustedLists: app.TrustedLists{URL: server.URL + qtsp.ListOfListsPath, Signers: []*certs.Certificate{anchor}},
		Registers:    app.Registers{Sources: []registers.Source{{ID: registers.EBA}}},
	})
	return f
}

// issue has certificates issued for one key that become valid at a time, so that all of them are judged again then.
func issue(b *testing.B, all []*qtsp.QTSP, number int, from time.Time) []*qtsp.Issued {
	key := all[0].MustIssue(loud{b}, qtsp.Request{KeyType: qtsp.P256}).Key.Signer()
	issued, failed := make([]*qtsp.Issued, number), make([]error, number)
	parallel.Each(number, func(i int) {
		kind := []certs.Kind{certs.QWAC, certs.QSealC}[i%2]
		issued[i], failed[i] = all[i/2%len(all)].Issue(qtsp.Request{Kind: kind, Key: key, NotBefore: from})
	})
	if err := errors.Join(failed...); err != nil {
		loud{b}.Fatal(err)
	}
	return issued
}

func (f *qualified) asked() (sum int) {
	for _, s := range f.services {
		for _, n := range s.Asked() {
			sum += n
		}
	}
	return sum
}

// judgeAgain judges all certificates by the rules, revocation lists, trusted lists and a register.
func (f *qualified) judgeAgain() error {
	ctx := f.b.Context()
	for _, judge := range []func(context.Context) (int, error){
		f.Vault.JudgeAgain, f.Revocation.AskDue, f.Trust.JudgeUsed, f.Registers.JudgeUsed,
	} {
		before := processorTime(f.b)
		judged, err := judge(ctx)
		if err == nil && judged < f.number {
			err = fmt.Errorf("judge %d has judged %d", len(f.each)+1, judged)
		}
		if err != nil {
			return err
		}
		f.each = append(f.each, processorTime(f.b)-before)
	}
	return nil
}

// begin has everything read, and all certificates judged for the first time by the rules and revocation lists.
func (f *qualified) begin() error {
	listed := authority.New(func() time.Time { return f.Now })
	listed.List(authority.Firm{
		Authority: "FR_ACPR",
		Number:    "12345",
		Services:  map[string][]string{"FR": {"PS_070", "PS_080", "PS_05A"}},
		Changes:   []string{"2019-01-01"},
	})
	_, err := f.Registers.Import(f.b.Context(), stack.Officer, registers.EBA, bytes.NewReader(listed.Register()))
	if err == nil {
		_, err = f.Trust.ReadDue(f.b.Context())
	}
	if err == nil {
		_, err = f.Vault.JudgeAgain(f.b.Context())
	}
	if err == nil {
		_, err = f.Revocation.AskDue(f.b.Context())
	}
	return err
}

// reading reads the first page of the list of certificates over and over, as a person would, until the function that it
// returns is called, which says how many milliseconds nearly all of these pages (19 in 20) took at most.
func (f *qualified) reading() (stop func() float64) {
	over, done := make(chan struct{}), make(chan []float64)
	go func() {
		var each []float64
		for {
			select {
			case <-over:
				done <- each
				return
			case <-time.After(50 * time.Millisecond):
			}
			start := time.Now()
			if _, err := f.Vault.Page(f.b.Context(), stack.Auditor, vault.Certificates.Query()); err != nil {
				loud{f.b}.Error(err)
			}
			each = append(each, float64(time.Since(start).Microseconds())/1000)
		}
	}()
	return func() float64 {
		close(over)
		each := append(<-done, 0)
		slices.Sort(each)
		return each[len(each)*19/20]
	}
}

// rejudging is what it takes to judge 10,000 certificates again by everything, and how many questions a day has.
func rejudging(b *testing.B) []figure {
	figures := rejudgingOn(b, storetest.SQLite(loud{b}), "", 10000, 6)
	if os.Getenv("SEALKEEPER_TEST_POSTGRES") != "" {
		db, address := storetest.Postgres(loud{b})
		figures = append(figures, rejudgingOn(b, db, address, 10000, 6)...)
	}
	return figures
}

// daily is what a firm with ten times as many has judged in the background, and what a list costs meanwhile.
func daily(b *testing.B) []figure {
	f := newQualified(b, storetest.SQLite(loud{b}), many)
	if err := f.begin(); err != nil {
		loud{b}.Fatal(err)
	}
	slowest := 0.0
	figures := f.rejudged("sqlite", 60, func() error {
		stop := f.reading()
		err := f.judgeAgain()
		slowest = stop()
		return err
	})
	return append(figures, below(fmt.Sprintf("list_beside_%d", many), slowest, "ms", 250))
}

// analyzed has PostgreSQL look at what was loaded, as autovacuum does within a minute where people load things.
func analyzed(b *testing.B, address string) {
	db, err := sql.Open("pgx", address)
	if err == nil {
		_, err = db.ExecContext(b.Context(), "VACUUM ANALYZE")
		err = errors.Join(err, db.Close())
	}
	if err != nil {
		loud{b}.Fatal(err)
	}
}

// rejudgingOn judges again on SQLite, or on the PostgreSQL database at an address.
func rejudgingOn(b *testing.B, db *store.DB, address string, number int, target float64) []figure {
	f := newQualified(b, db, number)
	if err := f.begin(); err != nil {
		loud{b}.Fatal(err)
	}
	if address == "" {
		return f.rejudged("sqlite", target, f.judgeAgain)
	}
	analyzed(b, address)
	return f.rejudged("postgres", target, f.judgeAgain)
}

func (f *qualified) rejudged(name string, target float64, judge func() error) []figure {
	first := f.asked()
	f.Now = f.Now.Add(25 * time.Hour)
	wall, processors := spent(f.b, judge)
	fmt.Printf("# %s: rules, revocation, lists and registers took %.1f s of processor time\n", name, f.each)
	questions := f.asked() - first
	for range 24 * 4 { // in quarters of an hour
		f.Now = f.Now.Add(15 * time.Minute)
		if _, err := f.Revocation.AskDue(f.b.Context()); err != nil {
			loud{f.b}.Fatal(err)
		}
	}
	again := fmt.Sprintf("rejudge_%d_%s", f.number, name)
	return []figure{
		below(again, wall, "s", target),
		below(again+"_processors", processors, "s", target),
		below(again+"_questions_first_day", float64(first), "questions", 200),
		below(again+"_questions_day", float64(max(questions, f.asked()-first-questions)), "questions", 200),
	}
}
