package main

import (
	"bufio"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/config"
	"github.com/sealkeeper/sealkeeper/internal/fault"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/vault"
	"github.com/sealkeeper/sealkeeper/vault/embedded"
	"github.com/sealkeeper/sealkeeper/vault/hcvault"
)

// move is what both steps from embedded custody to Vault are given.
type move struct {
	configured
	To string `required:"" help:"Configuration with custody.mode vault and the same database." type:"existingfile" placeholder:"FILE"`
}

// moving is a move under way.
type moving struct {
	db          *store.DB
	source      *embedded.Custody
	destination *hcvault.Custody
}

func (m *moving) close() {
	if m.destination != nil {
		_ = m.destination.Close()
	}
	_ = m.db.Close()
}

// begin opens both custodies, the embedded one with open, after the entry in the audit log.
func (c move) begin(env *environment, action access.Action, open func(context.Context, embedded.Rows, embedded.MasterKey) (*embedded.Custody, error)) (m *moving, log *audit.Log, err error) {
	from, err := c.load(env)
	if err != nil {
		return nil, nil, err
	}
	// The environment holds what the first configuration needs, a master key for example.
	to, err := config.Load(c.To, nil)
	if err != nil {
		return nil, nil, err
	}
	if from.Custody.Mode != "embedded" || to.Custody.Mode != "vault" {
		return nil, nil, invalid("migrate_direction", "Migration goes from embedded custody (--config) to Vault (--to).")
	}
	db, err := store.Open(env.ctx, from.Database.DSN)
	if err != nil {
		return nil, nil, err
	}
	m = &moving{db: db}
	if err := db.Migrate(env.ctx); err != nil {
		m.close()
		return nil, nil, err
	}
	log = audit.New(db, time.Now)
	if err := log.Authorize(env.ctx, operator(), action, "embedded"); err != nil {
		m.close()
		return nil, nil, err
	}
	if err := m.open(env, from, to, open); err != nil {
		err = log.Finish(env.ctx, operator(), action, "embedded", "", err)
		m.close()
		return nil, nil, err
	}
	return m, log, nil
}

func (m *moving) open(env *environment, from, to config.Config, open func(context.Context, embedded.Rows, embedded.MasterKey) (*embedded.Custody, error)) error {
	master, err := masterKey(from.Custody)
	if err != nil {
		return err
	}
	if m.source, err = open(env.ctx, m.db.CustodyRows(), master); err != nil {
		return err
	}
	cfg, err := hcvaultConfig(env, to.Vault)
	if err != nil {
		return err
	}
	m.destination, err = hcvault.Open(env.ctx, cfg)
	return err
}

type custodyMigrateCmd struct{ move }

// Run copies. Nothing is removed from embedded custody, and nothing of it is opened again.
func (c custodyMigrateCmd) Run(env *environment) error {
	m, log, err := c.begin(env, access.CustodyMigrate, embedded.Open)
	if err != nil {
		return err
	}
	defer m.close()
	copied, err := m.copy(env.ctx)
	detail := fmt.Sprintf("copied and verified: %s, %s", counted(copied.Keys, "key", "keys"), counted(copied.Documents, "document", "documents"))
	if err := log.Finish(env.ctx, operator(), access.CustodyMigrate, "embedded", detail, err); err != nil {
		return err
	}
	env.printf("%s\nstart the service with %s; embedded custody is not opened again\n", detail, c.To)
	env.printf("the sealed copies are in the database still: when Vault has proved itself, `sealkeeper custody purge` with the same options deletes them; it needs the master key once more\n")
	return nil
}

func (m *moving) copy(ctx context.Context) (embedded.Copied, error) {
	gone, err := m.destroyed(ctx)
	if err != nil {
		return embedded.Copied{}, err
	}
	copied, err := m.source.CopyTo(ctx, m.destination, gone)
	if err != nil {
		return copied, fmt.Errorf("copied %s and %s before: %w", counted(copied.Keys, "key", "keys"), counted(copied.Documents, "document", "documents"), err)
	}
	return copied, m.db.MoveCustody(ctx, m.source.Mode(), m.destination.Mode())
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

type custodyPurgeCmd struct{ move }

// Run deletes what was migrated, after a last comparison and a typed confirmation.
func (c custodyPurgeCmd) Run(env *environment) error {
	m, log, err := c.begin(env, access.CustodyPurge, embedded.OpenMoved)
	if err != nil {
		return err
	}
	defer m.close()
	n, err := m.purge(env)
	detail := fmt.Sprintf("deleted %s", counted(n, "sealed row", "sealed rows"))
	if err := log.Finish(env.ctx, operator(), access.CustodyPurge, "embedded", detail, err); err != nil {
		return err
	}
	env.printf("%s; backups from before the migration still hold them, and open with the master key of then: delete both when you are sure\n", detail)
	return nil
}

func (m *moving) purge(env *environment) (int, error) {
	if err := custodyFits(env.ctx, m.db, m.destination.Mode()); err != nil {
		return 0, err
	}
	same, missing, err := m.source.Compare(env.ctx, m.destination)
	if err != nil {
		return 0, err
	}
	if err := m.explained(env.ctx, missing); err != nil {
		return 0, err
	}
	n, err := m.db.CountSealed(env.ctx)
	if err != nil {
		return 0, err
	}
	env.printf("verified in Vault: %s, %s; no longer there, and named by no record: %d\n", counted(same.Keys, "key", "keys"), counted(same.Documents, "document", "documents"), len(missing))
	phrase := fmt.Sprintf("purge %d", n)
	env.printf("this deletes %s for good; to go on, type %q: ", counted(n, "sealed row", "sealed rows"), phrase)
	if typed(env) != phrase {
		return 0, invalid("confirmation_wrong", "Nothing was deleted: to go on, %q has to be typed.", phrase)
	}
	return n, m.db.PurgeCustody(env.ctx)
}

// explained fails when a record, or Sealkeeper itself, needs what is no longer in Vault.
func (m *moving) explained(ctx context.Context, missing []string) error {
	for _, id := range missing {
		if vault.Permanent(id) {
			return fault.New(fault.Conflict, "custody_incomplete", "Vault lacks the document %q, which nothing replaces; restore Vault from its backup before you purge.", id)
		}
	}
	found, err := commandVault(m.db, m.destination).CheckCustody(ctx, operator())
	if err != nil {
		return err
	}
	for _, o := range found.Orphans {
		if !o.InCustody {
			return fault.New(fault.Conflict, "custody_incomplete", "Vault does not hold everything that the records name, so nothing was deleted. %s", o.Text)
		}
	}
	return nil
}

// typed reads one line from whoever runs the command.
func typed(env *environment) string {
	if env.in == nil {
		return ""
	}
	line, _ := bufio.NewReader(env.in).ReadString('\n')
	return strings.TrimSpace(line)
}
