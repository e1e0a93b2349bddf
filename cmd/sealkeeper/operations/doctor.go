package operations

import (
	"context"
	"fmt"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/cli"
	"github.com/sealkeeper/sealkeeper/internal/config"
	"github.com/sealkeeper/sealkeeper/internal/installation"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/internal/store/migrations"
	"github.com/sealkeeper/sealkeeper/internal/version"
)

// Doctor is the command that looks at everything an installation needs.
type Doctor struct {
	cli.Configured
	Offline bool `help:"Ask no bank."`
}

// Help is printed below the first line of help.
func (Doctor) Help() string {
	return "It works beside a running service and changes nothing. Each line says what was looked at; PROBLEM and " +
		"WARNING say what to do about it. The exit code is 1 if there is a problem."
}

// patience is how long one look may take.
const patience = 10 * time.Second

// finding is what one look has found.
type finding struct {
	check   string
	problem error // a *fault.Error that says what to do; nil when all is well
	warning error // the same for what is no problem yet
}

// Run looks at one thing after the other. What cannot be looked at because of a problem is left out.
func (c Doctor) Run(env *cli.Environment) error {
	env.Printf("sealkeeper %s\n", version.Of())
	healthy := true
	c.examine(env, func(f finding) {
		healthy = healthy && f.problem == nil
		env.Printf("%s\n", f)
	})
	if !healthy {
		return cli.ErrSilent
	}
	return nil
}

func (c Doctor) examine(env *cli.Environment, say func(finding)) {
	cfg, err := configCheckCmd{c.Configured}.load(env)
	say(finding{check: "the configuration is free of contradictions", problem: err})
	if err == nil {
		e := &examination{env: env, cfg: cfg, say: say, offline: c.Offline}
		e.run(env.Context)
	}
}

// String is the line for people.
func (f finding) String() string {
	switch {
	case f.problem != nil:
		return "PROBLEM  " + f.check + ": " + sentence(f.problem)
	case f.warning != nil:
		return "WARNING  " + f.check + ": " + sentence(f.warning)
	}
	return "ok       " + f.check
}

func sentence(err error) string {
	_, code, message := fault.Public(err)
	if code == "internal" { // the reader may see what the log would say
		return err.Error()
	}
	return message
}

// examination is one run of the doctor.
type examination struct {
	env     *cli.Environment
	cfg     config.Config
	db      *store.DB
	offline bool
	say     func(finding)
}

func (e *examination) run(ctx context.Context) {
	if e.database(ctx) {
		defer func() { _ = e.db.Close() }()
		e.custody(ctx)
		e.policy(ctx)
		e.registers(ctx)
		e.catalogueFolder(ctx)
		if !e.offline {
			e.banks(ctx)
		}
	} else if e.cfg.Custody.Mode == "vault" {
		e.vault(ctx)
	}
	e.snapshot()
	e.disk()
	e.network(ctx)
	e.service(ctx)
}

// look does one look within its time.
func (e *examination) look(
	ctx context.Context, check string, look func(context.Context) (warning, problem error),
) bool {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	warning, problem := look(ctx)
	e.say(finding{check, problem, warning})
	return problem == nil
}

// database reports whether the records can be read.
func (e *examination) database(ctx context.Context) bool {
	if !e.look(ctx, "the database answers", func(ctx context.Context) (_, problem error) {
		if e.db, problem = store.OpenExisting(ctx, e.cfg.Database.DSN); problem == nil {
			problem = e.db.Health(ctx)
		}
		return nil, problem
	}) {
		return false
	}
	current := e.look(ctx, "the database has this program's schema", func(ctx context.Context) (_, problem error) {
		current, err := e.db.Current(ctx)
		if err == nil && !current {
			err = fault.New(fault.Conflict, "schema_older", "The schema is older than this program; run `sealkeeper "+
				"migrate`, or let `sealkeeper serve` do it when it starts.")
		}
		return nil, err
	})
	if !current {
		return false
	}
	e.look(ctx, "no newer program has changed the schema", func(ctx context.Context) (warns, problem error) {
		newer, err := e.db.Newer(ctx)
		if newer {
			warns = warning("schema_changed", "One has, and this program still works with it; finish the upgrade.")
		}
		return warns, err
	})
	e.look(ctx, "what makes the audit log append-only is in place", func(ctx context.Context) (_, problem error) {
		return nil, e.db.Guarded(ctx)
	})
	e.look(ctx, "the audit log's partitions have room for what comes", e.partitions)
	e.look(ctx, "the database's clock agrees with this machine's", func(ctx context.Context) (_, problem error) {
		return nil, installation.CompareClocks(ctx, e.db.Clock)
	})
	return true
}

func (e *examination) partitions(ctx context.Context) (warns, problem error) {
	room, divided, err := e.db.AuditRoom(ctx)
	if divided && room < migrations.PartitionSize {
		warns = warning("partitions_full", "They have room for %d more entries, and what comes after those goes into "+
			"one table; run `sealkeeper migrate` once a day as the role that owns the schema.", room)
	}
	return warns, err
}

func warning(code, format string, args ...any) error {
	return fault.New(fault.Conflict, code, "%s", fmt.Sprintf(format, args...))
}
