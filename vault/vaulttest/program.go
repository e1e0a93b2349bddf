package vaulttest

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Program is the Vault or OpenBao that tests start, which is its command line
// too. Without one the test is skipped.
func Program(t testing.TB) string {
	t.Helper()
	path, err := findProgram()
	mustHave(t, err)
	return path
}

// findProgram returns a Vault server's program file: `vault` or `bao` on PATH,
// or bin/vault-server of the module the test runs in.
func findProgram() (string, error) {
	for _, name := range []string{"vault", "bao"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			path := filepath.Join(dir, "bin", "vault-server")
			if _, err := os.Stat(path); err != nil {
				return "", errNoServer
			}
			return path, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errNoServer
		}
		dir = parent
	}
}
