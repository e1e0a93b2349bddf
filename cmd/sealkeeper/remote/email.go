package remote

import (
	"context"
	"os"

	"github.com/sealkeeper/sealkeeper/client"
	"github.com/sealkeeper/sealkeeper/internal/cli"
	"github.com/sealkeeper/sealkeeper/types/api"
)

// Email writes the e-mail to a bank as a file.
type Email struct {
	cli.Remote
	ID       string `arg:"" help:"Id of the registration or enrolment."`
	Step     string `default:"customer_organization" help:"Step of the checklist it is for."`
	Language string `default:"en" enum:"en,fr" help:"${enum}."`

	Certificate string `help:"Id of the QWAC it is about; else the one in the bundle or the newest." placeholder:"ID"`

	Out string `required:"" type:"path" help:"File to write, for a mail program." placeholder:"FILE.eml"`
}

// Run writes the e-mail.
func (c Email) Run(env *cli.Environment) error {
	draft, err := cli.Ask(env, c.Remote, func(ctx context.Context, s *client.Client) (api.EmailDraft, error) {
		return s.PrepareEmail(ctx, c.ID, c.Step, api.NewEmail{Language: c.Language, CertificateID: c.Certificate})
	})
	if err != nil || c.JSON {
		return err
	}
	file, err := os.OpenFile(c.Out, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return cli.Invalid("out", "The file %s cannot be written, or already exists.", c.Out)
	}
	if _, err := file.Write(draft.EML); err != nil {
		return err
	}
	if err := file.Close(); err != nil {
		return err
	}
	env.Printf("wrote %s\nto       %s\nsubject  %s\nsend it, then: sealkeeper checklist sent %s\n", c.Out, draft.To,
		draft.Subject, c.ID)
	return nil
}
