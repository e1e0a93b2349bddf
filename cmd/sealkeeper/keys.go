package main

import (
	"github.com/sealkeeper/sealkeeper/vault/embedded"
)

type keysCmd struct {
	New keysNewCmd `cmd:"" help:"Write a new master key for embedded custody to a file. Keep a copy: without it nothing in custody can be opened."`
}

type keysNewCmd struct {
	File string `arg:"" help:"File to write; it must not exist." type:"path"`
}

// Run makes the key.
func (c keysNewCmd) Run(env *environment) error {
	if err := embedded.NewMasterKeyFile(c.File); err != nil {
		return err
	}
	env.printf("wrote %s\n", c.File)
	return nil
}
