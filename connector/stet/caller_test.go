package stet_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/sealkeeper/sealkeeper/lab/tpp"
	"github.com/sealkeeper/sealkeeper/secret"
)

// Headers of a profile hold what else the bank has given, and no error repeats it.
func TestHeadersHoldWhatTheBankGave(t *testing.T) {
	var sent string
	refuses := false
	server := tpp.Server(t, func(s *httptest.Server) {
		s.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if _, there := r.Header["X-Missing"]; there {
				t.Error("a header without its value was sent")
			}
			if sent = r.Header.Get("Subscription-Key"); refuses {
				w.WriteHeader(http.StatusForbidden)
				_, _ = io.WriteString(w, `{"error":"bad key `+sent+`"}`)
				return
			}
			_, _ = io.WriteString(w, `{"accounts":[],"_links":{}}`)
		})
	})
	config := tpp.Config(t, server.URL)
	config.Profile.ExtraHeaders = map[string]string{
		"client-id":        "{client_id}",
		"X-Missing":        "{not_recorded}",
		"Subscription-Key": "{subscription_key}/{client_id}",
	}
	config.Credentials.Further = map[string]secret.Text{"subscription_key": secret.NewTextString("0123456789abcdef")}
	client := tpp.Client(t, config)
	if _, err := client.AIS.Accounts(t.Context(), tpp.SomeToken); err != nil {
		t.Fatal(err)
	}
	if want := "0123456789abcdef/" + config.Credentials.ClientID; sent != want {
		t.Errorf("the bank was sent %q, want %q", sent, want)
	}
	refuses = true
	_, err := client.AIS.Accounts(t.Context(), tpp.SomeToken)
	if err == nil || strings.Contains(err.Error(), "0123456789abcdef") {
		t.Errorf("the refusal says %v", err)
	}
}
