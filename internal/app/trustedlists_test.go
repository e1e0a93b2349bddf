package app_test

import (
	"encoding/pem"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/app"
	"github.com/sealkeeper/sealkeeper/internal/config"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
)

func TestSignersOfTrustedLists(t *testing.T) {
	der := qtsp.Must(t).Root().Raw
	block := func(kind string) string { return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})) }
	one := block("CERTIFICATE")
	for _, tt := range []struct {
		name, text string
		want       int // 0: it is refused
	}{
		{"two with words between", "first\n" + one + "second\n" + one, 2},
		{"nothing", "", 0},
		{"something else", block("PUBLIC KEY"), 0},
		{"half a certificate behind a whole one", one + one[:len(one)/2], 0},
		{"no certificate", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der[:40]})), 0},
	} {
		path := filepath.Join(t.TempDir(), "signers.pem")
		if err := os.WriteFile(path, []byte(tt.text), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := app.ConfiguredTrustedLists(config.TrustedLists{URL: "https://lotl.example", SignersFile: path})
		if len(got.Signers) != tt.want && err == nil || (err != nil) != (tt.want == 0) ||
			err != nil && !errors.Is(err, fault.Invalid) {
			t.Errorf("%s: %d signers, %v", tt.name, len(got.Signers), err)
		}
	}
	_, err := app.ConfiguredTrustedLists(config.TrustedLists{SignersFile: filepath.Join(t.TempDir(), "none")})
	if !errors.Is(err, fault.Invalid) {
		t.Errorf("no file: %v", err)
	}
	if none, err := app.ConfiguredTrustedLists(config.TrustedLists{}); err != nil || len(none.Signers) > 0 {
		t.Errorf("not configured: %v", err)
	}
}
