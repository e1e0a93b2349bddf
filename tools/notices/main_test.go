package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Everything the service is built from is there, with the text of its licence.
func TestNoticesOfTheService(t *testing.T) {
	t.Chdir("../..")
	var out bytes.Buffer
	if err := write(&out, []string{"./cmd/sealkeeper"}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"Go\n==\n", "github.com/labstack/echo/v4 v", "github.com/mattn/go-sqlite3 v", "Mozilla Public License",
		"Permission is hereby granted",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("nothing says %q", want)
		}
	}
}

// What is built in a module of its own has our main module for a dependency, and that is not of others.
func TestNoticesOfAModuleOfItsOwn(t *testing.T) {
	t.Chdir("../../cmd/sealkeeper-sds")
	var out bytes.Buffer
	if err := write(&out, []string{"."}); err != nil {
		t.Fatal(err)
	}
	text := out.String()
	if !strings.Contains(text, "google.golang.org/grpc v") || strings.Contains(text, "sealkeeper v0.0.0") {
		t.Error("gRPC is missing, or this project itself is there")
	}
}

func TestModuleWithoutLicence(t *testing.T) {
	m := module{"example.org/none v1", t.TempDir()}
	if _, err := m.licences(); err == nil || !strings.Contains(err.Error(), "example.org/none v1") {
		t.Errorf("got %v", err)
	}
	if err := os.WriteFile(filepath.Join(m.folder, "LICENCE.md"), []byte("do as you like\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if text, err := m.licences(); err != nil || text != "do as you like" {
		t.Errorf("got %q, %v", text, err)
	}
}
