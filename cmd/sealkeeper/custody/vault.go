package custody

import (
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/app"
	"github.com/sealkeeper/sealkeeper/internal/cli"
	"github.com/sealkeeper/sealkeeper/internal/secretfile"
	"github.com/sealkeeper/sealkeeper/secret"
	"github.com/sealkeeper/sealkeeper/vault/hcvault"
)

// Vault is the commands that prepare and examine HashiCorp Vault or OpenBao.
type Vault struct {
	Bootstrap bootstrapCmd `cmd:"" help:"Set up engines, least-privilege policies, an AppRole and a secret id."`
	SecretID  secretIDCmd  `cmd:"" name:"secret-id" help:"Write another secret id, beside a running service."`
	Doctor    doctorCmd    `cmd:"" help:"Say what is wrong with the configured Vault, in words; exit 1 if anything is."`
	Policy    policyCmd    `cmd:"" help:"Print the policy that bootstrap writes."`
}

// mounts are the places Sealkeeper uses in Vault.
type mounts struct {
	KVMount      string `default:"sealkeeper" help:"Mount of the KV engine, version 2."`
	TransitMount string `default:"sealkeeper-transit" help:"Mount of the Transit engine."`
}

// installation tells one of several in the same Vault from the others.
type installation struct {
	Name string `default:"main" help:"The policies and the AppRole are named sealkeeper-NAME."`
}

// operator is how somebody with a token that may more than the service reaches Vault.
type operator struct {
	installation
	Address   string `env:"VAULT_ADDR" required:"" help:"Address of Vault."`
	CAFile    string `env:"VAULT_CACERT" help:"CA certificates of Vault, PEM." type:"path"`
	Namespace string `env:"VAULT_NAMESPACE" help:"Namespace."`
	TokenFile string `help:"File with the token, instead of VAULT_TOKEN." type:"path"`
}

func (o operator) config(env *cli.Environment) (hcvault.Config, error) {
	token := secret.NewTextString(env.Variable("VAULT_TOKEN"))
	if o.TokenFile != "" {
		var err error
		if token, err = secretfile.Read(o.TokenFile); err != nil {
			return hcvault.Config{}, err
		}
	}
	if token.Empty() {
		return hcvault.Config{}, cli.Invalid("token_missing",
			"This needs a privileged token in VAULT_TOKEN or in the file --token-file names.")
	}
	return hcvault.Config{
		Address:    o.Address,
		Namespace:  o.Namespace,
		CACertFile: o.CAFile,
		Name:       o.Name,
		Auth:       hcvault.Auth{Token: hcvault.Fixed(token)},
		Log:        env.Logger,
	}, nil
}

type bootstrapCmd struct {
	operator
	mounts
	Audit        string   `help:"Enable an audit device too." placeholder:"PATH|stdout|syslog"`
	RoleIDFile   string   `help:"Write the role id to this file." type:"path"`
	SecretIDFile string   `help:"Write the secret id to this file." type:"path"`
	Wrapped      bool     `help:"Write a secret id in a wrapping, which opens once."`
	CIDR         []string `name:"cidr" help:"Addresses that the AppRole logs in from." placeholder:"10.1.2.0/24"`
}

// Help is printed below the first line of help.
func (bootstrapCmd) Help() string {
	return "It needs a privileged VAULT_TOKEN, with sudo on sys/audit for --audit, whose path is absolute and on " +
		"Vault's machine. It is safe to repeat. Without files a wrapped secret id is printed. A wrapping opens " +
		"once, within 15 minutes, so every start of the service needs another. A second installation in the same " +
		"Vault needs mounts and a name of its own."
}

// Run prepares Vault.
func (c bootstrapCmd) Run(env *cli.Environment) error {
	cfg, err := c.config(env)
	if err != nil {
		return err
	}
	toFiles := c.RoleIDFile != "" && c.SecretIDFile != ""
	cfg.KVMount, cfg.TransitMount, cfg.AuditTo = c.KVMount, c.TransitMount, hcvault.AuditTo(c.Audit)
	// What is printed stays on a screen: it opens once.
	cfg.SecretID = hcvault.NewSecretID{Wrapped: c.Wrapped || !toFiles, CIDRs: c.CIDR}
	result, err := hcvault.Bootstrap(env.Context, cfg)
	if err != nil {
		return err
	}
	for _, step := range result.Steps {
		env.Printf("%s\n", step)
	}
	for _, warning := range result.Warnings {
		env.Printf("WARNING  %s\n", warning)
	}
	if !toFiles {
		env.Printf("role id: %s\nwrapped secret id (opens once, within 15 minutes): %s\n", result.RoleID,
			result.SecretID.Text.Reveal())
		return nil
	}
	if err := writeSecretFile(c.RoleIDFile, []byte(result.RoleID)); err != nil {
		return err
	}
	return writeSecretFile(c.SecretIDFile, result.SecretID.Text.Bytes())
}

type policyCmd struct {
	installation
	mounts
	Signing  bool `help:"The policy for signing alone." xor:"which"`
	Rotation bool `help:"The policy for new secret ids alone." xor:"which"`
}

// Run prints the policy.
func (c policyCmd) Run(env *cli.Environment) error {
	policy := hcvault.Policy
	switch {
	case c.Signing:
		policy = hcvault.SigningPolicy
	case c.Rotation:
		policy = hcvault.RotationPolicy
	}
	text, err := policy(hcvault.Config{KVMount: c.KVMount, TransitMount: c.TransitMount, Name: c.Name})
	if err != nil {
		return err
	}
	env.Print(text)
	return nil
}

type doctorCmd struct{ cli.Configured }

// Run examines the configured Vault and changes nothing.
func (c doctorCmd) Run(env *cli.Environment) error {
	cfg, err := c.Load(env)
	if err != nil {
		return err
	}
	if cfg.Custody.Mode != "vault" {
		return cli.Invalid("not_vault", "The configuration has embedded custody; there is no Vault to examine.")
	}
	login := app.ServiceVault(cfg.Vault, env.Logger) // a wrapped secret id is looked at, and not opened
	if own, err := app.CommandVault(cfg.Vault, env.Logger); err == nil {
		login = own
	}
	healthy := true
	for _, d := range hcvault.Examine(env.Context, login) {
		switch {
		case d.Problem != nil:
			healthy = false
			env.Printf("PROBLEM  %s: %s\n", d.Check, fault.Sentence(d.Problem))
		case d.Warning != nil:
			env.Printf("WARNING  %s: %s\n", d.Check, fault.Sentence(d.Warning))
		default:
			env.Printf("ok       %s\n", d.Check)
		}
	}
	if !healthy {
		return cli.ErrSilent
	}
	return nil
}
