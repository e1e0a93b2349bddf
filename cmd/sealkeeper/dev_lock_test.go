package main

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/sealkeeper/sealkeeper/fault"
)

// TestDevAloneInItsFolder: a second environment is told so, and changes nothing;
// after the first one the folder is free again.
func TestDevAloneInItsFolder(t *testing.T) {
	dir := t.TempDir()
	env := &environment{
		ctx:     t.Context(),
		streams: streams{out: &bytes.Buffer{}, err: &bytes.Buffer{}},
		logger:  discard(),
	}
	first, err := startDev(env, dir, "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(devInfoPath(dir))
	if err != nil {
		t.Fatal(err)
	}
	_, err = startDev(env, dir, "127.0.0.1:0")
	if _, code, message := fault.Public(err); code != "data_in_use" || !strings.Contains(message, "--data") {
		t.Errorf("a second environment on the same folder: %v", err)
	}
	if after, err := os.ReadFile(devInfoPath(dir)); err != nil || !bytes.Equal(before, after) {
		t.Errorf("dev.json was changed: %s, %v", after, err)
	}
	if token, err := os.ReadFile(devTokenPath(dir)); err != nil || string(token) != first.info.Token+"\n" {
		t.Errorf("the token's file: %v", err)
	}
	first.close()
	if err := first.listener.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := startDev(env, dir, "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	again.close()
	_ = again.listener.Close()
}
