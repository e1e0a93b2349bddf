package api_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/stack"
)

// BenchmarkListing1000Registrations is the whole of the server's work: token, reading, judging, JSON.
func BenchmarkListing1000Registrations(b *testing.B) {
	s := stack.New(b)
	s.FillRegistrations(1000, s.Import(qtsp.Request{}), s.Import(qtsp.Request{Kind: certs.QSealC}))
	people := s.Identity
	if _, err := people.AddUser(b.Context(), "Bob", []access.Role{access.Auditor}); err != nil {
		b.Fatal(err)
	}
	token, err := people.NewToken(b.Context(), "Bob", time.Hour)
	if err != nil {
		b.Fatal(err)
	}
	server := handler(s.API())
	for b.Loop() {
		r := httptest.NewRequestWithContext(b.Context(), http.MethodGet, "/v1/registrations", nil)
		r.Header.Set("Authorization", "Bearer "+token.Reveal())
		w := httptest.NewRecorder()
		server.ServeHTTP(w, r)
		if w.Code != http.StatusOK {
			b.Fatal(w.Code, w.Body.String())
		}
	}
}
