package main

import (
	"github.com/sealkeeper/sealkeeper/internal/cli"
	"github.com/sealkeeper/sealkeeper/internal/version"
)

type versionCmd struct {
	JSON bool `help:"As JSON."`
}

// Run prints the version.
func (c versionCmd) Run(env *cli.Environment) error {
	build := version.Of()
	if c.JSON {
		return env.JSON(build)
	}
	env.Printf("sealkeeper %s\n", build)
	return nil
}
