package main

import (
	"os"
	"regexp"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/sealkeeper/sealkeeper/lab/bank/customer"
	"github.com/sealkeeper/sealkeeper/lab/dev"
)

var (
	approveAt = regexp.MustCompile(`(?m)^approve at +(\S+)$`)
	paymentID = regexp.MustCompile(`(?m)^payment +(\S+)$`)
)

// TestPISScripts runs the payment commands against a service whose registration is active.
func TestPISScripts(t *testing.T) {
	r := startTestDev(t, dev.Vault{})
	j := r.journey(t)
	for _, s := range j.Steps() {
		if _, err := s.Do(t.Context()); err != nil {
			t.Fatal(s.Name, err)
		}
	}
	field := func(ts *testscript.TestScript, form *regexp.Regexp, args []string) string {
		match := form.FindStringSubmatch(ts.ReadFile(args[0]))
		if match == nil {
			ts.Fatalf("%s does not say it", args[0])
		}
		return match[1]
	}
	programs(t)
	testscript.Run(t, testscript.Params{
		Dir: "testdata/pis",
		Setup: func(env *testscript.Env) error {
			env.Setenv("SK_SERVER", r.Info.URL)
			env.Setenv("SK_TOKEN", r.Info.Token)
			env.Setenv("REG", j.Registration)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			// approve is the customer at the bank; the address the browser comes back to is in the file "back".
			"approve": func(ts *testscript.TestScript, _ bool, args []string) {
				back, err := customer.Approve(t.Context(), field(ts, approveAt, args), "55000001", "111111")
				ts.Check(err)
				ts.Check(os.WriteFile(ts.MkAbs("back"), []byte(back.String()+"\n"), 0o600))
			},
			"payment": func(ts *testscript.TestScript, _ bool, args []string) {
				ts.Setenv("PAYMENT", field(ts, paymentID, args))
			},
			"token": func(ts *testscript.TestScript, _ bool, args []string) {
				ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(r.Info.Token+"\n"), 0o600))
			},
		},
	})
}
