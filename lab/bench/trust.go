package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"syscall"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/internal/app"
	"github.com/sealkeeper/sealkeeper/internal/outgoing"
	"github.com/sealkeeper/sealkeeper/internal/registers"
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

func asking(b *testing.B) *outgoing.Client {
	asks, err := outgoing.New(outgoing.Config{Allow: []string{"127.0.0.1"}})
	if err != nil {
		loud{b}.Fatal(err)
	}
	return asks
}

// What a large firm has.
const (
	issuers = 50
	ofEach  = 200 // certificates, all in use
)

// qualified is a firm's 10,000 certificates of 50 issuers, each of which publishes a revocation list; the trusted lists
// that they are on, and a register.
type qualified struct {
	*stack.Stack
	b        *testing.B
	services []*qtsp.Service
	each     []float64 // processor time of each judge
}

func newQualified(b *testing.B) *qualified {
	f := &qualified{b: b}
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	b.Cleanup(server.Close)
	clock := func() time.Time {
		if f.Stack == nil {
			return time.Now()
		}
		return f.Now
	}
	all := make([]*qtsp.QTSP, issuers)
	for n := range all {
		var err error
		path := fmt.Sprintf("/%d", n)
		if all[n], err = qtsp.NewAt(time.Now(), server.URL+path); err != nil {
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
	europe, err := qtsp.NewEurope(time.Now(), server.URL, all, 10)
	if err != nil {
		loud{b}.Fatal(err)
	}
	mux.Handle("/", europe)
	anchor, err := certs.ParseCertificate(europe.Anchor.Raw)
	if err != nil {
		loud{b}.Fatal(err)
	}
	f.Stack = stack.NewWith(loud{b}, stack.Options{
		Outgoing:     asking(b),
		TrustedLists: app.TrustedLists{URL: server.URL + qtsp.ListOfListsPath, Signers: []*certs.Certificate{anchor}},
		Registers:    app.Registers{Sources: []registers.Source{{ID: registers.EBA}}},
	})
	f.fill(all)
	return f
}

// fill stores certificates that become valid tomorrow, so that all of them are judged again then.
func (f *qualified) fill(all []*qtsp.QTSP) {
	key := all[0].MustIssue(loud{f.b}, qtsp.Request{KeyType: qtsp.P256}).Key.Signer()
	for n, q := range all {
		issuing, err := certs.ParseCertificate(q.Chain()[0])
		if err != nil {
			loud{f.b}.Fatal(err)
		}
		for i := range ofEach {
			kind := []certs.Kind{certs.QWAC, certs.QSealC}[i%2]
			issued := q.MustIssue(loud{f.b}, qtsp.Request{Kind: kind, Key: key, NotBefore: f.Now.Add(24 * time.Hour)})
			_, err := f.DB.RestoreCertificate(f.b.Context(), vault.Record{
				ID:        fmt.Sprintf("c-%d", n*ofEach+i),
				KeyID:     fmt.Sprintf("k-%d", n*ofEach+i),
				State:     vault.Stored,
				Name:      "a certificate",
				Leaf:      issued.Certificate,
				Chain:     []*certs.Certificate{issuing},
				CreatedAt: f.Now,
			}, false)
			if err != nil {
				loud{f.b}.Fatal(err)
			}
		}
	}
	f.FillWith(issuers*ofEach/2, func(i int) (string, string) {
		i %= issuers * ofEach / 2
		return fmt.Sprintf("c-%d", 2*i), fmt.Sprintf("c-%d", 2*i+1)
	})
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
		if err == nil && judged < issuers*ofEach {
			err = fmt.Errorf("%d were judged", judged)
		}
		if err != nil {
			return err
		}
		f.each = append(f.each, processorTime(f.b)-before)
	}
	return nil
}

// rejudging is what it takes to judge 10,000 certificates again by everything, and how many questions a day has.
func rejudging(b *testing.B) []figure {
	f := newQualified(b)
	listed := authority.New(func() time.Time { return f.Now })
	listed.List(authority.Firm{
		Authority: "FR_ACPR",
		Number:    "12345",
		Services:  map[string][]string{"FR": {"PS_070", "PS_080", "PS_05A"}},
		Changes:   []string{"2019-01-01"},
	})
	_, err := f.Registers.Import(b.Context(), stack.Officer, registers.EBA, bytes.NewReader(listed.Register()))
	if err == nil {
		_, err = f.Trust.ReadDue(b.Context())
	}
	if err == nil { // the lists of issuers' issuers are known from the first day on
		_, err = f.Revocation.AskDue(b.Context())
	}
	if err != nil {
		loud{b}.Fatal(err)
	}
	first := f.asked()
	f.Now = f.Now.Add(25 * time.Hour)
	wall, processors := spent(b, f.judgeAgain)
	fmt.Printf("# rules, revocation, lists and registers took %.1f s of processor time\n", f.each)
	for range 24 * 4 { // in quarters of an hour
		f.Now = f.Now.Add(15 * time.Minute)
		if _, err := f.Revocation.AskDue(b.Context()); err != nil {
			loud{b}.Fatal(err)
		}
	}
	return []figure{
		below("rejudge_10000_certificates", wall, "s", 6),
		below("rejudge_10000_certificates_processors", processors, "s", 6),
		below("questions_of_the_first_day", float64(first), "questions", 200),
		below("questions_of_a_day", float64(f.asked()-first)/2, "questions", 200),
	}
}
