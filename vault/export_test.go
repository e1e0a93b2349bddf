package vault_test

import (
	"context"
	"io"
	"log/slog"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/vault"
)

// unwritable is a ledger that cannot be written.
type unwritable struct{}

func (unwritable) NoteExport(context.Context, access.Caller, string, string) error {
	return fault.Wrap(io.ErrUnexpectedEOF, fault.Unavailable, "database_unavailable", "The database does not answer.")
}

// A key whose export cannot be recorded stays.
func TestUnrecordedKeyStays(t *testing.T) {
	b := newBench(t)
	upload := files(issue(t, qtsp.Request{}))
	upload.KeyMode, upload.ExportReason = vault.KeyExportable, "a program that reads files"
	stored, err := b.Import(t.Context(), officer, upload)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.AllowExport(t.Context(), officer, stored[0].ID); err != nil {
		t.Fatal(err)
	}
	b.decide(stored[0], 1)
	v := vault.New(vault.Config{
		Custody:   b.custody,
		Records:   b.db,
		Copies:    unwritable{},
		Incidents: b.db,
		Audit:     b.audit,
		Logger:    slog.New(slog.DiscardHandler),
		Now:       func() time.Time { return b.now },
	})
	exported, err := v.ExportKey(t.Context(), connector, stored[0].ID, "pem")
	expect(t, err, fault.Unavailable, "database_unavailable")
	if !exported.KeyPEM.Empty() || exported.ChainPEM != "" {
		t.Error("the key has left")
	}
}
