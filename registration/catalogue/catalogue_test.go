package catalogue_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/sealkeeper/sealkeeper/internal/environment"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
)

func TestEmbeddedCatalogueHasTheSixInstitutions(t *testing.T) {
	banks, err := catalogue.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, in := range banks.All() {
		ids = append(ids, in.ID)
		if in.Group.Registration != "manual" || len(in.APIs) != 2 || in.Tokens.AccessMinutes != 30 {
			t.Errorf("%s: %+v", in.ID, in)
		}
		if sandbox := in.Environment == environment.Sandbox; sandbox != (len(in.SCAUsers) == 2) {
			t.Errorf("%s: test logins are for sandboxes and for them alone", in.ID)
		}
	}
	want := []string{
		"soc-gen-personal", "soc-gen-personal-sandbox", "soc-gen-business", "soc-gen-business-sandbox",
		"soc-gen-corporate", "soc-gen-corporate-sandbox",
	}
	if diff := cmp.Diff(want, ids); diff != "" {
		t.Error(diff)
	}
	personal, _ := banks.Institution("soc-gen-personal")
	enterprise, _ := banks.Institution("soc-gen-corporate")
	if personal.Tokens.Refresh != "rotating" || personal.Tokens.RefreshDays != 90 {
		t.Errorf("personal tokens: %+v", personal.Tokens)
	}
	if enterprise.Tokens.Refresh != "none" || enterprise.Tokens.Announced.RefreshHours != 24 ||
		enterprise.Tokens.Announced.AccessTokensPerRefresh != 4 {
		t.Errorf("enterprise tokens: %+v", enterprise.Tokens)
	}
}

// fictitious is another STET bank: everything about it is in its file.
var fictitious = func() string {
	text, err := os.ReadFile("testdata/banque-fictive.yaml")
	if err != nil {
		panic(err)
	}
	return string(text)
}()

func load(text string) (*catalogue.Catalogue, error) {
	return catalogue.Load(fstest.MapFS{"bank.yaml": {Data: []byte(text)}})
}

func TestAddingABankIsAddingAFile(t *testing.T) {
	banks, err := load(fictitious)
	if err != nil {
		t.Fatal(err)
	}
	in, ok := banks.Institution("fictive-sandbox")
	if !ok {
		t.Fatal("it is not there")
	}
	want := map[string]any{
		"accept":       "application/json",
		"ais_base_url": "https://api.fictive.example",
		"signature":    map[string]any{"algorithm": "rsa-sha256", "separator": ","},
	}
	if diff := cmp.Diff(want, in.Profile); diff != "" {
		t.Errorf("profiles merge group, environment, institution: %s", diff)
	}
	if err := banks.Override("fictive-sandbox",
		map[string]any{"signature": map[string]any{"separator": ";"}}); err != nil {
		t.Fatal(err)
	}
	overridden, _ := banks.Institution("fictive-sandbox")
	if got := overridden.Profile["signature"].(map[string]any)["separator"]; got != ";" {
		t.Errorf("override: got %v", got)
	}
	if err := banks.Override("nobody", nil); err == nil {
		t.Error("an unknown institution was overridden")
	}
}

// mistakes replace a part of the fictitious bank's file, and are reported with their line.
var mistakes = map[string]struct{ from, to, want string }{
	"misspelt key":     {"country: FR", "contry: FR", "line 4"},
	"not YAML":         {"country: FR", "country: [FR", "line"},
	"country in words": {"country: FR", "country: France", "line 4: country is two capital letters"},
	"environment unknown": {
		"environment: sandbox",
		"environment: beta",
		`line 36: institution fictive-sandbox: environment "beta"`,
	},
	"segment unknown": {
		"segment: personal",
		"segment: royal",
		`line 35: institution fictive-sandbox: segment "royal"`,
	},
	"no such segment": {"  personal:\n", "  royal:\n", `line 29: "royal" is none of personal`},
	"step that is not": {
		"needs: [one]",
		"needs: [three]",
		`line 26: the step two needs "three", which is no step`,
	},
	"step before its need": {
		"scope: enrolment, who: engineer,",
		"scope: enrolment, who: engineer, needs: [live],",
		"line 25: the steps one and live need each other, in a circle",
	},
	"step after itself": {"needs: [one]", "needs: [two]", "line 26: the step two needs itself"},
	"later, no circle":  {"needs: [one]", "needs: [live]", "line 26: the steps two and live need each other"},
	"shared needs one's": {
		"scope: registration, who: compliance, check: activated",
		"scope: enrolment, who: compliance",
		"line 27: the step live is shared by all registrations and cannot need two",
	},
	"unknown check": {"check: activated", "check: felt", `line 27: "felt" is none of`},
	"answer without e-mail": {
		"check: activated",
		"check: bank_answer",
		"line 27: the step live waits for an answer, so it needs an e-mail",
	},
	"unknown role":  {"role: PSP_AI", "role: PSP_XX", `line 26: "PSP_XX" is no PSD2 role`},
	"nobody's work": {"who: compliance", "who: janitor", `line 27: "janitor" is none of`},
	"link without https": {
		"link: \"https://developer.fictive.example/one\"",
		"link: \"http://developer.fictive.example/one\"",
		`line 25: "http://developer.fictive.example/one" is not an https address`,
	},
	"script as a link": {
		"portal: https://developer.fictive.example",
		"portal: \"javascript:alert(1)\"",
		"line 8:",
	},
	"title in one tongue": {
		"{en: One, fr: Un}",
		"{en: One}",
		"line 25: the step one needs a title in English (en) and French (fr)",
	},
	"no id": {"id: banque-fictive", "id: ''", "line 2: a bank group needs an id"},
	"twice": {
		"institutions:\n",
		"institutions:\n  - {id: fictive-sandbox, name: F, segment: personal, environment: sandbox, " +
			"scopes: [ais]}\n",
		"line 34: the institution fictive-sandbox is described twice",
	},
	"fact without source": {
		`value: organization_identifier, source: "https://developer.fictive.example/tls",`,
		"value: organization_identifier,",
		"line 15: say where it was read",
	},
	"fact without a day": {
		`tls", verified: 2026-11-01}`,
		`tls", verified: yesterday}`,
		`line 15: "yesterday" is not a day`,
	},
	"closed value": {
		"value: organization_identifier",
		"value: smell",
		`line 15: "smell" is none of organization_identifier`,
	},
	"key nobody has": {"rsa-2048", "rsa-1024", `line 13: "rsa-1024" is none of`},
	"credentials without a client id": {
		"acceptance:\n  recog",
		"credentials:\n  - {id: key, label: {en: K, fr: C}}\nacceptance:\n  recog",
		"line 14: a bank's credentials have a client_id among them",
	},
	"credential without a label": {
		"acceptance:\n  recog",
		"credentials:\n  - {id: client_id}\n  - {id: key}\nacceptance:\n  recog",
		"line 16: a credential is called something in English (en) and French (fr)",
	},
	"no client secret, which the default sends": {
		"acceptance:\n  recog",
		"credentials:\n  - {id: client_id}\nacceptance:\n  recog",
		"line 35: a bank without a client_secret needs oauth: {token_auth: body}",
	},
	"credential twice": {
		"acceptance:\n  recog",
		"credentials:\n  - {id: client_id}\n  - {id: client_id}\nacceptance:\n  recog",
		"line 16: a credential needs an id of its own",
	},
	"client secret that is none": {
		"acceptance:\n  recog",
		"credentials:\n  - {id: client_id}\n  - {id: client_secret}\nacceptance:\n  recog",
		"line 16: a client secret is a secret",
	},
	"pattern that is none": {
		"acceptance:\n  recog",
		"credentials:\n  - id: client_id\n    pattern: \"[0-9\"\nacceptance:\n  recog",
		"line 16: \"[0-9\" is no regular expression",
	},
	"header with what is not given": {
		"profile: {accept: application/json,",
		"profile: {extra_headers: {X-Key: \"{subscription_key}\"}, accept: application/json,",
		"line 17: {subscription_key} is no credential that this bank gives",
	},
	"header with the client secret": {
		"profile: {accept: application/json,",
		"profile: {extra_headers: {X-Key: \"{client_secret}\"}, accept: application/json,",
		"line 17: {client_secret} is no credential",
	},
	"tokens without life": {"access_minutes: 15, ", "", "line 31: tokens need access_minutes"},
	"scope unknown":       {"scopes: [ais]", "scopes: [everything]", `line 37: "everything" is none of ais, pis`},
}

func TestCatalogueErrorsSayWhere(t *testing.T) {
	for name, test := range mistakes {
		t.Run(name, func(t *testing.T) {
			if !strings.Contains(fictitious, test.from) {
				t.Fatalf("%q is not in the file", test.from)
			}
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
		if banks, err := load(text); err == nil && len(banks.All()) == 0 {
			t.Error("an empty catalogue was accepted")
		}
	})
}

// A file may be hostile: what would grow without bound, says a thing twice, or hides a document is refused at once.
func TestHostileFiles(t *testing.T) {
	bomb := "a: &a [x, x, x, x, x, x, x, x, x, x]\n"
	for c := 'b'; c <= 'j'; c++ {
		former := fmt.Sprintf("*%c", c-1)
		bomb += fmt.Sprintf("%c: &%c [%s%s]\n", c, c, strings.Repeat(former+", ", 9), former)
	}
	profile := func(with string) string { return strings.Replace(fictitious, "profile: {", "profile: "+with, 1) }
	for name, test := range map[string]struct{ text, want string }{
		"an alias of nothing": {profile("{bomb: *j, "), "unknown anchor"},
		"aliases of aliases":  {bomb + profile("{bomb: *j, "), "excessive aliasing"},
		"a key twice":         {"id: another\n" + fictitious, "already defined"},
		"a second document":   {fictitious + "---\nid: hidden\n", ": a file is one document"},
		"one that has itself": {profile("&p {x: *p, "), "contains itself"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := load(test.text); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %.300v, want %q", err, test.want)
			}
		})
	}
}

// TestCheckOfOneFile: a file is judged beside those built in; one of the same bank group would take the place of that.
func TestCheckOfOneFile(t *testing.T) {
	for name, file := range map[string]string{
		"a new bank":        "testdata/banque-fictive.yaml",
		"one that is there": "institutions/societegenerale.yaml",
	} {
		t.Run(name, func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			banks, err := catalogue.Embedded()
			if err != nil {
				t.Fatal(err)
			}
			if _, err := banks.Check(data, nil); err != nil {
				t.Error(err)
			}
			taken := strings.ReplaceAll(string(data), "id: societegenerale\n", "id: another\n")
			_, err = banks.Check([]byte(taken), nil)
			twice := err != nil && strings.Contains(err.Error(), "is described twice")
			if twice != (taken != string(data)) {
				t.Errorf("with institutions of another bank: %v", err)
			}
		})
	}
}
