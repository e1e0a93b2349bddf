package certificates

import (
	"os"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/cmd/sealkeeper/inspect"
	"github.com/sealkeeper/sealkeeper/internal/cli"
	"github.com/sealkeeper/sealkeeper/vault"
)

type certificatesChainCmd struct {
	Set      chainSetCmd      `cmd:"" help:"Give a certificate the chain in files."`
	Complete chainCompleteCmd `cmd:"" help:"Fetch what is missing in a chain from the addresses its certificates name."`
}

type chainSetCmd struct {
	cli.Configured
	ID             string   `arg:"" help:"Id of the certificate."`
	Files          []string `arg:"" name:"file" help:"Files with issuing certificates." type:"existingfile"`
	PassphraseFile string   `help:"File with the passphrase; else SEALKEEPER_PASSPHRASE." placeholder:"FILE"`
}

// Help is printed below the first line of help.
func (chainSetCmd) Help() string {
	return "Connections present the chain from the next one on; the key and the certificate stay as they are."
}

// Run sets the chain. Where that takes two people it is refused here: ask in the console or in /v1.
func (c chainSetCmd) Run(env *cli.Environment) error {
	passphrase, err := inspect.Passphrase(env, c.PassphraseFile)
	if err != nil {
		return err
	}
	defer passphrase.Wipe()
	files := vault.Files{Passphrase: passphrase}
	for _, name := range c.Files {
		data, err := os.ReadFile(name)
		if err != nil {
			return cli.Invalid("file_unreadable", "The file %s cannot be read.", name)
		}
		files.Files = append(files.Files, certs.File{Name: name, Data: data})
	}
	return withVault(env, c.Configured, func(v *vault.Vault) error { return setChain(env, v, c.ID, files) })
}

func setChain(env *cli.Environment, v *vault.Vault, id string, files vault.Files) error {
	if _, err := v.SetChain(env.Context, officer, id, files); err != nil {
		return err
	}
	r, err := v.Get(env.Context, officer, id)
	if err != nil {
		return err
	}
	env.Printf("the chain of %s is now\n", r.Name)
	for _, c := range r.Chain {
		printLink(env, vault.ChainLink{Certificate: c})
	}
	return nil
}

func printLink(env *cli.Environment, l vault.ChainLink) {
	env.Printf("  %s\n    SHA-256 %s, until %s\n", l.Subject, l.SHA256, certs.Day(l.NotAfter).Format(time.DateOnly))
	if l.From != "" {
		env.Printf("    from %s\n", l.From)
	}
}

type chainCompleteCmd struct {
	cli.Configured
	ID  string `arg:"" help:"Id of the certificate."`
	Set bool   `help:"Set the chain, instead of showing it only."`
}

// Help is printed below the first line of help.
func (chainCompleteCmd) Help() string {
	return "Without --set nothing is stored: compare what was found with what the issuer publishes."
}

// Run shows what the issuers' addresses answered, and sets it if that was asked for.
func (c chainCompleteCmd) Run(env *cli.Environment) error {
	return withVault(env, c.Configured, func(v *vault.Vault) error {
		offer, err := v.CompleteChain(env.Context, officer, c.ID)
		if err != nil {
			return err
		}
		env.Printf("the chain of %s could be\n", offer.Record.Name)
		for _, l := range offer.Links {
			printLink(env, l)
		}
		if !c.Set {
			env.Printf("nothing is stored; `--set` sets it\n")
			return nil
		}
		file := certs.File{Name: "chain.pem", Data: []byte(offer.PEM())}
		return setChain(env, v, c.ID, vault.Files{Files: []certs.File{file}})
	})
}
