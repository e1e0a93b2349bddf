package custody

import (
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/app"
	"github.com/sealkeeper/sealkeeper/internal/cli"
	"github.com/sealkeeper/sealkeeper/internal/note"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/vault/embedded"
)

// Keys is the commands about the master keys of embedded custody.
type Keys struct {
	New    keysNewCmd    `cmd:"" help:"Write a new master key for embedded custody to a file."`
	Rotate keysRotateCmd `cmd:"" help:"Seal embedded custody with another master key file."`
}

type keysNewCmd struct {
	File string `arg:"" help:"File to write; it must not exist." type:"path"`
}

// Help is printed below the first line of help.
func (keysNewCmd) Help() string {
	return "Keep a copy: without this key nothing in custody can be opened."
}

// Run makes the key.
func (c keysNewCmd) Run(env *cli.Environment) error {
	if err := embedded.NewMasterKeyFile(c.File); err != nil {
		return err
	}
	env.Printf("wrote %s\n", c.File)
	return nil
}

type keysRotateCmd struct {
	cli.Configured
	To string `arg:"" help:"File with the new master key, made by 'sealkeeper keys new'." type:"existingfile"`
}

// Help is printed below the first line of help.
func (keysRotateCmd) Help() string {
	return "The service may keep running and needs the new key from its next start. Earlier backups need the old one."
}

// Run changes the master key. The rows stay as they are: only the keyset that seals them is sealed anew.
func (c keysRotateCmd) Run(env *cli.Environment) error {
	cfg, err := c.Load(env)
	if err != nil {
		return err
	}
	if cfg.Custody.Mode != "embedded" {
		return cli.Invalid("not_embedded", "Only embedded custody has a master key; with Vault, rotate in Vault.")
	}
	from, err := app.MasterKey(cfg.Custody)
	if err != nil {
		return err
	}
	to, err := embedded.MasterKeyFile(c.To)
	if err != nil {
		return err
	}
	db, log, err := authorized(env, cfg, access.CustodyRotate, "master key")
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	err = embedded.ChangeMasterKey(env.Context, db.CustodyRows(), from, to)
	err = log.Finish(env.Context, cli.Operator(), access.CustodyRotate, "master key", note.Note{}, err)
	if err != nil {
		return err
	}
	number, err := embedded.MasterKeyNumber(env.Context, db.CustodyRows())
	if err != nil {
		return err
	}
	env.Printf("the master key is now that of %s, number %d of this custody; change the configuration before the "+
		"next start\n", c.To, number)
	env.Printf("backups made before open with the old one alone, number %d: keep it as long as you keep them, and "+
		"make a new backup now\n", number-1)
	return forget(env, db)
}

// forget has the database's file written anew: what the old master key opened is in it until then.
func forget(env *cli.Environment, db *store.DB) error {
	if err := db.Rewrite(env.Context); err != nil {
		env.Printf("what the old master key opens is in the database's file still; the service removes it within a " +
			"minute, or when it starts next\n")
		return err
	}
	env.Printf("nothing that the old master key opens is left in the database's file\n")
	return nil
}
