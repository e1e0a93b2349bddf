package mtls_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/tpp"
)

// TestTextIsReadAsItWasWritten: a replacement character could never be turned back into what the bank sent.
func TestTextIsReadAsItWasWritten(t *testing.T) {
	const want = `{"name":"Livret Développement épargne 5 €"}`
	latin9 := "{\"name\":\"Livret D\xe9veloppement \xe9pargne 5 \xa4\"}"
	windows := "{\"name\":\"Livret D\xe9veloppement \xe9pargne 5 \x80\"}"
	for _, test := range []struct{ name, contentType, body string }{
		{"UTF-8", "application/json; charset=utf-8", want},
		{"undeclared", "application/json", want},
		{"byte order mark", "application/json", "\ufeff" + want},
		{"byte order mark, declared", "application/json; charset=UTF-8", "\ufeff" + want},
		{"ISO-8859-15", "application/json; charset=ISO-8859-15", latin9},
		{"Latin-9", "application/json;charset=latin-9", latin9},
		{"ISO-8859-1, as everybody means it", `application/json; charset="iso-8859-1"`, windows},
		{"Windows-1252", "application/json; charset=Windows-1252", windows},
		{"Windows-1252, undeclared", "application/json", windows},
		{"Windows-1252, declared as UTF-8", "application/json; charset=utf-8", windows},
		{"one letter of another", "application/json", "{\"name\":\"Livret Développement \xe9pargne 5 €\"}"},
		{"an unknown one", "application/json; charset=x-of-nobody", windows},
		{"no type at all", "", want},
	} {
		t.Run(test.name, func(t *testing.T) {
			server := tpp.Server(t, func(s *httptest.Server) {
				s.Config.Handler = tpp.Saying(200, "Content-Type: "+test.contentType, test.body)
			})
			client := newClient(t, tpp.Holding(tpp.Issue(t, qtsp.Request{Kind: certs.QWAC})))
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, nil)
			if err != nil {
				t.Fatal(err)
			}
			got, err := client.Send(req)
			if err != nil || string(got.Body) != want {
				t.Errorf("%q, %v", got.Body, err)
			}
		})
	}
}
