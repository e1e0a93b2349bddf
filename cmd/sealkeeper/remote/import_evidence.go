package remote

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/sealkeeper/sealkeeper/client"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/cli"
	"github.com/sealkeeper/sealkeeper/registration/existing"
	"github.com/sealkeeper/sealkeeper/types/api"
)

// largestEvidence is how many bytes the service takes of a file of evidence.
const largestEvidence = 5 << 20

type importEvidenceCmd struct {
	cli.Remote
	ID    string `arg:"" help:"Id of the import."`
	File  string `arg:"" type:"existingfile" help:"The list, as it was agreed to."`
	Files string `required:"" type:"existingdir" help:"Folder with the files that it names." placeholder:"FOLDER"`
}

// evidenceList is what a list says of evidence; the service has checked the rest of it.
type evidenceList struct {
	Registrations []struct {
		Steps map[string]struct {
			Evidence map[string]string `yaml:"evidence"` // SHA-256 by the name of the file
		} `yaml:"steps"`
	} `yaml:"registrations"`
}

// evidenceFile is a file that belongs to a step.
type evidenceFile struct{ registration, step, name, sha256 string }

// Run adds what is not there yet, registration by registration. It can be repeated.
func (c importEvidenceCmd) Run(env *cli.Environment) error {
	text, err := os.ReadFile(c.File)
	if err != nil {
		return cli.Invalid("file_unreadable", "The file %s cannot be read.", c.File)
	}
	var list evidenceList
	if err := existing.Decode(text, &list); err != nil {
		return cli.Invalid("list_unreadable", "The file %s cannot be read as YAML or JSON.", c.File)
	}
	folder, err := os.OpenRoot(c.Files)
	if err != nil {
		return cli.Invalid("folder_unreadable", "The folder %s cannot be read.", c.Files)
	}
	defer func() { _ = folder.Close() }()
	open := 0
	_, err = cli.Ask(env, c.Remote, func(ctx context.Context, s *client.Client) (struct{}, error) {
		files, err := c.wanted(ctx, s, list, digestOf(text))
		for _, f := range files {
			if err != nil {
				break
			}
			var said string
			if said, err = f.add(ctx, s, folder); said != "added" && said != "there" {
				open++
			}
			if err == nil && !c.JSON {
				env.Printf("%s %s %s: %s\n", f.registration, f.step, f.name, said)
			}
		}
		return struct{}{}, err
	})
	if err == nil && open > 0 {
		err = cli.Invalid("evidence_open", "Not added: %s. Mend this, and run the command again.",
			cli.Counted(open, "file", "files"))
	}
	return err
}

func digestOf(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

// wanted are the files of the registrations that have come in.
func (c importEvidenceCmd) wanted(
	ctx context.Context, s *client.Client, list evidenceList, digest string,
) (files []evidenceFile, err error) {
	i, err := s.GetRegistrationImport(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	if i.SHA256 != digest {
		return nil, cli.Invalid("list_other", "The file %s is not the list that was agreed to.", c.File)
	}
	from := client.Listing{}
	for {
		page, err := s.ListImportedRegistrations(ctx, c.ID, client.ImportedFilter{Listing: from})
		if err != nil {
			return nil, err
		}
		for _, l := range page.Items {
			if (l.State != "done" && l.State != "there") || l.Position > len(list.Registrations) {
				continue
			}
			steps := list.Registrations[l.Position-1].Steps
			for _, step := range slices.Sorted(maps.Keys(steps)) {
				for _, name := range slices.Sorted(maps.Keys(steps[step].Evidence)) {
					files = append(files, evidenceFile{
						l.RegistrationID, step, name, strings.ToLower(steps[step].Evidence[name]),
					})
				}
			}
		}
		if page.NextCursor == "" {
			return files, nil
		}
		from.Cursor = page.NextCursor
	}
}

// add adds the file unless the step has it, and says what became of it. An error ends the whole: the service is not
// there, or does not know the caller.
func (f evidenceFile) add(ctx context.Context, s *client.Client, folder *os.Root) (said string, err error) {
	list, err := s.GetChecklist(ctx, f.registration)
	if err != nil {
		return "", err
	}
	i := slices.IndexFunc(list.Steps, func(step api.Step) bool { return step.ID == f.step })
	if i < 0 {
		return "there is no such step", nil
	}
	if slices.ContainsFunc(list.Steps[i].Evidence, func(e api.Evidence) bool { return e.SHA256 == f.sha256 }) {
		return "there", nil
	}
	file, err := folder.Open(f.name)
	if err != nil {
		return "the file is not in the folder", nil
	}
	defer func() { _ = file.Close() }()
	content, err := io.ReadAll(io.LimitReader(file, largestEvidence+1))
	if err != nil {
		return "the file cannot be read", nil
	}
	if digestOf(content) != f.sha256 {
		return "the file is not the one that the list names", nil
	}
	_, err = s.AddEvidence(ctx, f.registration, f.step, f.name, content)
	if errors.Is(err, fault.Invalid) || errors.Is(err, fault.TooLarge) || errors.Is(err, fault.Conflict) {
		return fault.Sentence(err), nil
	}
	return "added", err
}
