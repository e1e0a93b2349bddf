package remote

import (
	"context"

	"github.com/sealkeeper/sealkeeper/client"
	"github.com/sealkeeper/sealkeeper/connector/calendar"
	"github.com/sealkeeper/sealkeeper/internal/cli"
	"github.com/sealkeeper/sealkeeper/internal/secretfile"
	"github.com/sealkeeper/sealkeeper/secret"
	"github.com/sealkeeper/sealkeeper/types/api"
)

type registrationsBundleCmd struct {
	cli.Remote
	ID               string            `arg:"" help:"Id of the registration."`
	QWAC             string            `help:"Id of the transport certificate." placeholder:"ID"`
	QSealC           string            `help:"Id of the signing certificate." placeholder:"ID" name:"qsealc"`
	ClientID         string            `help:"As the bank's portal shows it." placeholder:"TEXT"`
	ClientSecretFile string            `help:"File with the client secret." placeholder:"FILE"`
	SecretEndsOn     string            `help:"Day on which the client secret ends, or none. Alone, no draft."`
	Credential       map[string]string `mapsep:"none" help:"What else the bank gives and is no secret, by its id."`
	CredentialFile   map[string]string `mapsep:"none" help:"Likewise of a secret: its file." placeholder:"ID=FILE"`
}

// Help is printed below the first line of help.
func (registrationsBundleCmd) Help() string {
	return "What is left out stays as it is in the newest version. Nothing changes at the bank until the version was " +
		"tested and activated. `sealkeeper institutions show ID` lists what a bank gives."
}

// Run saves.
func (c registrationsBundleCmd) Run(env *cli.Environment) error {
	if c.QWAC+c.QSealC+c.ClientID+c.ClientSecretFile+c.SecretEndsOn == "" &&
		len(c.Credential)+len(c.CredentialFile) == 0 {
		return cli.Invalid("bundle_empty", "Say what is new: without a flag the version would be the one there is.")
	}
	in := api.NewBundle{
		QWACID:      c.QWAC,
		QSealCID:    c.QSealC,
		ClientID:    c.ClientID,
		Credentials: map[string]secret.Text{},
	}
	for id, value := range c.Credential {
		in.Credentials[id] = secret.NewTextString(value)
	}
	var err error
	if c.SecretEndsOn != "" {
		var day calendar.Date
		if c.SecretEndsOn != "none" {
			if day, err = calendar.Parse(c.SecretEndsOn); err != nil {
				return cli.Invalid("day_invalid", "%q is not a day, as in 2027-03-01, nor none.", c.SecretEndsOn)
			}
		}
		in.SecretEndsOn = &day
	}
	if c.ClientSecretFile != "" {
		if in.ClientSecret, err = secretfile.Read(c.ClientSecretFile); err != nil {
			return err
		}
	}
	for id, file := range c.CredentialFile {
		if in.Credentials[id], err = secretfile.Read(file); err != nil {
			return err
		}
	}
	r, err := cli.Ask(env, c.Remote, func(ctx context.Context, s *client.Client) (api.Registration, error) {
		return s.SaveBundle(ctx, c.ID, in)
	})
	if err != nil || c.JSON || len(r.Bundles) == 0 {
		return err
	}
	if r.Bundles[0].State != api.BundleDraft {
		env.Printf("noted; no draft was made\n")
		return nil
	}
	env.Printf("version %d is the draft; %s\n", r.Bundles[0].Version, standing(r.Ready, len(r.Blockers)))
	return nil
}
