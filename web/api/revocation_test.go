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

func TestRevocationByAPI(t *testing.T) {
	wired, service := stack.Asking(t, stack.Options{})
	s := serveOn(t, wired, func(*served.API) {})
	officer, auditor := s.as(t, "Ada", access.Compliance), s.as(t, "Bob", access.Auditor)
	issued := s.QTSP.MustIssue(t, qtsp.Request{KeyType: qtsp.P256})
	id := s.ImportIssued(issued)
	path := "/v1/certificates/" + id + "/revocation"
	var got api.CertificateRevocation
	auditor.call("GET", path, nil).want(http.StatusOK, &got)
	if e := got.Elements; !got.Asking || len(e) != 2 || e[0].State != "not_checked" || e[0].Answer != nil ||
		e[0].SHA256 != issued.Certificate.SHA256 {
		t.Errorf("before: %+v", got)
	}
	auditor.call("POST", path, nil).refused(http.StatusForbidden, "not_permitted")
	officer.call("POST", path, nil).want(http.StatusOK, &got)
	if a := got.Elements[0].Answer; a == nil || a.Means != "ocsp" || a.Source == "" || a.RevokedAt != nil {
		t.Errorf("asked: %+v", got)
	}
	officer.call("POST", path, nil).refused(http.StatusConflict, "revocation_asked_lately")
	service.Revoke(issued.Certificate.X509.SerialNumber, 4)
	s.Now = s.Now.Add(2 * time.Minute)
	officer.call("POST", path, nil).want(http.StatusOK, &got)
	if e := got.Elements[0]; e.State != "revoked" || e.Answer.RevokedAt == nil || e.Answer.Reason != "superseded" {
		t.Errorf("revoked: %+v", e)
	}
	officer.call("POST", "/v1/certificates/x/revocation", nil).refused(http.StatusConflict, "revocation_not_asked")
}
