package custody

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/cli"
	"github.com/sealkeeper/sealkeeper/internal/secretfile"
	"github.com/sealkeeper/sealkeeper/secret"
	"github.com/sealkeeper/sealkeeper/vault/hcvault"
)

type secretIDCmd struct {
	operator
	File    string        `arg:"" help:"The file that vault.secret_id_file names." type:"path"`
	Wrapped bool          `help:"Write a secret id in a wrapping, which opens once."`
	CIDR    []string      `name:"cidr" help:"Addresses that it logs in from." placeholder:"10.1.2.3/32"`
	Grace   time.Duration `default:"1m" help:"How long the former one stays good."`
}

// Help is printed below the first line of help.
func (secretIDCmd) Help() string {
	return "It needs a VAULT_TOKEN with the policy sealkeeper-NAME-rotation, and renews it. The file is replaced as " +
		"a whole and stays its owner's; a running service takes up what is in it within seconds. The former secret " +
		"id is destroyed after --grace. A wrapped one is for the next start: it opens once, within 15 minutes, and " +
		"the former one is left. Without --cidr the addresses are those of the AppRole."
}

// Run writes a new secret id, and destroys the one that was in the file.
func (c secretIDCmd) Run(env *cli.Environment) error {
	cfg, err := c.config(env)
	if err != nil {
		return err
	}
	former, err := secretfile.Read(c.File)
	if err != nil && fault.Code(err) != "secret_file_empty" && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	made, err := hcvault.MakeSecretID(env.Context, cfg, hcvault.NewSecretID{Wrapped: c.Wrapped, CIDRs: c.CIDR})
	if err != nil {
		return err
	}
	if err := writeSecretFile(c.File, made.Text.Bytes()); err != nil {
		return errors.Join(err, c.destroy(env, cfg, made.Text))
	}
	switch {
	case made.Wrapped:
		env.Printf("%s: a wrapped secret id, which opens once until %s\n", c.File, made.Ends.Format(time.TimeOnly))
		return nil
	case made.Ends.IsZero():
		env.Printf("%s: a secret id that does not end\n", c.File)
	default:
		env.Printf("%s: a secret id that ends on %s\n", c.File, made.Ends.UTC().Format(time.DateOnly))
	}
	if former.Empty() {
		return nil
	}
	return c.retire(env, cfg, former)
}

// retire destroys the former secret id when its time of grace is over.
func (c secretIDCmd) retire(env *cli.Environment, cfg hcvault.Config, former secret.Text) error {
	env.Printf("the former one is destroyed in %s; a running service takes up the new one within seconds\n", c.Grace)
	select {
	case <-env.Context.Done():
		return cli.Invalid("secret_id_left",
			"The former secret id was not destroyed; it remains valid until it expires.")
	case <-time.After(c.Grace):
	}
	if err := c.destroy(env, cfg, former); err != nil {
		return err
	}
	env.Printf("the former one is destroyed\n")
	return nil
}

func (c secretIDCmd) destroy(env *cli.Environment, cfg hcvault.Config, secretID secret.Text) error {
	return hcvault.DestroySecretID(env.Context, cfg, secretID)
}

// writeSecretFile replaces the file as a whole, so that nobody reads half of it.
// It stays its owner's: whoever rotates may be another than the service.
func writeSecretFile(path string, data []byte) error {
	if err := replaceFile(path, data); err != nil {
		return cli.Invalid("file_not_written", "The file %s cannot be written: %v.", path, err)
	}
	return nil
}

func replaceFile(path string, data []byte) error {
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	next, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*") // mode 0600
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(next.Name()) }()
	_, err = next.Write(data)
	if err = errors.Join(err, next.Sync(), next.Close()); err != nil {
		return err
	}
	if info, err := os.Stat(path); err == nil {
		if owner, ok := info.Sys().(*syscall.Stat_t); ok && int(owner.Uid) != os.Geteuid() {
			err = errors.Join(os.Chown(next.Name(), int(owner.Uid), int(owner.Gid)),
				os.Chmod(next.Name(), info.Mode().Perm()))
		}
		if err != nil {
			return err
		}
	}
	return os.Rename(next.Name(), path)
}
