package main

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/sealkeeper/sealkeeper/lab/bank/customer"
	"github.com/sealkeeper/sealkeeper/lab/dev"
)

// TestServedScripts runs the scripts of commands that ask a running service,
// with a registration that is ready at the simulated bank.
func TestServedScripts(t *testing.T) {
	r := startTestDev(t, dev.Vault{})
	j := r.journey(t)
	for _, s := range j.Steps()[:9] {
		if told, err := s.Do(t.Context()); err != nil {
			t.Fatalf("%s: %s %v", s.Name, told, err)
		}
	}
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		t.Errorf("the proxy was asked for %s", r.URL)
		w.WriteHeader(http.StatusBadGateway)
	}))
	t.Cleanup(proxy.Close)
	_, port, err := net.SplitHostPort(strings.TrimPrefix(r.Info.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	programs(t)
	testscript.Run(t, testscript.Params{
		Dir: "testdata/served",
		Setup: func(env *testscript.Env) error {
			env.Setenv("PROXY", proxy.URL)
			env.Setenv("PORT", port)
			env.Setenv("SK_SERVER", r.Info.URL)
			env.Setenv("REGISTRATION", j.Registration)
			env.Setenv("DATA", r.dir)
			return os.WriteFile(filepath.Join(env.WorkDir, "token.txt"), []byte(r.Info.Token+"\n"), 0o600)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"approve": approve, "firstfield": firstField},
	})
}

// approve FROM TO plays the customer at the address in the last line of a
// file, and writes where the browser came back to.
func approve(ts *testscript.TestScript, _ bool, args []string) {
	lines := strings.Fields(ts.ReadFile(args[0]))
	back, err := customer.Approve(context.Background(), lines[len(lines)-1], "55000002", "111111")
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(back.String()+"\n"), 0o600))
}

// firstField NAME sets a variable to the first word that the last command printed.
func firstField(ts *testscript.TestScript, _ bool, args []string) {
	ts.Setenv(args[0], strings.Fields(ts.ReadFile("stdout"))[0])
}
