package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/vault"
	"github.com/sealkeeper/sealkeeper/vault/embedded"
)

type custodyMigrateCmd struct{ move }

// Run copies. Nothing is removed from embedded custody, and nothing of it is opened again.
func (c custodyMigrateCmd) Run(env *environment) error {
	m, log, err := c.begin(env, access.CustodyMigrate)
	if err != nil {
		return err
	}
	defer m.close()
	copied, err := m.migrate(env)
	detail := fmt.Sprintf("copied and verified: %s, %s", counted(copied.Keys, "key", "keys"),
		counted(copied.Documents, "document", "documents"))
	if err := log.Finish(env.ctx, operator(), access.CustodyMigrate, "embedded", detail, err); err != nil {
		return err
	}
	env.printf("%s\nstart the service with %s; embedded custody is not opened again\n", detail, c.To)
	env.printf("the sealed copies are in the database still: when Vault has proved itself, `sealkeeper custody " +
		"purge` with the same options deletes them; it needs the master key once more\n")
	return nil
}

func (m *moving) migrate(env *environment) (embedded.Copied, error) {
	moved := false
	err := m.open(env,
		func(ctx context.Context, rows embedded.Rows, master embedded.MasterKey) (source *embedded.Custody, err error) {
			source, moved, err = embedded.OpenToMove(ctx, rows, master)
			return source, err
		})
	if err != nil {
		return embedded.Copied{}, err
	}
	if moved {
		return m.copyRest(env.ctx)
	}
	return m.copy(env)
}

// copy notes that the move has begun once nothing more is known to stand in its way:
// from then on a service that still runs stores nothing that would be left behind.
func (m *moving) copy(env *environment) (copied embedded.Copied, err error) {
	gone, err := m.destroyed(env.ctx)
	if err != nil {
		return copied, err
	}
	if err := m.source.Agrees(env.ctx, m.destination, gone); err != nil {
		return copied, err
	}
	if err := m.db.BeginMove(env.ctx, m.destination.Mode()); err != nil {
		return copied, err
	}
	if gone, err = m.destroyed(env.ctx); err == nil {
		copied, err = m.source.CopyTo(env.ctx, m.destination, gone)
	}
	if err == nil {
		err = m.db.MoveCustody(env.ctx, m.source.Mode(), m.destination.Mode())
	}
	if err != nil {
		env.printf("copied %s and %s so far; the move has begun and not ended: the same command goes on with it, "+
			"`sealkeeper custody abandon` gives it up\n",
			counted(copied.Keys, "key", "keys"), counted(copied.Documents, "document", "documents"))
	}
	return copied, err
}

// copyRest is for a service that ran on and stored in embedded custody after a move had
// ended, as services could that are older than the note of BeginMove: what it made
// follows. What the records do not name stays, as it was destroyed in Vault since.
func (m *moving) copyRest(ctx context.Context) (embedded.Copied, error) {
	wanted, left, err := m.stayed(ctx)
	if err != nil {
		return embedded.Copied{}, err
	}
	copied, err := m.source.CopyRest(ctx, m.destination, wanted)
	if err != nil {
		return copied, err
	}
	if !left && copied == (embedded.Copied{}) {
		return copied, embedded.ErrMoved()
	}
	return copied, m.db.MoveCustody(ctx, m.source.Mode(), m.destination.Mode())
}

// stayed are the ids of what may have been made in embedded custody after the move;
// left tells that certificates were.
func (m *moving) stayed(ctx context.Context) (wanted map[string]bool, left bool, err error) {
	wanted = map[string]bool{}
	records, err := m.db.Certificates(ctx, vault.Pending, vault.Stored, vault.Retired)
	if err != nil {
		return nil, false, err
	}
	for _, r := range records {
		if r.Custody == m.source.Mode() {
			wanted[r.ID], wanted[r.KeyID], left = true, true, true
		}
	}
	requests, err := m.db.Requests(ctx)
	if err != nil {
		return nil, false, err
	}
	for _, r := range requests {
		if r.State == vault.RequestOpen {
			wanted[r.ID] = true
		}
	}
	named, err := m.db.CustodyDocuments(ctx)
	if err != nil {
		return nil, false, err
	}
	for id := range named {
		wanted[id] = true
	}
	return wanted, left, m.permanent(ctx, wanted)
}

// permanent adds Sealkeeper's own documents that Vault lacks. One that is there is in use there.
func (m *moving) permanent(ctx context.Context, wanted map[string]bool) error {
	ids, err := m.source.List(ctx)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if !vault.Permanent(id) {
			continue
		}
		_, _, err := m.destination.Get(ctx, id)
		if err != nil && !errors.Is(err, fault.NotFound) {
			return err
		}
		wanted[id] = err != nil
	}
	return nil
}

// destroyed are the ids, in custody, of certificates that were or are being
// destroyed, and of their keys unless another certificate has them too.
func (m *moving) destroyed(ctx context.Context) (map[string]bool, error) {
	ended, err := m.db.Certificates(ctx, vault.Destroying, vault.Destroyed)
	if err != nil {
		return nil, err
	}
	living, err := m.db.Certificates(ctx, vault.Pending, vault.Stored, vault.Retired)
	if err != nil {
		return nil, err
	}
	gone := map[string]bool{}
	for _, r := range ended {
		gone[r.ID], gone[r.KeyID] = true, true
	}
	for _, r := range living {
		delete(gone, r.ID)
		delete(gone, r.KeyID)
	}
	return gone, nil
}

type custodyAbandonCmd struct{ configured }

// Run gives a move up that has begun and not ended: nothing names Vault yet.
func (c custodyAbandonCmd) Run(env *environment) error {
	cfg, err := c.load(env)
	if err != nil {
		return err
	}
	db, log, err := authorized(env, cfg, access.CustodyMigrate, "embedded")
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	if err := log.Finish(env.ctx, operator(), access.CustodyMigrate, "embedded", "given up",
		db.AbandonMove(env.ctx)); err != nil {
		return err
	}
	env.printf("the move to Vault is given up, and embedded custody is used again; what was copied is in Vault " +
		"still: delete it there, or give the next attempt mounts of its own\n")
	return nil
}
