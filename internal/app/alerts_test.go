package app

import (
	"testing"
	"time"

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

// A lead time is what the catalogue says, or what the bank has said since, in working days.
func TestLeadTime(t *testing.T) {
	embedded, err := catalogue.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	const id = "soc-gen-personal"
	for value, want := range map[string]time.Duration{"10": 360 * time.Hour, "0": 0, "unknown": -1} {
		embedded.Record(map[string]map[string]catalogue.Fact{id: {catalogue.KeyLeadTime: {Value: value}}})
		got, known := banks{embedded}.LeadTime(id)
		if known != (want >= 0) || known && got != want {
			t.Errorf("%s: %s, known: %v", value, got, known)
		}
	}
	if _, known := (banks{embedded}).LeadTime("no-such-bank"); known {
		t.Error("the lead time of a bank that there is not")
	}
	if name, at := (banks{embedded}).Called(id); name == id || at != "societegenerale.live" {
		t.Errorf("the institution is called %q, at %q", name, at)
	}
}
