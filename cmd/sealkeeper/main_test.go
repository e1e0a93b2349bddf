package main

import (
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"regexp"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
)

func TestMain(m *testing.M) {
	code := m.Run()
	if built != "" {
		_ = os.RemoveAll(built)
	}
	os.Exit(code)
}

// stripped has programs linked as `make build` has them, in two thirds of the time.
const stripped = "-ldflags=-s -w"

var (
	built         string // where the programs are; empty: nothing has needed them
	buildPrograms = sync.OnceValue(func() error {
		var err error
		if built, err = os.MkdirTemp("", "sealkeeper-programs-"); err != nil {
			return err
		}
		build := exec.Command("go", "build", "-buildvcs=false", stripped, "-o", built, ".", "../sealkeeper-lab")
		if out, err := build.CombinedOutput(); err != nil {
			return fmt.Errorf("%w: %s", err, out)
		}
		return os.Setenv("PATH", built+string(os.PathListSeparator)+os.Getenv("PATH"))
	})
)

// programs builds the programs once, finds them first in PATH from then on, and returns where they are. They are
// without the race detector, as people have them: with it each of the hundreds of commands that tests give takes half a
// second to begin. What they do is looked at with it by the packages below.
func programs(t testing.TB) string {
	t.Helper()
	if err := buildPrograms(); err != nil {
		t.Fatal(err)
	}
	return built
}

func TestScripts(t *testing.T) {
	programs(t)
	testscript.Run(t, testscript.Params{
		Dir:  "testdata",
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"mint": mintFiles, "value": keepValue},
	})
}

// mintFiles writes NAME.pem and NAME.key of a throw-away certificate: mint NAME KIND.
func mintFiles(ts *testscript.TestScript, _ bool, args []string) {
	issuing, err := qtsp.New(time.Now())
	ts.Check(err)
	issued, err := issuing.Issue(qtsp.Request{Kind: certs.Kind(args[1]), KeyType: qtsp.P256})
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]+".pem"), issued.CertificatePEM(), 0o600))
	ts.Check(os.WriteFile(ts.MkAbs(args[0]+".key"), issued.KeyPEM(), 0o600))
}

// keepValue sets a variable to what the first group of a pattern matches in
// the last command's output: value NAME PATTERN.
func keepValue(ts *testscript.TestScript, _ bool, args []string) {
	found := regexp.MustCompile("(?m)" + args[1]).FindStringSubmatch(ts.ReadFile("stdout"))
	if found == nil {
		ts.Fatalf("nothing matches %s", args[1])
	}
	ts.Setenv(args[0], found[1])
}

func discard() *slog.Logger { return slog.New(slog.DiscardHandler) }
