// Package version answers one question: which program is this?
package version

import (
	"cmp"
	"runtime"
	"runtime/debug"
)

// set and commit are given to the linker by `make release`, which builds from an archive without a history too.
var set, commit string

// Build is what a program was built from.
type Build struct {
	Version string `json:"version"`          // such as v0.1.0; (devel) where none was given
	Commit  string `json:"commit,omitempty"` // of the source, with "-dirty" if it was changed; "" if it is not known
	Go      string `json:"go"`
}

// Of is this program's.
func Of() Build {
	b := Build{Version: set, Commit: commit, Go: runtime.Version()}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		b.Version = cmp.Or(b.Version, "(devel)")
		return b
	}
	b.Version = cmp.Or(b.Version, info.Main.Version, "(devel)")
	settings := map[string]string{}
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	if b.Commit == "" {
		b.Commit = settings["vcs.revision"]
		if b.Commit != "" && settings["vcs.modified"] == "true" {
			b.Commit += "-dirty"
		}
	}
	return b
}

// String is for people: "v0.1.0 (1a2b3c4d5e6f), go1.26.0".
func (b Build) String() string {
	text := b.Version
	if b.Commit != "" {
		text += " (" + b.Commit[:min(len(b.Commit), 12)] + ")"
	}
	return text + ", " + b.Go
}

// Module is one of others that a program is built from.
type Module struct{ Path, Version string }

// Modules are those of this program.
func Modules() (all []Module) {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return nil
	}
	for _, m := range info.Deps {
		if m.Replace != nil {
			m = m.Replace
		}
		all = append(all, Module{m.Path, m.Version})
	}
	return all
}
