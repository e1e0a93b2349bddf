package main

import (
	"log/slog"
	"os"
	"regexp"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/lab/command"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"sealkeeper":     func() { program().Main() },
		"sealkeeper-lab": func() { command.Program().Main() },
	})
}

func TestScripts(t *testing.T) {
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
