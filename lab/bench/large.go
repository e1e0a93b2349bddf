package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/internal/store/storetest"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	"github.com/sealkeeper/sealkeeper/secret"
)

// large measures what people and programs ask of an installation with so many certificates: a tenth as many
// registrations, as many consents, and five times as many entries in the audit log.
func large(b *testing.B, certificates int) []figure {
	var figures []figure
	address := os.Getenv("SEALKEEPER_TEST_POSTGRES")
	if onPostgres && address == "" {
		loud{b}.Fatal("-postgres needs SEALKEEPER_TEST_POSTGRES, the address of a server")
	}
	if !onPostgres {
		db, from := emptySQLite(b)
		figures = largeOn(b, db, from, certificates)
	}
	if address != "" {
		db, address := storetest.Postgres(loud{b})
		figures = append(figures, largeOn(b, db, seeding{"pgx", address}, certificates)...)
	}
	return figures
}

// emptySQLite is a database in a file that can be filled from beside it.
func emptySQLite(b *testing.B) (*store.DB, seeding) {
	path := filepath.Join(b.TempDir(), "large.db")
	db, err := store.Open(b.Context(), secret.NewTextString("sqlite://"+path))
	if err != nil {
		loud{b}.Fatal(err)
	}
	b.Cleanup(func() { _ = db.Close() })
	if err := db.Migrate(b.Context()); err != nil {
		loud{b}.Fatal(err)
	}
	return db, seeding{"sqlite3", path}
}

// seeded is an installation with so many certificates.
func seeded(b *testing.B, db *store.DB, from seeding, certificates int) *stack.Stack {
	s := stack.NewWith(loud{b}, stack.Options{DB: db})
	s.FillRegistrations(1, s.Import(qtsp.Request{KeyType: qtsp.P256}),
		s.Import(qtsp.Request{KeyType: qtsp.P256, Kind: certs.QSealC}))
	if err := from.seed(b.Context(), certificates); err != nil {
		loud{b}.Fatal(err)
	}
	return s
}

// A page is asked for often, so that one of a hundred says something; for every list, order and filter, the slowest of
// a hundred is taken.
const (
	pageAsked  = 400
	sweepAsked = 100
)

func largeOn(b *testing.B, db *store.DB, from seeding, certificates int) []figure {
	begun, name := time.Now(), from.name()
	s := seeded(b, db, from, certificates)
	fmt.Printf("# %s: %d certificates were loaded in %.0f s\n", name, certificates, time.Since(begun).Seconds())
	begun = time.Now()
	looked, err := s.Registrations.LookAtDue(b.Context())
	if err != nil {
		loud{b}.Fatal(err)
	}
	fmt.Printf("# %s: %d registrations were looked at in %.1f s\n", name, looked, time.Since(begun).Seconds())
	if from.driver == "pgx" {
		analyzed(b, from.source)
	}
	r := newReader(b, s)
	var figures []figure
	for _, p := range []struct{ name, path string }{
		{"certificates_first", "/v1/certificates"},
		{"certificates_deep", r.deep("/v1/certificates?sort=name", certificates/2)},
		{"certificates_search", "/v1/certificates?q=group77"},
		{"registrations_first", "/v1/registrations"},
		{"registrations_deep", r.deep("/v1/registrations", certificates/20)},
		{"registrations_by_certificate", "/v1/registrations?certificate=c0000001"},
		{"consents_first", "/v1/consents"},
		{"consents_deep", r.deep("/v1/consents", certificates/2)},
		{"audit_first", "/v1/audit"},
		{"audit_deep", r.deep("/v1/audit", certificates/2)},
		{"today", "/v1/today"},
		{"page_home", "/"},
		{"page_certificates", "/certificates"},
		{"page_certificate", "/certificates/c0000001"},
		{"page_registration", "/registrations/reg1"},
		{"page_audit", "/audit"},
	} {
		p50, p99, size := r.times(p.path, pageAsked)
		fmt.Printf("# %s: %s p50 %.1f ms, p99 %.1f ms, %d kB\n", name, p.name, p50, p99, size>>10)
		figures = append(figures, below(fmt.Sprintf("large_%d_%s_%s_p99", certificates, name, p.name), p99, "ms", 50))
	}
	figures = append(figures,
		below(fmt.Sprintf("large_%d_%s_start_to_ready", certificates, name), ready(b, s, from), "ms", 300))
	figures = append(figures, grown(b, s, name, certificates)...)
	for _, f := range figures[len(figures)-4:] { // what comes next takes long
		fmt.Printf("# %s\n", f)
	}
	figures = append(figures, r.sweep(name, certificates)...)
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	return append(figures, below(fmt.Sprintf("large_%d_%s_heap", certificates, name),
		float64(memory.HeapInuse)/(1<<20), "MiB", 120))
}

// reader asks an installation as somebody at the console and as a program.
type reader struct {
	b      *testing.B
	url    string
	tokens []string // of people, who ask in turns: each may ask so often
	asked  *atomic.Int64
	client *http.Client
}

// readers are so many that they may ask as often as one program on one connection can.
const readers = 40

func newReader(b *testing.B, s *stack.Stack) reader {
	handler, err := s.Handler()
	if err != nil {
		loud{b}.Fatal(err)
	}
	server := httptest.NewServer(handler)
	b.Cleanup(server.Close)
	jar, _ := cookiejar.New(nil) // cannot fail
	r := reader{b: b, url: server.URL, client: &http.Client{Jar: jar}, asked: new(atomic.Int64)}
	for i := range readers {
		name := fmt.Sprintf("Reader %d", i)
		if _, err := s.Identity.AddUser(b.Context(), name, []access.Role{access.Auditor}); err != nil {
			loud{b}.Fatal(err)
		}
		token, err := s.Identity.NewToken(b.Context(), name, 12*time.Hour)
		if err != nil {
			loud{b}.Fatal(err)
		}
		r.tokens = append(r.tokens, token.Reveal())
	}
	link, err := s.Identity.NewEvaluationLink(b.Context(), "Reader 0")
	if err != nil {
		loud{b}.Fatal(err)
	}
	answer, err := r.client.PostForm(r.url+"/sign-in", url.Values{"link": {link.Reveal()}})
	if err != nil {
		loud{b}.Fatal(err)
	}
	_ = answer.Body.Close()
	return r
}

// get asks for a page and returns it with how long it took until it was there.
func (r reader) get(path string) ([]byte, time.Duration) {
	request, err := http.NewRequestWithContext(r.b.Context(), http.MethodGet, r.url+path, nil)
	if err != nil {
		loud{r.b}.Fatal(err)
	}
	if strings.HasPrefix(path, "/v1/") {
		token := r.tokens[r.asked.Add(1)%int64(len(r.tokens))]
		request.Header.Set("Authorization", "Bearer "+token)
	}
	begun := time.Now()
	answer, err := r.client.Do(request)
	if err != nil {
		loud{r.b}.Fatal(err)
	}
	body, err := io.ReadAll(answer.Body)
	took := time.Since(begun)
	_ = answer.Body.Close()
	if wait, _ := strconv.Atoi(answer.Header.Get("Retry-After")); wait > 0 { // 1,200 calls a minute
		time.Sleep(time.Duration(wait) * time.Second)
		return r.get(path)
	}
	if err != nil || answer.StatusCode != http.StatusOK || answer.Request.URL.Path == "/sign-in" {
		loud{r.b}.Fatal(path, " ", answer.Status, " ", answer.Request.URL.Path, " ", err)
	}
	return body, took
}

func (r reader) times(path string, asked int) (p50, p99 float64, size int) {
	each := make([]time.Duration, asked)
	for i := range each {
		body, took := r.get(path)
		each[i], size = took, len(body)
	}
	slices.Sort(each)
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	return ms(each[asked/2]), ms(each[asked*99/100]), size
}

// deep is a list at a page so many objects behind its beginning.
func (r reader) deep(path string, behind int) string {
	separator := "?"
	if strings.Contains(path, "?") {
		separator = "&"
	}
	at := path
	for n := 0; n < behind; n += 500 {
		body, _ := r.get(at + map[bool]string{true: separator, false: "&"}[at == path] + "limit=500")
		var page struct {
			NextCursor string `json:"next_cursor"`
		}
		if err := json.Unmarshal(body, &page); err != nil || page.NextCursor == "" {
			break
		}
		at = path + separator + "cursor=" + url.QueryEscape(page.NextCursor)
	}
	return at
}
