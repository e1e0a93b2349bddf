package main

import (
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/sealkeeper/sealkeeper/lab/dev"
	"github.com/sealkeeper/sealkeeper/types/api"
)

// TestOnboardingScripts runs the commands against a service that has the certificates and a live
// registration nothing was done for.
func TestOnboardingScripts(t *testing.T) {
	r := startTestDev(t, dev.Vault{})
	j := r.journey(t)
	for _, s := range j.Steps()[:3] { // certificates, organization and application
		if _, err := s.Do(t.Context()); err != nil {
			t.Fatal(s.Name, err)
		}
	}
	// On live the redirect URI would have to be https, which is a gate of a later step.
	made, err := j.Client.Register(t.Context(), api.NewRegistration{
		ApplicationID: j.Application,
		InstitutionID: "soc-gen-personal",
	})
	if err != nil {
		t.Fatal(err)
	}
	programs(t)
	testscript.Run(t, testscript.Params{Dir: "testdata/onboarding", Setup: func(env *testscript.Env) error {
		env.Setenv("SK_SERVER", r.Info.URL)
		env.Setenv("SK_TOKEN", r.Info.Token)
		env.Setenv("REG", made.ID)
		return nil
	}})
}
