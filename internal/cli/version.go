package cli

import "runtime/debug"

// Version is the version of the program that was built.
func Version() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		return info.Main.Version
	}
	return "(devel)"
}
