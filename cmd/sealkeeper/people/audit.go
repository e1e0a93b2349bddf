package people

import (
	"fmt"

	"github.com/sealkeeper/sealkeeper/internal/app"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/cli"
	"github.com/sealkeeper/sealkeeper/internal/store"
)

// Audit is the commands about the audit log.
type Audit struct {
	List         auditListCmd         `cmd:"" help:"List who did what, newest first, through a running service."`
	Export       auditExportCmd       `cmd:"" help:"Export one thing's life and its proof, by a running service."`
	VerifyExport auditVerifyExportCmd `cmd:"" help:"Check an export by its file alone."`
	Head         auditHeadCmd         `cmd:"" help:"Have the log's head signed, through a running service."`
	Verify       auditVerifyCmd       `cmd:"" help:"Check the hash chain of the audit log, on the server."`
}

type auditVerifyCmd struct {
	cli.Configured
	Head  string `help:"What an earlier run printed and you stored elsewhere." placeholder:"SEQ:HASH"`
	Heads string `help:"File of signed heads, as the service wrote it." placeholder:"FILE"`
	Key   string `help:"Public key that all of them have to be signed with." placeholder:"KEY"`
}

// Help is printed below the first line of help.
func (auditVerifyCmd) Help() string {
	return "It names the first broken entry and ends with exit code 1 if the chain is not whole. With --head " +
		"or --heads it shows whether the newest entries were cut off."
}

// Run verifies the log.
func (c auditVerifyCmd) Run(env *cli.Environment) error {
	cfg, err := c.Load(env)
	if err != nil {
		return err
	}
	db, err := store.OpenExisting(env.Context, cfg.Database.DSN)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	log := app.NewRecords(db, nil, nil).Audit
	report, err := log.Verify(env.Context)
	if err != nil {
		return err
	}
	if report.Broken != nil {
		env.Printf("BROKEN at entry %d: %s\nwhole before it: %s\n", report.Broken.Seq, report.Broken.Reason,
			cli.Counted(report.Entries, "entry", "entries"))
		return cli.ErrSilent
	}
	if c.Head != "" {
		if err := log.Holds(env.Context, c.Head); err != nil {
			env.Printf("BROKEN: %v\n", err)
			return cli.ErrSilent
		}
	}
	if c.Heads != "" {
		if err := eachHead(c.Heads, c.Key, func(h audit.SignedHead) error {
			return log.Holds(env.Context, fmt.Sprintf("%d:%s", h.Seq, h.Hash))
		}); err != nil {
			env.Printf("BROKEN: %v\n", err)
			return cli.ErrSilent
		}
	}
	if err := db.Guarded(env.Context); err != nil {
		env.Printf("BROKEN: %v\n", err)
		return cli.ErrSilent
	}
	env.Printf("ok: %s, head %d:%s\n", cli.Counted(report.Entries, "entry", "entries"), report.HeadSeq, report.HeadHash)
	return nil
}
