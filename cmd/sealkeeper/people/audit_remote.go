package people

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"

	"github.com/sealkeeper/sealkeeper/client"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/cli"
	"github.com/sealkeeper/sealkeeper/internal/review"
	"github.com/sealkeeper/sealkeeper/types/api"
)

type auditListCmd struct {
	cli.Remote
	cli.Listing
	Object  string `help:"Only about this." placeholder:"ID"`
	Person  string `help:"Only what this person or service account did." placeholder:"ID"`
	Action  string `help:"Only this action, such as cert.import." placeholder:"ACTION"`
	Outcome string `help:"Only allowed, denied, done or failed." placeholder:"OUTCOME"`
	From    string `help:"From this day or time on." placeholder:"TIME"`
	Until   string `help:"To the end of this day, or before this time." placeholder:"TIME"`
	Fold    bool   `help:"Make one line of what a program did again and again within an hour."`
}

// Run lists.
func (c auditListCmd) Run(env *cli.Environment) error {
	return cli.List(env, c.Remote, cli.Searching{Listing: c.Listing},
		func(ctx context.Context, s *client.Client, from client.Listing) (api.Page[api.AuditEntry], error) {
			return s.ListAudit(ctx, client.AuditFilter{
				Listing: from,
				Object:  c.Object,
				Person:  c.Person,
				Action:  c.Action,
				Outcome: c.Outcome,
				From:    c.From,
				Until:   c.Until,
				Fold:    c.Fold,
			})
		}, func(e api.AuditEntry) []string {
			detail := e.Detail
			if e.Count > 1 {
				detail = fmt.Sprintf("%d entries since %s", e.Count, e.Since.Format(time.RFC3339))
			}
			return []string{
				strconv.FormatInt(e.Seq, 10), e.At.Format(time.RFC3339), e.Caller, e.Action, e.Object, e.Outcome,
				detail,
			}
		})
}

type auditExportCmd struct {
	cli.Remote
	Object string `arg:"" help:"Id of a certificate, a registration or another object."`
	Out    string `help:"File to write, which must not exist; without it the export is printed." placeholder:"FILE"`
}

// Run exports.
func (c auditExportCmd) Run(env *cli.Environment) error {
	return exportTo(env, c.Remote, c.Out, func(ctx context.Context, s *client.Client) ([]byte, error) {
		return s.ExportAudit(ctx, c.Object)
	})
}

// exportTo writes a file of JSON lines that a service answers with, or prints it.
func exportTo(
	env *cli.Environment, r cli.Remote, out string, ask func(context.Context, *client.Client) ([]byte, error),
) error {
	r.JSON = false // it is JSON anyway
	data, err := cli.Ask(env, r, ask)
	switch {
	case err != nil:
		return err
	case out == "":
		_, err = env.Out.Write(data)
		return err
	}
	file, err := os.OpenFile(out, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	return errors.Join(err, file.Close())
}

type auditHeadCmd struct{ cli.Remote }

// Run has a head signed.
func (c auditHeadCmd) Run(env *cli.Environment) error {
	head, err := cli.Ask(env, c.Remote, func(ctx context.Context, s *client.Client) (api.AuditHead, error) {
		return s.SignAuditHead(ctx)
	})
	if err != nil || c.JSON {
		return err
	}
	env.Printf("%s\nkey: %s\n", head.Note, head.Key)
	return nil
}

type auditVerifyExportCmd struct {
	File string `arg:"" help:"The export of the log, a file of its archive, or the evidence of a review of access."`
	Key  string `help:"Public key of the log, kept from an earlier time (sealkeeper audit head)." placeholder:"KEY"`
}

// Help is printed below the first line of help.
func (auditVerifyExportCmd) Help() string {
	return "It needs neither a database nor a service. Every entry is proven to be in the log that the signed head " +
		"is of; that " +
		"no entry was left out cannot be proven. Without --key the file's own key is taken: compare it with the " +
		"one that you know."
}

// Run verifies.
func (c auditVerifyExportCmd) Run(env *cli.Environment) error {
	file, err := os.Open(c.File)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	says, err := verified(file, c.Key)
	if errors.Is(err, fault.Invalid) {
		env.Printf("BROKEN: %v\n", err)
		return cli.ErrSilent
	}
	if err != nil {
		return err
	}
	env.Print(says)
	return nil
}

// verified says what a file proves: an export of the log, or the evidence of a review of access.
func verified(file io.ReadSeeker, key string) (string, error) {
	head := make([]byte, 2)
	_, _ = io.ReadFull(file, head) // what is shorter is refused below
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return "", err
	}
	if audit.IsArchive(head) {
		found, err := audit.VerifyArchive(file, key, nil)
		return fmt.Sprintf("ok: archive, entries %d to %d\nhead %d:%s\nkey: %s\n", found.From, found.Head.Seq,
			found.Head.Seq, found.Head.Hash, found.Head.Key), err
	}
	var begin struct{ Kind string }
	_ = json.NewDecoder(file).Decode(&begin) // what is no JSON is refused below
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return "", err
	}
	if begin.Kind == review.KindBegin {
		found, err := review.VerifyEvidence(file, key)
		return fmt.Sprintf("ok: review of access %s, %s, exported %s\nkey: %s\n", cli.Plain(found.ID),
			cli.Counted(found.Lines, "line", "lines"), found.At.Format(time.RFC3339), cli.Plain(found.Key)), err
	}
	found, err := audit.VerifyExport(file, key)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("ok: %s about %s\nin the log of %s, head %d:%s\nkey: %s\n",
		cli.Counted(found.Entries, "entry", "entries"), cli.Plain(found.Objects[0]), found.Head.At.Format(time.RFC3339),
		found.Head.Seq, found.Head.Hash, found.Head.Key), nil
}

// eachHead calls visit with every head of a file, as the service wrote them. With a key, all have to be signed with
// it.
func eachHead(path, key string, visit func(audit.SignedHead) error) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	lines := bufio.NewScanner(file)
	for n := 1; lines.Scan(); n++ {
		var kept audit.KeptHead
		if err := json.Unmarshal(lines.Bytes(), &kept); err != nil {
			return cli.Invalid("heads_invalid", "Line %d of %s is no head.", n, path)
		}
		if key != "" {
			kept.Key = key
		}
		head, err := audit.OpenHead(kept.Note, kept.Key)
		if err != nil {
			return err
		}
		if err := visit(head); err != nil {
			return err
		}
	}
	return lines.Err()
}
