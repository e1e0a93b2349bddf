package main

import (
	"bufio"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/required"
	"github.com/sealkeeper/sealkeeper/lab/stack"
)

const examples = "../../docs/examples/"

// exampleCommands are the programs of the manual, by the program that SEALKEEPER_REQUIRE names.
var exampleCommands = map[string][]string{
	"python3": {"python3", "-B", examples + "bank.py"},
	"node":    {"node", examples + "bank.mjs"},
	"javac":   {"java", examples + "Bank.java"}, // java compiles it, which takes a JDK
}

// example is a program of the manual with what it needs around it.
type example struct {
	*egressWay
	t       *testing.T
	command []string
	environ []string
	files   string // of the agent
}

// prepare is the program, not yet started.
func (e *example) prepare(args ...string) *exec.Cmd {
	args = slices.Concat(e.command[1:], args)
	cmd := exec.CommandContext(e.t.Context(), e.command[0], args...)
	cmd.Env = e.environ
	cmd.Stderr = os.Stderr
	return cmd
}

// run runs the program to its end, and returns what it prints.
func (e *example) run(args ...string) string {
	e.t.Helper()
	cmd := e.prepare(args...)
	out, err := cmd.Output()
	if err != nil {
		e.t.Fatalf("%s %v: %v", e.command[0], args, err)
	}
	return strings.TrimSpace(string(out))
}

// activateExportable activates a version with a key that the agent may have.
func (e *example) activateExportable() (fingerprint string) {
	e.t.Helper()
	qwac := e.QTSP.MustIssue(e.t, qtsp.Request{})
	b := e.SaveBundle(e.registration, e.ImportExportable(qwac), "")
	e.TestConnection(e.registration)
	_, err := e.Registrations.Activate(e.t.Context(), stack.Engineer, e.registration, b.Version)
	must(e.t, err)
	return qwac.Certificate.SHA256
}

// The programs of the manual read the configuration, follow changes, and call the bank through the proxy and with the
// agent's files: what people copy works.
func TestExamplesOfTheManualInOtherLanguages(t *testing.T) {
	for name, command := range exampleCommands {
		t.Run(name, func(t *testing.T) {
			required.Program(t, name)
			e := newExample(t, command)
			e.tryOut()
		})
	}
}

func newExample(t *testing.T, command []string) *example {
	t.Helper()
	e := &example{egressWay: newEgressWay(t), t: t, command: command}
	handler, err := e.Handler()
	must(t, err)
	web := httptest.NewServer(handler)
	t.Cleanup(web.Close)
	t.Cleanup(web.CloseClientConnections)
	dir := t.TempDir()
	token := filepath.Join(dir, "token")
	_, text := e.Service("files", access.Transport, access.Export)
	must(t, os.WriteFile(token, text.Bytes(), 0o600))
	e.files = filepath.Join(dir, "bank")
	e.environ = append(os.Environ(), "SK_SERVER="+web.URL, "SK_TOKEN_FILE="+token)
	return e
}

func (e *example) tryOut() {
	e.t.Helper()
	sent := e.activateExportable()
	if got := e.run("read", "Exemple Budget", stack.Institution); got != "version 2 "+sent {
		e.t.Errorf("read: %q, and %s is in use", got, sent)
	}
	bank := e.bank + e.path
	// the bank knows the certificate, and wants a token
	if got := e.run("call", e.socket, "http://"+bank); got != "status 401" {
		e.t.Errorf("through the proxy: %q", got)
	}
	e.Bank.ForgetTraffic()
	for _, file := range e.writeFiles() {
		if got := e.run("files", file, "https://"+bank); got != "status 401" {
			e.t.Errorf("with the files in %s: %q", file, got)
		}
	}
	if e.Bank.Traffic().Presented[sent] == 0 {
		e.t.Error("the bank saw another certificate than that of the files")
	}
	follow := e.prepare("follow")
	output, err := follow.StdoutPipe()
	must(e.t, err)
	must(e.t, follow.Start())
	defer func() { _ = follow.Process.Kill(); _ = follow.Wait() }()
	lines := bufio.NewScanner(output)
	for version := 2; version <= 4; version++ {
		want := fmt.Sprintf("changed %s %d", e.registration, version)
		if !lines.Scan() || lines.Text() != want {
			e.t.Fatalf("follow says %q, not %q", lines.Text(), want)
		}
		if version < 4 {
			e.activateExportable()
		}
	}
}

// writeFiles runs the agent until it has written its files, and returns what the program is told of them.
func (e *example) writeFiles() []string {
	e.t.Helper()
	server, token := "", ""
	for _, v := range e.environ {
		if s, ok := strings.CutPrefix(v, "SK_SERVER="); ok {
			server = s
		}
		if s, ok := strings.CutPrefix(v, "SK_TOKEN_FILE="); ok {
			token = s
		}
	}
	told := filepath.Join(e.t.TempDir(), "told")
	must(e.t, exec.Command("mkfifo", told).Run())
	cmd := exec.Command("sealkeeper", "agent", e.registration, "--server", server, "--token-file", token,
		"--dir", e.files, "--format", "pem,pkcs12,jks", "--", "sh", "-c", "echo > "+told)
	cmd.Stderr = os.Stderr
	must(e.t, cmd.Start())
	_, err := os.ReadFile(told)
	must(e.t, err)
	must(e.t, cmd.Process.Signal(os.Interrupt))
	must(e.t, cmd.Wait())
	if e.command[0] == "java" {
		return []string{filepath.Join(e.files, "current", "key.p12"), filepath.Join(e.files, "current", "key.jks")}
	}
	return []string{e.files}
}

// What the manual shows of the programs is what they are.
func TestManualShowsTheExamples(t *testing.T) {
	var all string
	for _, name := range []string{"bank.py", "bank.mjs", "Bank.java"} {
		text, err := os.ReadFile(examples + name)
		must(t, err)
		all += string(text)
	}
	page, err := os.ReadFile("../../docs/services.md")
	must(t, err)
	blocks := regexp.MustCompile("(?s)```(python|js|java)\n(.*?)```").FindAllSubmatch(page, -1)
	if len(blocks) < 3 {
		t.Errorf("the manual shows %d parts of the programs", len(blocks))
	}
	for _, block := range blocks {
		if !strings.Contains(all, string(block[2])) {
			t.Errorf("no program has this part of the manual:\n%s", block[2])
		}
	}
}
