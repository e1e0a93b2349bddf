package mtls_test

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/connector/duration"
	"github.com/sealkeeper/sealkeeper/connector/mtls"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/tpp"
)

// lingering is a server whose answers end when the test says so.
type lingering struct {
	*httptest.Server
	finish chan struct{}
	closed chan struct{}
}

func newLingering(t *testing.T, http2 bool) *lingering {
	t.Helper()
	l := &lingering{finish: make(chan struct{}), closed: make(chan struct{}, 8)}
	l.Server = tpp.Server(t, func(s *httptest.Server) {
		s.EnableHTTP2 = http2
		s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
			if state == http.StateClosed {
				l.closed <- struct{}{}
			}
		}
		s.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = w.Write([]byte("first"))
			_ = http.NewResponseController(w).Flush()
			select {
			case <-l.finish:
				_, _ = w.Write([]byte(" last"))
			case <-r.Context().Done():
			}
		})
	})
	return l
}

// TestBusyConnectionGoesWithItsLastRequest: a change of certificate lets an
// answer under way finish, and closes its connection then, HTTP/2 or not.
func TestBusyConnectionGoesWithItsLastRequest(t *testing.T) {
	for _, http2 := range []bool{false, true} {
		t.Run(fmt.Sprintf("HTTP/2 %v", http2), func(t *testing.T) {
			server := newLingering(t, http2)
			source := tpp.Holding(tpp.Issue(t, qtsp.Request{Kind: certs.QWAC}))
			client := newClient(t, source)
			response, err := client.HTTPClient().Get(server.URL)
			if err != nil {
				t.Fatal(err)
			}
			source.Hold(tpp.Issue(t, qtsp.Request{Kind: certs.QWAC}))
			client.Rotate(t.Context())
			select {
			case <-server.closed:
				t.Error("the connection was closed under its request")
			default:
			}
			close(server.finish)
			var body strings.Builder
			buffer := make([]byte, 64)
			for err = error(nil); err == nil; {
				var n int
				n, err = response.Body.Read(buffer)
				body.Write(buffer[:n])
			}
			if body.String() != "first last" {
				t.Errorf("HTTP/2 %v: read %q, %v", http2, body.String(), err)
			}
			_ = response.Body.Close()
			select {
			case <-server.closed:
			case <-time.After(5 * time.Second):
				t.Errorf("HTTP/2 %v: the former connection is still open", http2)
			}
		})
	}
}

// TestForgottenAnswerDoesNotHoldTheConnection: a caller who never closes an
// answer keeps the former connection for the request time-out at most.
func TestForgottenAnswerDoesNotHoldTheConnection(t *testing.T) {
	server := newLingering(t, true)
	source := tpp.Holding(tpp.Issue(t, qtsp.Request{Kind: certs.QWAC}))
	settings := settingsOf(t)
	settings.RequestTimeout = duration.Duration(300 * time.Millisecond)
	client, err := mtls.New(source, settings)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.HTTPClient().Get(server.URL); err != nil {
		t.Fatal(err)
	}
	client.Close()
	select {
	case <-server.closed:
	case <-time.After(5 * time.Second):
		t.Error("the connection is still open")
	}
}

// TestPinnedNames: the server's certificate must be for a pinned name, on
// resumed connections too.
func TestPinnedNames(t *testing.T) {
	server := tpp.Server(t, nil)
	qwac := tpp.Issue(t, qtsp.Request{Kind: certs.QWAC})
	for name, pinned := range map[string][]string{
		"":                     {"127.0.0.1", "bank.example"},
		"bank_name_not_pinned": {"bank.example"},
	} {
		t.Run(strings.Join(pinned, " or "), func(t *testing.T) {
			settings := settingsOf(t)
			settings.SystemRoots = true
			settings.PinnedNames = pinned
			client, err := mtls.New(qwac.Source(), settings)
			if err != nil {
				t.Fatal(err)
			}
			for range 2 {
				response, err := client.HTTPClient().Get(server.URL)
				if err == nil {
					_ = response.Body.Close()
				}
				if tpp.FaultCode(err) != name {
					t.Errorf("pinned to %v: %v", pinned, err)
				}
				client.CloseIdleConnections()
			}
			if got := mtls.Probe(t.Context(), qwac.Source(), settings,
				strings.TrimPrefix(server.URL, "https://"), "/"); tpp.FaultCode(got.Err) != name {
				t.Errorf("probe pinned to %v: %+v", pinned, got)
			}
			client.Close()
		})
	}
}
