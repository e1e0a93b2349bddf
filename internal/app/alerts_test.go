package app

import (
	"testing"

	"github.com/sealkeeper/sealkeeper/registration/catalogue"
)

// A bank calls a step on live something else than on the sandbox.
func TestStepTitle(t *testing.T) {
	embedded, err := catalogue.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ institution, subject, step, english, french string }{
		"sandbox": {"", "org.societegenerale.sandbox", "customer_organization",
			"Create the customer organization", "Créer l'organisation cliente"},
		"live": {"", "org.societegenerale.live", "customer_organization",
			"Have the customer organization created", "Faire créer l'organisation cliente"},
		"registration": {"soc-gen-personal", "reg", "application", "Create the application", "Créer l'application"},
		"unknown step": {"soc-gen-personal", "reg", "former_step", "former_step", "former_step"},
		"unknown bank": {"", "org.former-bank.live", "application", "application", "application"},
	} {
		t.Run(name, func(t *testing.T) {
			english, french := banks{embedded}.StepTitle(c.institution, c.subject, c.step)
			if english != c.english || french != c.french {
				t.Errorf("the step is called %q and %q", english, french)
			}
		})
	}
}
