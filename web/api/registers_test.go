package api_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/app"
	"github.com/sealkeeper/sealkeeper/internal/registers"
	"github.com/sealkeeper/sealkeeper/lab/authority"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	"github.com/sealkeeper/sealkeeper/types/api"
	served "github.com/sealkeeper/sealkeeper/web/api"
)

func TestRegistersByAPI(t *testing.T) {
	published := authority.New(time.Now)
	server := httptest.NewServer(published)
	t.Cleanup(server.Close)
	published.List(authority.Firm{
		Authority: "FR_ACPR",
		Number:    "12345",
		Services:  map[string][]string{"FR": {"PS_070", "PS_080"}},
		Changes:   []string{"2019-01-01"},
	})
	wired, _ := stack.Asking(t, stack.Options{Registers: app.Registers{Sources: []registers.Source{
		{ID: registers.EBA, URL: server.URL + authority.MetadataPath},
	}}})
	s := serveOn(t, wired, func(*served.API) {})
	path := "/v1/certificates/" + s.ImportIssued(s.QTSP.MustIssue(t,
		qtsp.Request{KeyType: qtsp.P256})) + "/authorisation"
	auditor := s.as(t, "Ada", access.Auditor)
	var got api.Authorisation
	auditor.call("GET", path, nil).want(http.StatusOK, &got)
	if got.State != "not_read" || len(got.Readings) != 1 || got.Readings[0].Entry != nil {
		t.Errorf("before: %+v", got)
	}
	if _, err := s.Registers.ReadDue(t.Context()); err != nil {
		t.Fatal(err)
	}
	auditor.call("GET", path, nil).want(http.StatusOK, &got)
	if got.State != "listed" || got.Readings[0].Entry.Name != "Example Payments" ||
		got.Readings[0].Register.SHA256 == "" || got.Readings[0].Register.AsOf == nil {
		t.Errorf("read: %+v", got)
	}
	var all []api.Register
	auditor.call("GET", "/v1/registers", nil).want(http.StatusOK, &all)
	if len(all) != 1 || !all[0].Asked || all[0].Entries != 51 || all[0].Attempt.Cause != "" || all[0].AskAt == nil {
		t.Errorf("registers: %+v", all)
	}
	auditor.call("GET", "/v1/certificates/x/authorisation", nil).refused(http.StatusNotFound, "not_found")
	auditor.call("GET", "/v1/organizations/x/authorisation", nil).refused(http.StatusNotFound, "not_found")
	auditor.call("POST", "/v1/registers/eba/file", nil).refused(http.StatusForbidden, "not_permitted")
}
