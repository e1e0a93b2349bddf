package source

import (
	"strings"
	"testing"
)

// Two processes with one name would count as one: each machine, and each use of one, has a name of its own.
func TestInstancesAreToldApart(t *testing.T) {
	all := map[string]string{}
	for name, of := range map[string]struct{ host, machine, of string }{
		"this":                     {"web", "4c1f", "/run/a.sock"},
		"another of its name":      {"web", "93aa", "/run/a.sock"},
		"another process on it":    {"web", "4c1f", "/run/b.sock"},
		"another host":             {"api", "4c1f", "/run/a.sock"},
		"one without a machine id": {"web", "", "/run/a.sock"},
		"a long name":              {strings.Repeat("é", 60), "4c1f", "/run/a.sock"},
	} {
		got := instanceName(of.host, of.machine, of.of)
		if other, taken := all[got]; taken {
			t.Errorf("%s and %s are both %s", name, other, got)
		}
		all[got] = name
		if got != instanceName(of.host, of.machine, of.of) || len(got) > 100 || strings.ContainsRune(got, 0xfffd) {
			t.Errorf("%s is %q", name, got)
		}
	}
}
