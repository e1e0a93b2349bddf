package certificates

import (
	"github.com/sealkeeper/sealkeeper/internal/cli"
	"github.com/sealkeeper/sealkeeper/vault"
)

type certificatesLinkCmd struct {
	cli.Configured
	ID       string `arg:"" help:"Id of the certificate."`
	Replaces string `help:"Id of the certificate it replaces; without it, candidates are listed." placeholder:"ID"`
}

// Help is printed below the first line of help.
func (certificatesLinkCmd) Help() string {
	return "Nothing changes at a bank: the two are shown as versions of one line."
}

// Run links, or lists what there is to link with.
func (c certificatesLinkCmd) Run(env *cli.Environment) error {
	return withVault(env, c.Configured, func(v *vault.Vault) error {
		if c.Replaces == "" {
			return printPredecessors(env, v, c.ID)
		}
		if err := v.Link(env.Context, officer, c.ID, c.Replaces); err != nil {
			return err
		}
		line, err := v.Line(env.Context, officer, c.ID)
		if err != nil {
			return err
		}
		return printRecords(env, line)
	})
}

func printPredecessors(env *cli.Environment, v *vault.Vault, id string) error {
	r, err := v.Get(env.Context, officer, id)
	if err != nil {
		return err
	}
	found, err := v.Predecessors(env.Context, officer, r.Leaf)
	if err != nil {
		return err
	}
	likely := vault.Likely(found)
	var rows [][]string
	for _, p := range found {
		mark := ""
		if p.ID == likely {
			mark = "likely"
		}
		rows = append(rows, []string{p.ID, "same " + string(p.By), mark, p.SHA256[:16], p.Name})
	}
	return env.Table(rows)
}

type certificatesUnlinkCmd struct {
	cli.Configured
	ID string `arg:"" help:"Id of the certificate."`
}

// Run unlinks.
func (c certificatesUnlinkCmd) Run(env *cli.Environment) error {
	return withVault(env, c.Configured, func(v *vault.Vault) error {
		return v.Unlink(env.Context, officer, c.ID)
	})
}
