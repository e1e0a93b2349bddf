package registration_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/sealkeeper/sealkeeper/registration"
)

func TestEmbeddedCatalogueHasTheSixInstitutions(t *testing.T) {
	catalogue, err := registration.EmbeddedCatalogue()
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, in := range catalogue.All() {
		ids = append(ids, in.ID)
		if in.Group.Registration != "manual" || len(in.APIs) != 2 || in.Tokens.AccessMinutes != 30 {
			t.Errorf("%s: %+v", in.ID, in)
		}
		if sandbox := in.Environment == registration.Sandbox; sandbox != (len(in.SCAUsers) == 2) {
			t.Errorf("%s: test logins are for sandboxes and for them alone", in.ID)
		}
	}
	want := []string{"soc-gen-personal", "soc-gen-personal-sandbox", "soc-gen-business", "soc-gen-business-sandbox", "soc-gen-corporate", "soc-gen-corporate-sandbox"}
	if diff := cmp.Diff(want, ids); diff != "" {
		t.Error(diff)
	}
	personal, _ := catalogue.Institution("soc-gen-personal")
	enterprise, _ := catalogue.Institution("soc-gen-corporate")
	if personal.Tokens.Refresh != "rotating" || personal.Tokens.RefreshDays != 90 {
		t.Errorf("personal tokens: %+v", personal.Tokens)
	}
	if enterprise.Tokens.Refresh != "none" || enterprise.Tokens.Announced.RefreshHours != 24 || enterprise.Tokens.Announced.AccessTokensPerRefresh != 4 {
		t.Errorf("enterprise tokens: %+v", enterprise.Tokens)
	}
}

const fictitious = `
id: banque-fictive
name: Banque Fictive
country: FR
registration: manual
profile: {accept: application/json, signature: {algorithm: rsa-sha256, separator: ", "}}
environments:
  sandbox:
    profile: {signature: {separator: ","}}
    steps:
      - {id: one, title: {en: One, fr: Un}}
      - {id: two, title: {en: Two, fr: Deux}, needs: [one]}
segments:
  personal: {tokens: {access_minutes: 15, refresh: none}}
institutions:
  - {id: fictive-sandbox, name: Fictive, segment: personal, environment: sandbox, scopes: [ais], profile: {ais_base_url: "https://api.fictive.example"}}
`

func load(text string) (*registration.Catalogue, error) {
	return registration.LoadCatalogue(fstest.MapFS{"bank.yaml": {Data: []byte(text)}})
}

func TestAddingABankIsAddingAFile(t *testing.T) {
	catalogue, err := load(fictitious)
	if err != nil {
		t.Fatal(err)
	}
	in, ok := catalogue.Institution("fictive-sandbox")
	if !ok {
		t.Fatal("it is not there")
	}
	want := map[string]any{"accept": "application/json", "ais_base_url": "https://api.fictive.example",
		"signature": map[string]any{"algorithm": "rsa-sha256", "separator": ","}}
	if diff := cmp.Diff(want, in.Profile); diff != "" {
		t.Errorf("profiles merge group, environment, institution: %s", diff)
	}
	if err := catalogue.Override("fictive-sandbox", map[string]any{"signature": map[string]any{"separator": ";"}}); err != nil {
		t.Fatal(err)
	}
	overridden, _ := catalogue.Institution("fictive-sandbox")
	if got := overridden.Profile["signature"].(map[string]any)["separator"]; got != ";" {
		t.Errorf("override: got %v", got)
	}
	if err := catalogue.Override("nobody", nil); err == nil {
		t.Error("an unknown institution was overridden")
	}
}

func TestCatalogueErrorsSayWhere(t *testing.T) {
	for name, test := range map[string]struct{ from, to, want string }{
		"misspelt key":         {"country: FR", "contry: FR", "line 4"},
		"not YAML":             {"country: FR", "country: [FR", "line"},
		"environment unknown":  {"environment: sandbox", "environment: beta", "beta"},
		"segment unknown":      {"segment: personal", "segment: royal", "royal"},
		"step before its need": {"needs: [one]", "needs: [three]", "three"},
		"title in one tongue":  {"{en: One, fr: Un}", "{en: One}", "French"},
		"no id":                {"id: banque-fictive", "id: ''", "id"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := load(strings.Replace(fictitious, test.from, test.to, 1))
			if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), "bank.yaml") {
				t.Errorf("got %v, want it to name bank.yaml and %q", err, test.want)
			}
		})
	}
}

func FuzzCatalogue(f *testing.F) {
	f.Add(fictitious)
	f.Add("institutions: [{}]")
	f.Fuzz(func(t *testing.T, text string) {
		if catalogue, err := load(text); err == nil && len(catalogue.All()) == 0 {
			t.Error("an empty catalogue was accepted")
		}
	})
}
