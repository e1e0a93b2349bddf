package store_test

import (
	"strings"
	"testing"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/secret"
)

// Records do not cross a network in clear, nor to somebody who only pretends to be the database.
func TestPostgresElsewhereNeedsVerifiedTLS(t *testing.T) {
	const elsewhere, nowhere = "database_insecure", "database_unavailable" // nowhere: it was tried
	for name, test := range map[string]struct{ dsn, code string }{
		"no word of TLS":         {"postgres://u:secret@db.example.internal/x", elsewhere},
		"falls back":             {"postgres://u@db.example.internal/x?sslmode=prefer", elsewhere},
		"clear":                  {"postgres://u@db.example.internal/x?sslmode=disable", elsewhere},
		"verifies nothing":       {"postgres://u@db.example.internal/x?sslmode=require", elsewhere},
		"verifies no name":       {"postgres://u@db.example.internal/x?sslmode=verify-ca", elsewhere},
		"one of two is in clear": {"postgres://u@127.0.0.1:1,db.example.internal:2/x?sslmode=disable", elsewhere},
		"verifies":               {"postgres://u@db.invalid/x?sslmode=verify-full&connect_timeout=1", nowhere},
		"this machine":           {"postgres://u@localhost:1/x?sslmode=disable", nowhere},
		"a socket":               {"postgres://u@/x?host=/nowhere", nowhere},
		"unreadable":             {"postgres://u:secret@h:port/x", "dsn_invalid"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := store.Open(t.Context(), secret.NewTextString(test.dsn))
			if fault.Code(err) != test.code {
				t.Errorf("got %v, want %s", err, test.code)
			}
		})
	}
}

// The address is not repeated when it cannot be used: it may hold a password.
func TestPasswordsAreNotRepeated(t *testing.T) {
	for _, dsn := range []string{
		"postgres://u:hunter2@h:port/x",
		"postgres://u:hunter2@db.example.internal/x",
		"postgres://u:hunter2@127.0.0.1:1/x?sslmode=disable",
	} {
		_, err := store.Open(t.Context(), secret.NewTextString(dsn))
		if err == nil {
			t.Fatal("it opened")
		}
		if text := err.Error(); strings.Contains(text, "hunter2") {
			t.Errorf("%s: %s", dsn, text)
		}
	}
}
