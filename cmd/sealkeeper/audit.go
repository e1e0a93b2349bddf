package main

import (
	"time"

	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/secret"
)

type auditCmd struct {
	Verify auditVerifyCmd `cmd:"" help:"Check the hash chain of the audit log; exit 1 and name the first broken entry if it is not whole."`
}

type auditVerifyCmd struct {
	configured
	Data string `help:"Data folder of 'sealkeeper dev' instead of a configuration." type:"existingdir" placeholder:"DIR"`
	Head string `help:"SEQ:HASH printed by an earlier run and kept elsewhere; shows whether newer entries were cut off." placeholder:"SEQ:HASH"`
}

// Run verifies the log.
func (c auditVerifyCmd) Run(env *environment) error {
	dsn, err := c.dsn(env)
	if err != nil {
		return err
	}
	db, err := store.OpenExisting(env.ctx, dsn)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	log := audit.New(db, time.Now)
	report, err := log.Verify(env.ctx)
	if err != nil {
		return err
	}
	if report.Broken != nil {
		env.printf("BROKEN at entry %d: %s\nwhole before it: %s\n", report.Broken.Seq, report.Broken.Reason,
			counted(report.Entries, "entry", "entries"))
		return errSilent
	}
	if c.Head != "" {
		if err := log.Holds(env.ctx, c.Head); err != nil {
			env.printf("BROKEN: %v\n", err)
			return errSilent
		}
	}
	env.printf("ok: %s, head %d:%s\n", counted(report.Entries, "entry", "entries"), report.HeadSeq, report.HeadHash)
	return nil
}

// dsn is the address of the database whose log is meant.
func (c auditVerifyCmd) dsn(env *environment) (secret.Text, error) {
	if c.Data != "" {
		return devDSN(c.Data), nil
	}
	cfg, err := c.load(env)
	return cfg.Database.DSN, err
}
