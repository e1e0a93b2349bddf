package main

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"github.com/sealkeeper/sealkeeper/internal/cli"
)

// alone are the commands that read neither a service's answers nor its database: they work on files, on Vault with a
// token of Vault's, or begin and end a login.
var alone = []string{
	"audit verify-export", "catalogue check", "diff", "inspect", "keys new", "login", "logout", "vault bootstrap",
	"vault policy", "vault secret-id", "version",
}

// TestEveryCommandHasOneAuthority: a command asks a running service with somebody's token, and then the table of
// permissions decides as for any program (TestEveryRouteOnAPart, TestStolenTokenUsesWhatItIsBoundTo), or it works on
// the configured database as the server's operator. None does both, and a new one has to say which.
func TestEveryCommandHasOneAuthority(t *testing.T) {
	parser, err := kong.New(&commands{})
	mustBe(t, err)
	asking, operators := 0, 0
	for _, leaf := range parser.Model.Leaves(true) {
		name := strings.TrimPrefix(leaf.Path(), "sealkeeper ")
		asks := holds(leaf.Target.Type(), reflect.TypeFor[cli.Service]())
		works := holds(leaf.Target.Type(), reflect.TypeFor[cli.Configured]())
		none := slices.ContainsFunc(alone, func(one string) bool { return strings.HasPrefix(name+" ", one+" ") })
		switch {
		case asks && !works && !none:
			asking++
		case works && !asks && !none:
			operators++
		case none && !asks && !works:
		default:
			t.Errorf("%s: asks a service %v, is the operator's %v, listed as neither %v", name, asks, works, none)
		}
	}
	if asking < 50 || operators < 20 {
		t.Errorf("%d commands ask a service, and %d are the operator's", asking, operators)
	}
}

// holds reports whether a command has the flags of a kind.
func holds(in, kind reflect.Type) bool {
	if in == kind {
		return true
	}
	if in.Kind() != reflect.Struct {
		return false
	}
	for f := range in.Fields() {
		if f.Anonymous && holds(f.Type, kind) {
			return true
		}
	}
	return false
}
