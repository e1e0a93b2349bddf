package api_test

import (
	"bytes"
	"context"
	"encoding/pem"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/store/storetest"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	"github.com/sealkeeper/sealkeeper/vault"
	"github.com/sealkeeper/sealkeeper/web/api"
)

func TestUpload(t *testing.T) {
	s := serve(t)
	c := s.as(t, "Ada", access.Compliance)
	qwac, qsealc := s.QTSP.MustIssue(t, qtsp.Request{}), s.QTSP.MustIssue(t, qtsp.Request{Kind: certs.QSealC})
	p12, err := qsealc.PKCS12("correct horse")
	check(t, err)
	files := append(pemFiles(qwac), part{field: "files", file: `C:\Users\Ada\seal.p12`, data: p12},
		part{field: "passphrase", data: []byte("correct horse")}, part{field: "name", data: []byte("  for SG\x00 ")})

	var found []struct {
		SHA256 string
		Kind   string
		HasKey bool `json:"has_key"`
	}
	c.upload("/v1/certificates/inspect", files...).want(http.StatusOK, &found)
	if len(found) != 2 || !found[0].HasKey || !found[1].HasKey {
		t.Errorf("inspected %+v", found)
	}
	c.upload("/v1/certificates/inspect", part{
		field: "files",
		file:  "cert.pem",
		data:  qwac.CertificatePEM(),
	}).want(http.StatusOK, &found)
	if len(found) != 1 || found[0].HasKey {
		t.Errorf("inspected without its key: %+v", found)
	}
	nothingStored(t, c)

	var stored []struct{ ID, Name, State, Kind, SHA256, Custody string }
	c.upload("/v1/certificates", files...).want(http.StatusCreated, &stored)
	for i, issued := range []*qtsp.Issued{qwac, qsealc} {
		got := stored[i]
		if got.SHA256 != issued.Certificate.SHA256 || got.Kind != string(issued.Certificate.Kind) ||
			got.State != "stored" || got.Name != "for SG" || got.Custody != "embedded" {
			t.Errorf("stored %+v", got)
		}
	}
	c.upload("/v1/certificates", files...).refused(http.StatusConflict, "certificate_exists")
}

func nothingStored(t *testing.T, c *client) {
	t.Helper()
	var all []made
	if c.call("GET", "/v1/certificates", nil).items(&all); len(all) != 0 {
		t.Errorf("%d certificates are in custody", len(all))
	}
}

func TestUploadRefused(t *testing.T) {
	s := serve(t)
	officer := s.as(t, "Ada", access.Compliance)
	issued, other := s.QTSP.MustIssue(t, qtsp.Request{}), s.QTSP.MustIssue(t, qtsp.Request{})
	p12, err := issued.PKCS12("correct horse")
	check(t, err)
	certificate := part{field: "files", file: "cert.pem", data: issued.CertificatePEM()}
	file := func(data []byte) part { return part{field: "files", file: "sent.file", data: data} }
	text := func(field, value string) part { return part{field: field, data: []byte(value)} }
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.QTSP.Root().Raw})
	for _, test := range []struct {
		name   string
		parts  []part
		status int
		code   string
		says   string
	}{
		{"no files", nil, 422, "no_file", "at least one file"},
		{"another field", []part{{field: "file", file: "cert.pem", data: issued.CertificatePEM()}}, 422,
			"field_unknown", "files, passphrase"},
		{"empty", []part{file(nil)}, 422, "empty", "sent.file"},
		{"no passphrase", []part{file(p12)}, 422, "passphrase_needed", "sent.file"},
		{"wrong passphrase", []part{file(p12), text("passphrase", secretText)}, 422, "passphrase_wrong", "sent.file"},
		{"two passphrases", []part{file(p12), text("passphrase", "a"), text("passphrase", "b")}, 422,
			"passphrase_wrong", "sent.file"},
		{"long passphrase", []part{file(p12), text("passphrase", strings.Repeat("x", 4097))}, 413,
			"field_too_large", "passphrase"},
		{"long name", []part{certificate, text("name", strings.Repeat("x", 4097))}, 413, "field_too_large", "name"},
		{"another's key", []part{certificate, file(other.KeyPEM())}, 422, "key_mismatch", ""},
		{"no key", []part{certificate}, 422, "key_missing", "private key"},
		{"key only", []part{file(issued.KeyPEM())}, 422, "key_mismatch", ""},
		{"issuer only", []part{file(ca)}, 422, "no_leaf", ""},
		{"prose", []part{file([]byte("Dear bank, please find attached"))}, 422, "not_a_certificate", "sent.file"},
		{"20 MB of zeros", []part{file(make([]byte, 20<<20))}, 413, "too_large", "sent.file"},
		{"a byte too many", []part{file(make([]byte, certs.MaxFileSize+1))}, 413, "too_large", "sent.file"},
		{"33 files", slices.Repeat([]part{file([]byte("x"))}, 33), 413, "too_many_files", "32"},
		{"70 MB", slices.Repeat([]part{file(make([]byte, 10<<20))}, 7), 413, "upload_too_large", "8 MB"},
		{"one good, one bad", append(pemFiles(issued), file([]byte("x"))), 422, "not_a_certificate", "sent.file"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := officer.in(t)
			for _, path := range []string{"/v1/certificates", "/v1/certificates/inspect"} {
				if path == "/v1/certificates/inspect" && test.code == "key_missing" {
					continue // judging does not need the key
				}
				detail := c.upload(path, test.parts...).refused(test.status, test.code)
				contains(t, detail, test.says)
				if strings.Contains(detail, secretText) {
					t.Error("it repeats the passphrase")
				}
			}
			nothingStored(t, c)
		})
	}
}

func TestUploadThatIsNoForm(t *testing.T) {
	s := serve(t)
	c := s.as(t, "Ada", access.Compliance)
	contentType, body := form(t, pemFiles(s.QTSP.MustIssue(t, qtsp.Request{}))...)
	for _, test := range []struct {
		name, contentType string
		body              []byte
		code              string
	}{
		{"JSON", "application/json", []byte(`{"files":[]}`), "multipart_needed"},
		{"no type", "", body, "multipart_needed"},
		{"no boundary", "multipart/form-data", body, "multipart_needed"},
		{"another boundary", "multipart/form-data; boundary=x", body, "no_file"},
		{"cut short", contentType, body[:len(body)/2], "upload_broken"},
		{"no body", contentType, nil, "no_file"},
		{"a header without end", contentType,
			append(bytes.Clone(body[:64]), bytes.Repeat([]byte("x"), 11<<20)...), "upload_broken"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := c.in(t)
			c.send("POST", "/v1/certificates", test.contentType, test.body).refused(http.StatusUnprocessableEntity,
				test.code)
			nothingStored(t, c)
		})
	}
	var entries struct {
		Items []struct{ Action, Outcome, Code string }
	}
	c.call("GET", "/v1/audit?action=cert.import", nil).want(http.StatusOK, &entries)
	if e := entries.Items[0]; e.Action != "cert.import" || e.Outcome != "failed" || e.Code != "upload_broken" {
		t.Errorf("a broken import is recorded as %+v", e)
	}
}

// ailing is custody that fails where it is told to.
type ailing struct {
	vault.Custody
	health, keys error
}

func (a *ailing) Health(ctx context.Context) error {
	if a.health != nil {
		return a.health
	}
	return a.Custody.Health(ctx)
}

func (a *ailing) ImportKey(ctx context.Context, id string, key *certs.PrivateKey) error {
	if a.keys != nil {
		return a.keys
	}
	return a.Custody.ImportKey(ctx, id, key)
}

func TestCustodyDown(t *testing.T) {
	down := fault.New(fault.Unavailable, "vault_sealed", "Vault is sealed; unseal it and try again.")
	custody := &ailing{}
	s := serveWith(t, func(a *api.API) {
		custody.Custody = stack.Embedded(t, storetest.SQLite(t))
		a.Vault = stack.Wire(t, storetest.SQLite(t), custody, a.Now).Vault
	})
	c := s.as(t, "Ada", access.Compliance)
	files := pemFiles(s.QTSP.MustIssue(t, qtsp.Request{}))

	custody.health = down
	contains(t, c.upload("/v1/certificates", files...).refused(http.StatusServiceUnavailable, "vault_sealed"),
		"unseal it")
	nothingStored(t, c)

	// Down between the look at its health and the writing: the intent stays, and no certificate counts as stored.
	custody.health, custody.keys = nil, down
	c.upload("/v1/certificates", files...).refused(http.StatusServiceUnavailable, "vault_sealed")
	var all []struct{ ID, State string }
	c.call("GET", "/v1/certificates", nil).items(&all)
	if len(all) != 1 || all[0].State != "pending" {
		t.Errorf("in custody: %+v", all)
	}
	custody.keys = nil
	c.upload("/v1/certificates", files...).refused(http.StatusConflict, "import_in_progress")
	s.Now = s.Now.Add(2 * time.Minute)
	c.token = s.as(t, "Eve", access.Compliance).token
	c.upload("/v1/certificates", files...).want(http.StatusCreated, nil)
}
