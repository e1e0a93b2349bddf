package api_test

import (
	"net/http"
	"testing"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
)

// ended is the part of a certificate that tells of its life.
type ended struct {
	ID, State, SHA256 string
	KeyMode           string `json:"key_mode"`
	Export            *struct{ Reason, By string }
	Line              struct {
		Version int
		Change  string
	}
	Retired *struct{ Reason string }
}

func TestCertificateEnds(t *testing.T) {
	s := serve(t)
	officer, engineer := s.as(t, "Ada", access.Compliance), s.as(t, "Grace", access.Engineer)
	path := "/v1/certificates/" + officer.store(qtsp.Request{Kind: certs.QSealC})
	var change struct {
		Done        bool
		Certificate ended
	}
	officer.call("POST", path+"/destroy", object{"confirmation": "00000000"}).refused(http.StatusConflict,
		"not_retired")
	engineer.call("POST", path+"/retire", object{"reason": "mine"}).refused(http.StatusForbidden, "not_permitted")
	officer.call("POST", path+"/retire", object{"reason": ""}).refused(http.StatusUnprocessableEntity, "reason_missing")
	officer.call("POST", path+"/retire", object{"reason": "reissued"}).want(http.StatusOK, &change)
	if !change.Done || change.Certificate.State != "retired" || change.Certificate.Retired == nil ||
		change.Certificate.Retired.Reason != "reissued" {
		t.Fatalf("got %+v", change)
	}
	var inUse, out []ended
	officer.call("GET", "/v1/certificates", nil).items(&inUse)
	officer.call("GET", "/v1/certificates?ended=true", nil).items(&out)
	if len(inUse) != 0 || len(out) != 1 {
		t.Errorf("%d in use, %d ended", len(inUse), len(out))
	}
	officer.call("POST", path+"/destroy", object{"confirmation": "yes"}).refused(http.StatusUnprocessableEntity,
		"confirmation_wrong")
	officer.call("POST", path+"/destroy", object{"confirmation": change.Certificate.SHA256[:8]}).want(http.StatusOK,
		&change)
	if !change.Done || change.Certificate.State != "destroyed" {
		t.Errorf("got %+v", change)
	}
	officer.call("POST", path+"/retire", object{"reason": "again"}).refused(http.StatusConflict,
		"certificate_destroyed")
}

func TestStoredKeyComesOutOnce(t *testing.T) {
	s := serve(t)
	officer, engineer := s.as(t, "Ada", access.Compliance), s.as(t, "Grace", access.Engineer)
	issued := s.QTSP.MustIssue(t, qtsp.Request{Kind: certs.QSealC})
	parts := append(pemFiles(issued), part{field: "key_mode", data: []byte("exportable")})
	officer.upload("/v1/certificates", parts...).refused(http.StatusUnprocessableEntity, "reason_missing")
	var stored []ended
	officer.upload("/v1/certificates", append(parts, part{
		field: "export_reason",
		data:  []byte("a card processor"),
	})...).want(http.StatusCreated, &stored)
	if stored[0].KeyMode != "exportable" || stored[0].Export == nil || stored[0].Export.Reason != "a card processor" {
		t.Fatalf("got %+v", stored[0])
	}
	path := "/v1/certificates/" + stored[0].ID
	officer.call("POST", path+"/export", nil).refused(http.StatusForbidden, "not_permitted")
	engineer.call("POST", path+"/export", nil).refused(http.StatusConflict, "export_not_approved")
	officer.call("POST", path+"/allow-export", nil).want(http.StatusOK, nil)
	second := s.as(t, "Linus", access.Compliance)
	var inbox []request
	second.call("GET", "/v1/approvals?state=inbox", nil).items(&inbox)
	s.approves(t, "Linus", inbox[0].ID)
	answer := engineer.call("POST", path+"/export", nil)
	var key struct {
		PrivateKeyPEM string `json:"private_key_pem"`
	}
	answer.want(http.StatusOK, &key)
	if key.PrivateKeyPEM != string(issued.KeyPEM()) || answer.header.Get("Cache-Control") != "no-store" {
		t.Errorf("Cache-Control %q, the right key: %v", answer.header.Get("Cache-Control"),
			key.PrivateKeyPEM == string(issued.KeyPEM()))
	}
	held := "/v1/certificates/" + officer.store(qtsp.Request{})
	engineer.call("POST", held+"/export", nil).refused(http.StatusConflict, "key_held")
	officer.call("POST", held+"/allow-export", nil).refused(http.StatusConflict, "key_held")
}

func TestLineOfACertificate(t *testing.T) {
	s := serve(t)
	officer := s.as(t, "Ada", access.Compliance)
	first := officer.store(qtsp.Request{})
	next := pemFiles(s.QTSP.MustIssue(t, qtsp.Request{}))
	var stored, line []ended
	officer.upload("/v1/certificates", append(next, part{field: "replaces", data: []byte(first)})...).
		want(http.StatusCreated, &stored)
	officer.call("GET", "/v1/certificates/"+first+"/line", nil).want(http.StatusOK, &line)
	if len(line) != 2 || line[1].ID != stored[0].ID || line[1].Line.Version != 2 || line[1].Line.Change != "rekey" {
		t.Errorf("got %+v", line)
	}
	seal := pemFiles(s.QTSP.MustIssue(t, qtsp.Request{Kind: certs.QSealC}))
	officer.upload("/v1/certificates", append(seal, part{field: "replaces", data: []byte(first)})...).
		refused(http.StatusUnprocessableEntity, "replaces_mismatch")
}
