package custody

import (
	"os"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/app"
	"github.com/sealkeeper/sealkeeper/internal/cli"
	"github.com/sealkeeper/sealkeeper/internal/secretfile"
	"github.com/sealkeeper/sealkeeper/secret"
	"github.com/sealkeeper/sealkeeper/vault/hcvault"
)

// Vault is the commands that prepare and examine HashiCorp Vault or OpenBao.
type Vault struct {
	Bootstrap bootstrapCmd `cmd:"" help:"Set up engines, a least-privilege policy and an AppRole. Needs VAULT_ADDR and a privileged VAULT_TOKEN; safe to repeat."`
	Doctor    doctorCmd    `cmd:"" help:"Say in words what is wrong with the configured Vault; exit 1 if anything is."`
	Policy    policyCmd    `cmd:"" help:"Print the policy that bootstrap writes."`
}

// mounts are the places Sealkeeper uses in Vault.
type mounts struct {
	KVMount      string `default:"sealkeeper" help:"Mount of the KV engine, version 2."`
	TransitMount string `default:"sealkeeper-transit" help:"Mount of the Transit engine."`
}

type bootstrapCmd struct {
	mounts
	Name         string `default:"main" help:"Names the policies and the AppRole, sealkeeper-NAME: a second installation in the same Vault needs mounts and a name of its own."`
	Address      string `env:"VAULT_ADDR" required:"" help:"Address of Vault."`
	CAFile       string `env:"VAULT_CACERT" help:"CA certificates of Vault, PEM." type:"path"`
	Namespace    string `env:"VAULT_NAMESPACE" help:"Namespace."`
	TokenFile    string `help:"File with the privileged token, instead of VAULT_TOKEN." type:"path"`
	Audit        string `help:"Enable an audit device too: a file's absolute path on Vault's machine, stdout or syslog. The token needs sudo on sys/audit." placeholder:"PATH|stdout|syslog"`
	RoleIDFile   string `help:"Write the role id to this file." type:"path"`
	SecretIDFile string `help:"Write the wrapped secret id to this file; it opens once." type:"path"`
}

// Run prepares Vault.
func (c bootstrapCmd) Run(env *cli.Environment) error {
	token := secret.NewTextString(env.Variable("VAULT_TOKEN"))
	if c.TokenFile != "" {
		var err error
		if token, err = secretfile.Read(c.TokenFile); err != nil {
			return err
		}
	}
	if token.Empty() {
		return cli.Invalid("token_missing",
			"Bootstrap needs a privileged token in VAULT_TOKEN or in the file --token-file names.")
	}
	result, err := hcvault.Bootstrap(env.Context, hcvault.Config{
		Address:      c.Address,
		Namespace:    c.Namespace,
		CACertFile:   c.CAFile,
		KVMount:      c.KVMount,
		TransitMount: c.TransitMount,
		Name:         c.Name,
		Auth:         hcvault.Auth{Token: hcvault.Fixed(token)},
		AuditTo:      hcvault.AuditTo(c.Audit),
		Log:          env.Logger,
	})
	if err != nil {
		return err
	}
	for _, step := range result.Steps {
		env.Printf("%s\n", step)
	}
	if c.RoleIDFile == "" || c.SecretIDFile == "" {
		env.Printf("role id: %s\nwrapped secret id (opens once, within %s): %s\n", result.RoleID, result.WrapTTL,
			result.WrappedSecretID.Reveal())
		return nil
	}
	if err := writeSecretFile(c.RoleIDFile, []byte(result.RoleID)); err != nil {
		return err
	}
	return writeSecretFile(c.SecretIDFile, result.WrappedSecretID.Bytes())
}

// writeSecretFile replaces the file's content. The folder may be a volume that
// another container reads, so the file is written in place.
func writeSecretFile(path string, data []byte) error {
	if err := os.WriteFile(path, data, 0o600); err != nil {
		return cli.Invalid("file_not_written", "The file %s cannot be written: %v.", path, err)
	}
	return nil
}

type policyCmd struct {
	mounts
	Signing bool `help:"The policy for signing alone."`
}

// Run prints the policy.
func (c policyCmd) Run(env *cli.Environment) error {
	policy := hcvault.Policy
	if c.Signing {
		policy = hcvault.SigningPolicy
	}
	text, err := policy(hcvault.Config{KVMount: c.KVMount, TransitMount: c.TransitMount})
	if err != nil {
		return err
	}
	env.Printf("%s", text)
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
	healthy := true
	for _, d := range hcvault.Examine(env.Context, app.HCVault(cfg.Vault, env.Logger)) {
		if d.Problem == nil {
			env.Printf("ok       %s\n", d.Check)
			continue
		}
		healthy = false
		_, _, message := fault.Public(d.Problem)
		env.Printf("PROBLEM  %s: %s\n", d.Check, message)
	}
	if !healthy {
		return cli.ErrSilent
	}
	return nil
}
