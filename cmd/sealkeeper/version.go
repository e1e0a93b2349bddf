package main

import (
	"encoding/json"
	"runtime/debug"
)

type versionCmd struct {
	JSON bool `help:"As JSON."`
}

// Run prints the version.
func (c versionCmd) Run(env *environment) error {
	v := struct {
		Version string `json:"version"`
		Go      string `json:"go"`
	}{Version: buildVersion(), Go: "unknown"}
	if info, ok := debug.ReadBuildInfo(); ok {
		v.Go = info.GoVersion
	}
	if c.JSON {
		return json.NewEncoder(env.out).Encode(v)
	}
	env.printf("sealkeeper %s, %s\n", v.Version, v.Go)
	return nil
}

func buildVersion() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		return info.Main.Version
	}
	return "(devel)"
}
