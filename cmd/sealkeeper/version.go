package main

import (
	"encoding/json"
	"runtime/debug"

	"github.com/sealkeeper/sealkeeper/internal/cli"
)

type versionCmd struct {
	JSON bool `help:"As JSON."`
}

// Run prints the version.
func (c versionCmd) Run(env *cli.Environment) error {
	v := struct {
		Version string `json:"version"`
		Go      string `json:"go"`
	}{Version: cli.Version(), Go: "unknown"}
	if info, ok := debug.ReadBuildInfo(); ok {
		v.Go = info.GoVersion
	}
	if c.JSON {
		return json.NewEncoder(env.Out).Encode(v)
	}
	env.Printf("sealkeeper %s, %s\n", v.Version, v.Go)
	return nil
}
