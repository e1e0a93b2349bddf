package source_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sealkeeper/sealkeeper/client/clienttest"
	"github.com/sealkeeper/sealkeeper/client/source"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/secret"
)

var shop = source.Registration{Application: "Shop", Institution: "bank-sandbox"}

// day is a server with one registration in use, and a Source of it. The clock is the test's own.
type day struct {
	t            *testing.T
	server       *clienttest.Server
	registration *clienttest.Registration
	config       source.Config
	sum          string // of the certificate in use
}

func badDay(t *testing.T, test func(t *testing.T, d *day)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		d := &day{t: t, server: clienttest.New(t)}
		d.registration = d.server.Add(shop.Application, shop.Institution)
		d.sum = d.registration.Activate()
		d.config = source.Config{Client: d.server.Config(), Instance: "test"}
		test(t, d)
	})
}

func (d *day) open() *source.Source {
	d.t.Helper()
	src, err := source.Open(d.t.Context(), d.config, shop)
	check(d.t, err)
	d.t.Cleanup(func() { _ = src.Close() })
	synctest.Wait()
	return src
}

// rotated activates a version, and holds the Source to having it within a time.
func (d *day) rotated(src *source.Source, within time.Duration) {
	d.t.Helper()
	d.sum = d.registration.Activate()
	time.Sleep(within)
	synctest.Wait()
	if got := src.Status(); got.SHA256 != d.sum || got.Err != nil {
		d.t.Errorf("%s after the activation: %+v", within, got)
	}
}

func TestKilledUnder200Clients(t *testing.T) {
	badDay(t, func(t *testing.T, d *day) {
		var all []*source.Source
		for range 200 {
			d.config.Client = d.server.Config()
			all = append(all, d.open())
		}
		for range 2 {
			d.server.Cut()
			time.Sleep(10 * time.Minute)
			d.sum = d.registration.Activate()
			d.server.Restore()
			time.Sleep(lastBound)
			synctest.Wait()
			for i, src := range all {
				if got := src.Status(); got.SHA256 != d.sum || got.Err != nil {
					t.Fatalf("client %d: %+v", i, got)
				}
			}
			if n := d.server.Streams(); n != len(all) {
				t.Errorf("%d streams", n)
			}
		}
	})
}

// lastBound is the longest wait between two attempts.
const lastBound = 30*time.Second + time.Millisecond

// Attempts of one client are spread over the bound, which ends at 30 seconds: 15 seconds between two.
func TestAttemptsWhileCut(t *testing.T) {
	badDay(t, func(t *testing.T, d *day) {
		src := d.open()
		d.server.Cut()
		time.Sleep(10 * time.Hour)
		n := src.Link().Failed
		if n < 2000 || n > 2900 {
			t.Errorf("%d attempts in 10 hours, not about 2,400", n)
		}
		if got := src.Status(); got.SHA256 != d.sum || got.Err != nil {
			t.Errorf("the last good one: %+v", got)
		}
		if !errors.Is(src.Link().Err, fault.Unavailable) {
			t.Errorf("got %v", src.Link().Err)
		}
		d.server.Restore()
		time.Sleep(lastBound)
		d.rotated(src, 0)
	})
}

func TestHalfOpenStream(t *testing.T) {
	badDay(t, func(t *testing.T, d *day) {
		src := d.open()
		d.server.Silence()
		d.sum = d.registration.Activate()
		time.Sleep(46 * time.Second)
		synctest.Wait()
		if src.Link().Err == nil {
			t.Error("a stream without a byte counts as good after 46 seconds")
		}
		d.server.Speak()
		time.Sleep(46*time.Second + lastBound)
		synctest.Wait()
		if got := src.Status(); got.SHA256 != d.sum {
			t.Errorf("got %+v", got)
		}
	})
}

func TestSlowServer(t *testing.T) {
	badDay(t, func(t *testing.T, d *day) {
		d.server.Delay(10 * time.Second)
		src := d.open()
		d.rotated(src, 31*time.Second) // the stream, the reading before it, and the reading after it
	})
}

// rotating gives the Source a token that can be replaced.
func (d *day) rotating() (replace func(string)) {
	var token atomic.Value
	token.Store(clienttest.Token)
	d.config.Client.TokenFunc = func(context.Context) (secret.Text, error) {
		return secret.NewTextString(token.Load().(string)), nil //nolint:forcetypeassert // stored as one
	}
	return func(next string) { token.Store(next) }
}

func TestExpiredToken(t *testing.T) {
	badDay(t, func(t *testing.T, d *day) {
		replace := d.rotating()
		src := d.open()
		d.server.Tokens("skp_next")
		d.sum = d.registration.Activate()
		before := d.server.Asked("GET /v1/tls/events")
		time.Sleep(time.Hour)
		if n := d.server.Asked("GET /v1/tls/events") - before; n > 400 {
			t.Errorf("%d attempts in an hour with a token that is not valid", n)
		}
		if err := src.Link().Err; !errors.Is(err, fault.Unauthenticated) ||
			fault.Code(errors.Unwrap(err)) != "token_invalid" {
			t.Errorf("got %v", src.Link().Err)
		}
		if src.Status().Err != nil || src.Status().Version != 1 {
			t.Errorf("the last good one: %+v", src.Status())
		}
		replace("skp_next")
		time.Sleep(2 * lastBound)
		if got := src.Status(); got.SHA256 != d.sum || src.Link().Err != nil {
			t.Errorf("with the next token: %+v, %v", got, src.Link().Err)
		}
	})
}

// Both tokens of a rotation are good: nothing fails while one takes the place of the other.
func TestTwoTokensOfARotation(t *testing.T) {
	badDay(t, func(t *testing.T, d *day) {
		replace := d.rotating()
		src := d.open()
		d.server.Tokens(clienttest.Token, "skp_next")
		replace("skp_next")
		d.server.Tokens("skp_next") // the stream of the former ends
		time.Sleep(time.Second)
		d.rotated(src, time.Second)
		if got := src.Status(); got.ReadErrors != 0 {
			t.Errorf("got %+v", got)
		}
	})
}

// A token of the bank that is too new for another is used on, and another one is asked for when it may be.
func TestBankTokenIsNotAskedForTooEarly(t *testing.T) {
	badDay(t, func(t *testing.T, d *day) {
		src := d.open()
		route := "POST /v1/tls/{registration}/bank-tokens"
		refused := func(asked int) (same bool) {
			t.Helper()
			token, err := src.BankToken(t.Context(), "consent")
			check(t, err)
			src.BankTokenRefused("consent", token)
			next, err := src.BankToken(t.Context(), "consent")
			check(t, err)
			if n := d.server.Asked(route); n != asked {
				t.Errorf("asked %d times, want %d", n, asked)
			}
			return next.IssuedAt.Equal(token.IssuedAt)
		}
		d.server.EarlyFor(40 * time.Second)
		for range 2 {
			if !refused(2) {
				t.Error("another token came early")
			}
		}
		time.Sleep(41 * time.Second)
		d.server.EarlyFor(0)
		if refused(3) {
			t.Error("no other token came")
		}
	})
}

// A machine that was asleep past the end of its certificate says so, and comes back by itself.
func TestSuspendedMachineRossoctl1899(t *testing.T) {
	badDay(t, func(t *testing.T, d *day) {
		d.sum = d.registration.ActivateFor(24 * time.Hour)
		src := d.open()
		d.server.Cut()
		time.Sleep(25 * time.Hour)
		if got := src.Status(); fault.Code(got.Err) != "certificate_ended" {
			t.Errorf("healthy with an ended certificate: %+v", got)
		}
		if _, err := src.HTTPClient().Get("https://bank.example/"); fault.Code(err) != "certificate_ended" {
			t.Errorf("got %v", err)
		}
		if _, err := src.Configuration(); fault.Code(err) != "certificate_ended" {
			t.Errorf("got %v", err)
		}
		d.server.Restore()
		d.rotated(src, 2*lastBound)
	})
}

// A clock that jumps decides about certificates, and about nothing else.
func TestClockJump(t *testing.T) {
	badDay(t, func(t *testing.T, d *day) {
		var ahead atomic.Int64
		d.config.Now = func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
		src := d.open()
		ahead.Store(int64(91 * 24 * time.Hour))
		if fault.Code(src.Status().Err) != "certificate_ended" {
			t.Errorf("got %+v", src.Status())
		}
		ahead.Store(-int64(10 * 365 * 24 * time.Hour))
		if src.Status().Err != nil {
			t.Errorf("got %+v", src.Status())
		}
		d.rotated(src, time.Second)
	})
}

func TestStartFromCacheVault15195(t *testing.T) {
	badDay(t, func(t *testing.T, d *day) {
		d.config.CacheFile = filepath.Join(t.TempDir(), "tls.json")
		check(t, d.open().Close())
		info, err := os.Stat(d.config.CacheFile)
		check(t, err)
		if info.Mode().Perm() != 0o600 {
			t.Errorf("mode %s", info.Mode())
		}
		d.server.Cut()
		src := d.open() // at once: the clock stands still
		if got := src.Status(); got.SHA256 != d.sum || !got.HeardAt.IsZero() {
			t.Errorf("got %+v", got)
		}
		d.server.Restore()
		d.rotated(src, 2*lastBound)
		if src.Status().HeardAt.IsZero() {
			t.Error("what the service said counts as from the cache")
		}
		d.registration.Block()
		time.Sleep(time.Second)
		check(t, src.Close())
		d.server.Cut()
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		if _, err := source.Open(ctx, d.config, shop); fault.Code(err) != "configuration_missing" {
			t.Errorf("what is out of use came from the cache: %v", err)
		}
		check(t, os.Chmod(d.config.CacheFile, 0o640))
		if _, err := source.Open(ctx, d.config, shop); fault.Code(err) != "cache_exposed" {
			t.Errorf("got %v", err)
		}
	})
}

// What is in the cache is no use after its end, nor where it is damaged.
func TestCacheThatIsNoUseVault19684(t *testing.T) {
	badDay(t, func(t *testing.T, d *day) {
		d.config.CacheFile = filepath.Join(t.TempDir(), "tls.json")
		check(t, d.open().Close())
		time.Sleep(91 * 24 * time.Hour)
		d.sum = d.registration.Activate()
		src := d.open()
		if got := src.Status(); got.SHA256 != d.sum || got.HeardAt.IsZero() {
			t.Errorf("got %+v", got)
		}
		check(t, src.Close())
		check(t, os.WriteFile(d.config.CacheFile, []byte(`{"server": "http://127.0.0.1", "conf`), 0o600))
		if got := d.open().Status(); got.SHA256 != d.sum || got.HeardAt.IsZero() {
			t.Errorf("got %+v", got)
		}
	})
}

// The error of a start that took too long says what it has waited for.
func TestOpenSaysWhatItWaitsForSpiffe207(t *testing.T) {
	badDay(t, func(t *testing.T, d *day) {
		d.server.Fail("custody_unavailable")
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		_, err := source.Open(ctx, d.config, shop)
		if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, fault.Unavailable) ||
			fault.Code(err) != "configuration_missing" {
			t.Errorf("got %v", err)
		}
		for _, part := range []string{"1m0s", "Shop at bank-sandbox", "http://127.0.0.1", "This fails for the test."} {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%q is not in %q", part, err)
			}
		}
	})
}

// One registration that is out of use does not make the others be read again, nor is it asked for all the time.
func TestOneThatFailsIsAloneVault26283(t *testing.T) {
	badDay(t, func(t *testing.T, d *day) {
		other := d.server.Add("Other", "bank-sandbox")
		sum := other.Activate()
		set, err := source.OpenAll(t.Context(), d.config)
		check(t, err)
		t.Cleanup(func() { _ = set.Close() })
		if n := len(set.Sources()); n != 2 {
			t.Fatalf("%d registrations", n)
		}
		d.registration.Block()
		time.Sleep(time.Second)
		before := d.server.Asked("GET /v1/tls/{registration}")
		time.Sleep(time.Hour - 2*time.Second)
		if n := d.server.Asked("GET /v1/tls/{registration}") - before; n > 60 {
			t.Errorf("%d readings in an hour", n)
		}
		blocked := set.Source("Shop", "bank-sandbox")
		if blocked == nil || fault.Code(blocked.Status().Err) != "not_ready" {
			t.Errorf("got %+v", blocked)
		}
		if got := set.Source("Other", "bank-sandbox").Status(); got.SHA256 != sum || got.Err != nil {
			t.Errorf("got %+v", got)
		}
		d.rotated(blocked, time.Second)
		other.Unbind()
		third := d.server.Add("Third", "bank-sandbox")
		third.Activate()
		time.Sleep(time.Second)
		if s := set.Source("Third", "bank-sandbox"); s == nil || s.Status().Err != nil {
			t.Error("a registration that came later is not there")
		}
		before = d.server.Asked("GET /v1/tls/{registration}")
		time.Sleep(30 * time.Minute)
		for _, s := range set.Sources() {
			if s.Name().ID == other.ID || d.server.Asked("GET /v1/tls/{registration}")-before > 5 {
				t.Errorf("what the account has lost is asked for: %+v", s.Status())
			}
		}
	})
}

// One of several that are named is not ready, or Sealkeeper answers for it alone with an error: the others serve.
func TestSomeAreEnough(t *testing.T) {
	badDay(t, func(t *testing.T, d *day) {
		d.server.Add("Other", "bank-sandbox") // no version is in use
		names := []source.Registration{
			{Application: "Other", Institution: "bank-sandbox"}, {Application: "Shop", Institution: "bank-sandbox"},
		}
		ctx, stop := context.WithTimeout(t.Context(), time.Minute)
		defer stop()
		if _, err := source.OpenAll(ctx, d.config, names...); fault.Code(err) != "configuration_missing" {
			t.Errorf("all are wanted: %v", err)
		}
		cfg := d.config
		cfg.SomeAreEnough = true
		began := time.Now()
		set, err := source.OpenAll(t.Context(), cfg, names...)
		check(t, err)
		defer func() { _ = set.Close() }()
		if waited := time.Since(began); waited > 5*time.Second {
			t.Errorf("waited for %s", waited)
		}
		if s := set.Source("Shop", "bank-sandbox"); s == nil || s.Status().Err != nil {
			t.Errorf("got %+v", s)
		}
	})
}

// withoutStreams is a proxy that keeps streams back.
type withoutStreams struct{ http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (w withoutStreams) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Header.Get("Accept") != "text/event-stream" {
		return w.RoundTripper.RoundTrip(r)
	}
	body, _ := io.Pipe()
	context.AfterFunc(r.Context(), func() { _ = body.Close() })
	return &http.Response{
		StatusCode: http.StatusOK,
		Header:     http.Header{"Content-Type": {"text/event-stream"}},
		Body:       body,
	}, nil
}

func TestProxyThatKeepsStreamsBack(t *testing.T) {
	badDay(t, func(t *testing.T, d *day) {
		d.config.Client.HTTPClient.Transport = withoutStreams{d.config.Client.HTTPClient.Transport}
		src := d.open()
		time.Sleep(time.Minute)
		for range 5 {
			d.rotated(src, time.Second)
			time.Sleep(time.Minute)
		}
	})
}

// withoutAnchors is a way on which, while it is so, nobody is left who could be trusted.
type withoutAnchors struct {
	http.RoundTripper
	so atomic.Bool
}

// RoundTrip implements http.RoundTripper.
func (w *withoutAnchors) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := w.RoundTripper.RoundTrip(r)
	if err != nil || !w.so.Load() || !strings.HasPrefix(answer.Header.Get("Content-Type"), "application/json") {
		return answer, err
	}
	const anchors = `_anchors":["-----BEGIN `
	return answer, changed(answer, func(body []byte) []byte {
		return bytes.ReplaceAll(body, []byte(anchors+"CERTIFICATE"), []byte(anchors+"SOMETHING"))
	})
}

// changed gives an answer another body.
func changed(answer *http.Response, by func(body []byte) []byte) error {
	body, err := io.ReadAll(answer.Body)
	_ = answer.Body.Close()
	body = by(body)
	answer.Body, answer.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	answer.Header.Del("Content-Length")
	return err
}

// A version with which nobody could be trusted is not taken: the status says so, it is not asked for all the time, and
// the next one mends it.
func TestVersionWithoutAnchorsSiVa64(t *testing.T) {
	badDay(t, func(t *testing.T, d *day) {
		way := &withoutAnchors{RoundTripper: d.config.Client.HTTPClient.Transport}
		d.config.Client.HTTPClient.Transport = way
		src := d.open()
		before := src.Status()
		way.so.Store(true)
		d.registration.Activate()
		time.Sleep(time.Hour)
		got := src.Status()
		if fault.Code(got.Problem) != "configuration_unusable" || got.SHA256 != before.SHA256 || got.Reads > 400 {
			t.Errorf("the former one is %s: %+v", before.SHA256, got)
		}
		way.so.Store(false)
		sum := d.registration.Activate()
		time.Sleep(time.Minute)
		if got = src.Status(); got.Problem != nil || got.SHA256 != sum {
			t.Errorf("the next one is %s: %+v", sum, got)
		}
	})
}

// former is a way to a replica that has not heard of the newest change yet: it answers what it has answered before.
type former struct {
	http.RoundTripper
	body []byte
	left int
}

// RoundTrip implements http.RoundTripper.
func (f *former) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := f.RoundTripper.RoundTrip(r)
	if err != nil || r.Method != http.MethodGet || !strings.HasPrefix(r.URL.Path, "/v1/tls/") ||
		!strings.HasPrefix(answer.Header.Get("Content-Type"), "application/json") {
		return answer, err
	}
	return answer, changed(answer, func(body []byte) []byte {
		if f.left > 0 {
			f.left--
			return f.body
		}
		f.body = body
		return body
	})
}

// What changes of a version arrives, also when the replica that is asked has not heard of it; and once that is certain,
// nothing is asked again.
func TestChangeThatAReplicaHasNotHeardOf(t *testing.T) {
	badDay(t, func(t *testing.T, d *day) {
		way := &former{RoundTripper: d.config.Client.HTTPClient.Transport}
		d.config.Client.HTTPClient.Transport = way
		src := d.open()
		signs := func() error {
			_, err := src.Signer()
			return err
		}
		way.left = 2
		d.registration.AllowSigning()
		time.Sleep(3 * time.Second) // the third reading is 3.5 to 10.5 seconds after the first
		if signs() == nil {
			t.Error("the replica had heard of it")
		}
		time.Sleep(10 * time.Second)
		if err := signs(); err != nil {
			t.Error(err)
		}
		read := src.Status().Reads
		time.Sleep(50 * time.Minute)
		if again := src.Status().Reads; again != read {
			t.Errorf("read %d times, and %d", read, again)
		}
	})
}

// What is reported is the version in use, at once after a change and every minute.
func TestReports(t *testing.T) {
	badDay(t, func(t *testing.T, d *day) {
		src := d.open()
		d.rotated(src, time.Second)
		time.Sleep(10 * time.Minute)
		check(t, src.Close())
		reports := d.server.Reports()
		if n := len(reports); n < 12 || n > 16 {
			t.Errorf("%d reports", n)
		}
		for i, r := range reports {
			last := i == len(reports)-1
			if r.Instance != "test" || r.Stopped != last || len(r.InUse) != 1 || r.InUse[0].Host != "bank.example:443" {
				t.Errorf("report %d: %+v", i, r)
			}
		}
		if got := reports[len(reports)-1].InUse[0]; got.Version != 2 || got.SHA256 != d.sum {
			t.Errorf("got %+v", got)
		}
	})
}
