package main

import (
	"net/http"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestOnboardingScripts runs the commands against a service that has the certificates and a live
// registration nothing was done for.
func TestOnboardingScripts(t *testing.T) {
	r := startTestDev(t)
	j := r.journey()
	for _, s := range j.steps()[:3] { // certificates, organization and application
		if _, err := s.do(t.Context()); err != nil {
			t.Fatal(s.name, err)
		}
	}
	// On live the redirect URI would have to be https, which is a gate of a later step.
	var made struct{ ID string }
	if err := j.call(t.Context(), http.MethodPost, "/v1/registrations", object{
		"application_id": j.application,
		"institution_id": "soc-gen-personal",
	}, &made); err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{Dir: "testdata/onboarding", Setup: func(env *testscript.Env) error {
		env.Setenv("SK_SERVER", r.info.URL)
		env.Setenv("SK_TOKEN", r.info.Token)
		env.Setenv("REG", made.ID)
		return nil
	}})
}
