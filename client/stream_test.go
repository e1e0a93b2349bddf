package client_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/sealkeeper/sealkeeper/client"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/secret"
	"github.com/sealkeeper/sealkeeper/types/api"
)

// What a stream says is read as the HTML standard has it, and nothing without end.
func TestStream(t *testing.T) {
	for _, test := range []struct {
		name, text string
		events     []string // kind and registration, or "synced" and the cursor
		code       string   // of the error that the stream ends with
	}{
		{"nothing", "", nil, "stream_ended"},
		{
			"events, comments and kinds of later versions",
			": \n\nevent: changed\ndata: {\"kind\": \"changed\",\ndata: \"registration_id\": \"r-1\"}\n\n" +
				"event: later\ndata: {}\n\nevent:gone\ndata:{\"kind\":\"gone\",\"registration_id\":\"r-2\"}\n\n" +
				"event: synced\nid: 7\ndata: {\"cursor\": \"7\"}\n\n",
			[]string{"changed r-1", "gone r-2", "synced 7"},
			"stream_ended",
		},
		{"an event that is cut off", "event: changed\ndata: {}\n", nil, "stream_ended"},
		{"no JSON", "event: changed\ndata: {\n\n", nil, "answer_unreadable"},
		{"a line without end", "data: " + strings.Repeat("x", 1<<20), nil, "stream_ended"},
		{"lines without end", strings.Repeat("data: "+strings.Repeat("x", 1000)+"\n", 1000), nil, "answer_unreadable"},
	} {
		t.Run(test.name, func(t *testing.T) {
			web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
				_, _ = io.WriteString(w, test.text)
			}))
			t.Cleanup(web.Close)
			c, err := client.New(client.Config{URL: web.URL, Token: secret.NewTextString("token")})
			check(t, err)
			stream, err := c.StreamTLS(t.Context(), "6")
			check(t, err)
			t.Cleanup(func() { _ = stream.Close() })
			for i := 0; ; i++ {
				m, err := stream.Next()
				if err != nil {
					if fault.Code(err) != test.code || i != len(test.events) {
						t.Errorf("after %d events: %v", i, err)
					}
					return
				}
				got := string(m.Event.Kind) + " " + m.Event.RegistrationID
				if m.Synced != nil {
					got = "synced " + m.Synced.Cursor
				}
				if i >= len(test.events) || got != test.events[i] {
					t.Fatalf("event %d is %q", i, got)
				}
			}
		})
	}
}

// A stream that is refused says so as every call does.
func TestStreamRefused(t *testing.T) {
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", api.ProblemType)
		w.Header().Set("Retry-After", "15")
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = io.WriteString(w, `{"code": "service_rate_limited", "detail": "Too many streams."}`)
	}))
	t.Cleanup(web.Close)
	c, err := client.New(client.Config{URL: web.URL, Token: secret.NewTextString("token")})
	check(t, err)
	_, err = c.StreamTLS(t.Context(), "")
	if fault.Code(err) != "service_rate_limited" {
		t.Errorf("got %v", err)
	}
}
