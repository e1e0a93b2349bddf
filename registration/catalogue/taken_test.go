package catalogue_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/sealkeeper/sealkeeper/registration/catalogue"
)

// What is taken stands beside what is built in or in its place, corrections stay, and what cannot be read is left out.
func TestTakingFiles(t *testing.T) {
	banks, err := catalogue.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	own, err := os.ReadFile("institutions/societegenerale.yaml")
	if err != nil {
		t.Fatal(err)
	}
	builtIn := len(banks.All())
	banks.Correct(map[string]map[string]any{"fictive-sandbox": {"accept": "text/plain"}})
	renamed := strings.Replace(string(own), "name: Soci", "name: New Soci", 1)
	err = banks.Take([][]byte{[]byte(fictitious), []byte(renamed), []byte("id: broken")}, nil)
	if err == nil || !strings.Contains(err.Error(), `"broken": line 1`) {
		t.Errorf("the one that cannot be read: %v", err)
	}
	in, ok := banks.Institution("fictive-sandbox")
	if !ok || in.Profile["accept"] != "text/plain" {
		t.Errorf("the new bank, corrected: %v %v", ok, in.Profile)
	}
	if string(banks.Text("societegenerale")) != renamed {
		t.Error("the file does not stand in place of the one built in")
	}
	err = banks.Take(nil, nil)
	if err != nil || len(banks.All()) != builtIn || string(banks.Text("societegenerale")) != string(own) {
		t.Errorf("without files: %d institutions, %v", len(banks.All()), err)
	}
	_, err = banks.Check([]byte(fictitious), func(catalogue.Institution) error { return errors.New("it speaks Latin") })
	if err == nil || !strings.Contains(err.Error(), ": it speaks Latin") || !strings.HasPrefix(err.Error(), "line ") {
		t.Errorf("one that nobody can speak to: %v", err)
	}
}

// Hosts, trust, addresses and steps of live are weighty; all else may change on the word of one.
func TestComparingFiles(t *testing.T) {
	own, err := os.ReadFile("institutions/societegenerale.yaml")
	if err != nil {
		t.Fatal(err)
	}
	live := strings.Replace(fictitious, "environment: sandbox", "environment: live", 1)
	live = strings.Replace(live, "  sandbox:\n    name: Sandbox", "  live:\n    name: Live", 1)
	in := func(text, old, as string) string { return strings.Replace(text, old, as, 1) }
	const host = "institutions.fictive-sandbox.profile.ais_base_url"
	const separator = ".profile.signature.separator"
	for name, test := range map[string]struct {
		before, after string
		weighty       bool
		path          string
	}{
		"nothing":             {live, live, false, ""},
		"a new live bank":     {"", live, true, "environments.live" + separator},
		"a new sandbox":       {"", fictitious, false, "environments.sandbox" + separator},
		"live ends":           {live, fictitious, true, "environments.live" + separator},
		"a name":              {live, in(live, "name: Banque", "name: La Banque"), false, "name"},
		"a host of live":      {live, in(live, "api.fictive", "evil"), true, host},
		"a host of a sandbox": {fictitious, in(fictitious, "api.fictive", "evil"), false, host},
		"the portal":          {live, in(live, "portal: https://developer", "portal: https://evil"), true, "portal"},
		"what people do before": {
			live, in(live, "needs: [two]", "needs: [one]"), true, "environments.live.steps.live.needs.0",
		},
		"a fact of a change": {live, in(live, `value: "yes"`, `value: "no"`), false, "acceptance.overlap.value"},
		"of a real bank":     {string(own), in(string(own), "name: Soci", "name: New Soci"), false, "name"},
	} {
		t.Run(name, func(t *testing.T) {
			d, err := catalogue.Compare([]byte(test.before), []byte(test.after))
			if err != nil || d.Weighty != test.weighty {
				t.Errorf("weighty %v, %v", d.Weighty, err)
			}
			if test.path == "" != (len(d.Lines) == 0) || test.path != "" && d.Lines[0].Path != test.path {
				t.Errorf("the lines are %+v", d.Lines)
			}
		})
	}
}
