package web_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/origin"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	"github.com/sealkeeper/sealkeeper/web"
	"github.com/sealkeeper/sealkeeper/web/api"
	"github.com/sealkeeper/sealkeeper/web/reference"
	"github.com/sealkeeper/sealkeeper/web/ui"
)

// leaked is a text that must never be seen outside.
const leaked = "leaked-detail"

// server is the whole web server on a real database, embedded custody and a simulated bank.
type server struct {
	*stack.Stack
	handler    http.Handler
	url, token string
	log        *log
	custody    error // what /readyz hears of custody
	warning    error // and is warned of
	// What /readyz asks; a test may set others.
	database, custodyHealth func(context.Context) error
}

func serve(t *testing.T) *server {
	t.Helper()
	return serveWith(t, web.DefaultLimits)
}

func serveWith(t *testing.T, limits web.Limits, proxies ...netip.Prefix) *server {
	t.Helper()
	return serveTraced(t, noop.NewTracerProvider(), limits, proxies...)
}

func serveTraced(
	t *testing.T, traces trace.TracerProvider, limits web.Limits, proxies ...netip.Prefix,
) *server {
	t.Helper()
	s := &server{Stack: stack.New(t), log: &log{}}
	s.database, s.custodyHealth = s.DB.Health, func(context.Context) error { return s.custody }
	people := s.Identity
	_, err := people.AddUser(t.Context(), "root", []access.Role{access.Admin})
	check(t, err)
	token, err := people.NewToken(t.Context(), "root", time.Hour)
	check(t, err)
	s.token = token.Reveal()
	console, err := ui.New(s.Console())
	check(t, err)
	manual, err := reference.New(api.Description())
	check(t, err)
	handler := web.New(web.Config{
		API:     s.API(),
		Manual:  manual,
		UI:      console,
		Vault:   s.Vault,
		Metrics: prometheus.NewRegistry(),
		Limits:  limits,
		Proxies: proxies,
		Traces:  traces,
		Logger:  origin.Logger(slog.New(slog.NewJSONHandler(s.log, nil))),
		Parts: []web.Part{{
			Name:   "database",
			Health: func(ctx context.Context) error { return s.database(ctx) },
		}, {
			Name:    "custody",
			Health:  func(ctx context.Context) error { return s.custodyHealth(ctx) },
			Warning: func() error { return s.warning },
		}},
	})
	failing(handler.(*echo.Echo))
	s.handler = handler
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	s.url = server.URL
	return s
}

// hanging hears of every request to /hangs, which stays until its client goes.
var hanging = make(chan struct{})

// failing adds routes that go wrong in ways that no route of ours should.
func failing(e *echo.Echo) {
	e.GET("/fails/panic", func(echo.Context) error { panic(leaked) })
	e.GET("/fails/panic-error", func(echo.Context) error { panic(fault.New(fault.NotFound, "not_found", leaked)) })
	e.GET("/fails/error", func(echo.Context) error { return io.ErrClosedPipe })
	e.GET("/fails/gone", func(c echo.Context) error { return c.Request().Context().Err() })
	e.GET("/hangs", func(c echo.Context) error {
		hanging <- struct{}{}
		<-c.Request().Context().Done()
		return c.Request().Context().Err()
	})
	e.GET("/fails/echo", func(echo.Context) error { return echo.NewHTTPError(http.StatusBadGateway, leaked) })
}

// log is what the server has logged.
type log struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *log) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// answer is what the server said; redirects are not followed.
type answer struct {
	status int
	header http.Header
	body   string
}

var plain = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

func (s *server) send(t *testing.T, method, path string, headers ...string) answer {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, s.url+path, nil)
	check(t, err)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	response, err := plain.Do(r)
	check(t, err)
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	check(t, err)
	return answer{response.StatusCode, response.Header, string(body)}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
