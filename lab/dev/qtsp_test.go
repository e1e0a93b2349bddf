package dev_test

import (
	"bytes"
	"encoding/pem"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"testing"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/revocation"
	"github.com/sealkeeper/sealkeeper/lab/dev"
	"github.com/sealkeeper/sealkeeper/vault"
)

// A newcomer's sample certificate is checked, also after a restart, and can be revoked.
func TestSamplesAreChecked(t *testing.T) {
	cfg := dev.Config{Dir: t.TempDir(), Listen: "127.0.0.1:0", Logger: slog.New(slog.DiscardHandler)}
	ctx := t.Context()
	start := func() *dev.Environment {
		t.Helper()
		e, err := dev.Start(ctx, cfg)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(e.Close)
		return e
	}
	e := start()
	files := vault.Files{}
	for _, path := range []string{e.Info.Samples.QWACPEM, e.Info.Samples.QWACKey} {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		files.Files = append(files.Files, certs.File{Name: path, Data: bytes.Clone(data)})
	}
	block, _ := pem.Decode(files.Files[0].Data)
	leaf, err := certs.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	officer := access.Caller{ID: "u-1", Name: "Ada", Roles: []access.Role{access.Admin}}
	stored, err := e.Services.Vault.Import(ctx, officer, files)
	if err != nil {
		t.Fatal(err)
	}
	e.Close()
	e = start()
	want := func(state revocation.State) {
		t.Helper()
		if _, err := e.Services.Revocation.AskDue(ctx); err != nil {
			t.Fatal(err)
		}
		all, err := e.Services.Revocation.OfCertificate(ctx, officer, stored[0].ID)
		if err != nil || len(all) != 2 || all[0].State != state || all[1].State != revocation.Good {
			t.Fatalf("%+v, %v", all, err)
		}
	}
	want(revocation.Good)
	answer, err := http.PostForm(e.Info.QTSP.AdminURL+"/revoke", url.Values{"serial": {leaf.Serial}, "reason": {"1"}})
	if err != nil || answer.StatusCode != http.StatusNoContent {
		t.Fatalf("%+v, %v", answer, err)
	}
	_ = answer.Body.Close()
	want(revocation.Good) // nothing is due yet
}
