package people

import (
	"context"
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

	Archive string `help:"Folder of the log's archive, which is checked too." placeholder:"FOLDER"`
}

// Help is printed below the first line of help.
func (auditVerifyCmd) Help() string {
	return "It names the first broken entry and ends with exit code 1 if the chain is not whole. With --head " +
		"or --heads it shows whether the newest entries were cut off. Entries that were let go are in the archive " +
		"alone: give its folder with --archive."
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
	none := false // there is no archive yet
	if c.Archive != "" {
		some, err := log.Archived(env.Context, c.Archive)
		if err != nil {
			return err
		}
		none = !some
	}
	report, err := log.Verify(env.Context)
	if err != nil {
		return err
	}
	if report.Broken != nil {
		env.Printf("BROKEN at entry %d: %s\nwhole before it: %s\n", report.Broken.Seq, report.Broken.Reason,
			cli.Counted(report.Entries, "entry", "entries"))
		return cli.ErrSilent
	}
	if err := c.compare(env.Context, log, none); err != nil {
		env.Printf("BROKEN: %v\n", err)
		return cli.ErrSilent
	}
	if err := db.Guarded(env.Context); err != nil {
		env.Printf("BROKEN: %v\n", err)
		return cli.ErrSilent
	}
	env.Printf("ok: %s, head %d:%s\n", cli.Counted(report.Entries, "entry", "entries"), report.HeadSeq, report.HeadHash)
	switch {
	case none:
		env.Printf("there is no archive yet: the folder is empty, and the log has no entry about a file\n")
	case report.Archived > 0 && c.Archive == "":
		env.Printf("%s before them in the archive, which was not read: give its folder with --archive\n",
			cli.Counted(report.Archived, "entry", "entries"))
	case report.Archived > 0:
		env.Printf("%s before them in the archive\n", cli.Counted(report.Archived, "entry", "entries"))
	}
	return nil
}

// compare compares the log with what is kept elsewhere: heads, and the archive unless there is none yet.
func (c auditVerifyCmd) compare(ctx context.Context, log *audit.Log, none bool) error {
	kept, err := c.kept()
	if err != nil {
		return err
	}
	known := map[int64]string{} // hashes that the archive has of entries that heads name
	for _, h := range kept {
		known[h.Seq] = ""
	}
	if c.Archive != "" && !none {
		found, err := audit.VerifyArchives(c.Archive, c.Key, func(e audit.Entry) {
			if _, asked := known[e.Seq]; asked {
				known[e.Seq] = e.Hash
			}
		})
		if err != nil {
			return err
		}
		if err := log.Continues(ctx, found.Head.Head); err != nil {
			return err
		}
	}
	var left []string // that the archive does not have
	for _, h := range kept {
		switch known[h.Seq] {
		case h.Hash:
		case "":
			left = append(left, fmt.Sprintf("%d:%s", h.Seq, h.Hash))
		default:
			return cli.Invalid("head_not_archived",
				"The archive does not have the head %d:%s: it has entry %[1]d with the hash %[3]s, so it is of "+
					"another log or was written anew.", h.Seq, h.Hash, known[h.Seq])
		}
	}
	return log.Holds(ctx, left...)
}

// kept are the heads that were kept elsewhere.
func (c auditVerifyCmd) kept() (heads []audit.Head, err error) {
	if c.Head != "" {
		head, err := audit.ParsePlace(c.Head)
		if err != nil {
			return nil, err
		}
		heads = append(heads, head)
	}
	if c.Heads != "" {
		err = eachHead(c.Heads, c.Key, func(h audit.SignedHead) error {
			heads = append(heads, h.Head)
			return nil
		})
	}
	return heads, err
}
