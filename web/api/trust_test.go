package api_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	"github.com/sealkeeper/sealkeeper/types/api"
	served "github.com/sealkeeper/sealkeeper/web/api"
)

func TestTrustByAPI(t *testing.T) {
	wired, service := stack.Asking(t, stack.Options{})
	s := serveOn(t, wired, func(*served.API) {})
	path := "/v1/certificates/" + s.ImportIssued(s.QTSP.MustIssue(t, qtsp.Request{KeyType: qtsp.P256})) + "/trust"
	read := func() {
		t.Helper()
		s.Now = s.Now.Add(12 * time.Hour)
		if _, err := s.Trust.ReadDue(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	var got api.CertificateTrust
	ask := func(name string) { // another person each time: tokens end meanwhile
		t.Helper()
		s.as(t, name, access.Auditor).call("GET", path, nil).want(http.StatusOK, &got)
	}
	ask("Ada")
	if !got.Configured || got.State != "not_checked" || got.Service != nil || got.List != nil {
		t.Errorf("before: %+v", got)
	}
	read()
	ask("Bob")
	if got.State != "granted" || got.AtIssue != "granted" || got.Overdue || got.Service.Status != "granted" ||
		got.List.Territory != "FR" || got.List.ReadAt == nil || got.List.SHA256 == "" {
		t.Errorf("read: %+v", got)
	}
	service.SetStatus("withdrawn")
	read()
	ask("Cleo")
	if got.State != "withdrawn" || got.AtIssue != "granted" || got.Service.Status != "withdrawn" {
		t.Errorf("withdrawn: %+v", got)
	}
	service.Have(qtsp.Silent)
	s.Now = s.Now.AddDate(0, 0, 30)
	read()
	ask("Dan")
	if got.State != "withdrawn" || !got.Overdue || got.List.Attempt.Cause != "unreachable" {
		t.Errorf("30 days without an answer: %+v", got)
	}
	auditor := s.as(t, "Emma", access.Auditor)
	var lists api.TrustedLists
	auditor.call("GET", "/v1/trusted-lists", nil).want(http.StatusOK, &lists)
	if l := lists.Lists; !lists.Configured || len(l) != 2 || !l[0].ListOfLists || l[1].Territory != "FR" ||
		!l[1].Overdue {
		t.Errorf("lists: %+v", lists)
	}
	auditor.call("GET", "/v1/certificates/x/trust", nil).refused(http.StatusNotFound, "not_found")
}
