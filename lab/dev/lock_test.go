package dev_test

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/lab/dev"
)

// TestAloneInItsFolder: a second environment is told so, and changes nothing;
// after the first one the folder is free again.
func TestAloneInItsFolder(t *testing.T) {
	cfg := dev.Config{Dir: t.TempDir(), Listen: "127.0.0.1:0", Logger: slog.New(slog.DiscardHandler)}
	info := filepath.Join(cfg.Dir, "dev.json")
	first, err := dev.Start(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(info)
	if err != nil {
		t.Fatal(err)
	}
	_, err = dev.Start(t.Context(), cfg)
	if _, code, message := fault.Public(err); code != "data_in_use" || !strings.Contains(message, "--data") {
		t.Errorf("a second environment on the same folder: %v", err)
	}
	if after, err := os.ReadFile(info); err != nil || !bytes.Equal(before, after) {
		t.Errorf("dev.json was changed: %s, %v", after, err)
	}
	if token, err := os.ReadFile(filepath.Join(cfg.Dir, "token")); err != nil ||
		string(token) != first.Info.Token+"\n" {
		t.Errorf("the token's file: %v", err)
	}
	first.Close()
	again, err := dev.Start(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	again.Close()
}
