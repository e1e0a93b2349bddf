package remote

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/sealkeeper/sealkeeper/client"
	"github.com/sealkeeper/sealkeeper/internal/cli"
	"github.com/sealkeeper/sealkeeper/internal/secretfile"
	"github.com/sealkeeper/sealkeeper/types/api"
)

// Imports is the commands about registrations that are in use already.
type Imports struct {
	Check   importCheckCmd   `cmd:"" help:"Have a list judged, line by line; nothing is stored."`
	Request importRequestCmd `cmd:"" help:"Ask for a list to be brought in; a second person agrees to it."`
	List    importListCmd    `cmd:"" help:"List the imports, newest first."`
	Show    importShowCmd    `cmd:"" help:"Show one with its registrations."`

	Evidence importEvidenceCmd `cmd:"" help:"Add the files of evidence that a list names, once it has come in."`
}

// largestSecrets is how many bytes the service takes of a file with secrets.
const largestSecrets = 1 << 20

type listFiles struct {
	File    string `arg:"" type:"existingfile" help:"The list, YAML or JSON, as docs/import.md describes it."`
	Secrets string `type:"existingfile" help:"File with client ids and secrets, for you alone." placeholder:"FILE"`
}

func (f listFiles) read() (client.RegistrationList, error) {
	l := client.RegistrationList{Name: filepath.Base(f.File)}
	var err error
	if l.List, err = os.ReadFile(f.File); err != nil {
		return l, cli.Invalid("file_unreadable", "The file %s cannot be read.", f.File)
	}
	if f.Secrets != "" {
		l.Secrets, err = secretfile.ReadUpTo(f.Secrets, largestSecrets)
	}
	return l, err
}

type importCheckCmd struct {
	cli.Remote
	listFiles
}

// Run checks.
func (c importCheckCmd) Run(env *cli.Environment) error {
	l, err := c.read()
	if err != nil {
		return err
	}
	defer l.Secrets.Wipe()
	ask := func(ctx context.Context, s *client.Client) (api.RegistrationImportCheck, error) {
		return s.CheckRegistrationImport(ctx, l)
	}
	found, err := cli.Ask(env, c.Remote, ask)
	if err != nil {
		return err
	}
	if !c.JSON {
		printChecked(env, c.File, found)
	}
	if found.Refused {
		return cli.Invalid("list_refused", "The list has %s; correct it before you request it.",
			cli.Counted(len(found.Problems), "mistake", "mistakes"))
	}
	return nil
}

func printChecked(env *cli.Environment, file string, found api.RegistrationImportCheck) {
	for _, p := range found.Problems {
		env.Printf("%s:%d: %s [%s]\n", file, p.Line, p.Message, p.Code)
	}
	verdicts := map[string]int{}
	for _, r := range found.Registrations {
		verdicts[r.Verdict]++
	}
	env.Printf("registrations: %d new, %d there, %d refused\n", verdicts["new"], verdicts["there"], verdicts["refused"])
	for _, o := range found.Organizations {
		env.Printf("new organization: %s\n", o)
	}
	for _, a := range found.Applications {
		env.Printf("new application: %s\n", a)
	}
	for _, m := range found.Missing {
		env.Printf("not in custody yet: %s %s, of %s\n", m.Kind, m.SHA256,
			cli.Counted(m.Registrations, "registration", "registrations"))
	}
}

type importRequestCmd struct {
	cli.Remote
	listFiles
	Reason string `help:"For the second person."`
}

// Run requests.
func (c importRequestCmd) Run(env *cli.Environment) error {
	l, err := c.read()
	if err != nil {
		return err
	}
	defer l.Secrets.Wipe()
	l.Reason = c.Reason
	i, err := cli.Ask(env, c.Remote, func(ctx context.Context, s *client.Client) (api.RegistrationImport, error) {
		return s.RequestRegistrationImport(ctx, l)
	})
	if err != nil || c.JSON {
		return err
	}
	printImport(env, i)
	return nil
}

func printImport(env *cli.Environment, i api.RegistrationImport) {
	env.Printf("%s\n%s, %s\n", i.ID, i.Name, i.State)
	if i.ApprovalID != "" {
		env.Printf("a second person has to agree: %s\n", i.ApprovalID)
	}
	for _, state := range []string{"pending", "done", "there", "failed"} {
		if n := i.States[state]; n > 0 {
			env.Printf("%s: %d\n", state, n)
		}
	}
	if i.Lacking > 0 {
		env.Printf("certificates to be uploaded for: %d\n", i.Lacking)
	}
}

type importListCmd struct {
	cli.Remote
	cli.Listing
}

// Run lists.
func (c importListCmd) Run(env *cli.Environment) error {
	return cli.List(env, c.Remote, cli.Searching{Listing: c.Listing},
		func(ctx context.Context, s *client.Client, from client.Listing) (api.Page[api.RegistrationImportRow], error) {
			return s.ListRegistrationImports(ctx, from)
		}, func(r api.RegistrationImportRow) []string {
			return []string{r.ID, r.State, r.CreatedAt.Format(time.DateOnly), r.Name}
		})
}

type importShowCmd struct {
	cli.Remote
	cli.Listing
	ID    string `arg:"" help:"Id of the import."`
	State string `help:"Only registrations in this state." placeholder:"STATE"`
}

// Run shows.
func (c importShowCmd) Run(env *cli.Environment) error {
	return cli.List(env, c.Remote, cli.Searching{Listing: c.Listing},
		func(ctx context.Context, s *client.Client, from client.Listing) (api.Page[api.ImportedRegistration], error) {
			return s.ListImportedRegistrations(ctx, c.ID, client.ImportedFilter{Listing: from, State: c.State})
		}, func(l api.ImportedRegistration) []string {
			lacking := ""
			if l.Lacking {
				lacking = "certificate to be uploaded"
			}
			return []string{
				strconv.Itoa(l.Line), l.RegistrationID, l.State, l.InstitutionID, l.Application, lacking, l.FailedText,
			}
		})
}
