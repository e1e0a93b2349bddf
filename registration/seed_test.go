package registration_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/sealkeeper/sealkeeper/internal/environment"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
)

// What the bank's procedure says, fact by fact, and where the catalogue has it.
func TestCatalogueHasEveryFactOfTheProcedure(t *testing.T) {
	banks, err := catalogue.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	segments := map[string]struct{ live, sandbox, ais, pis string }{
		"personal": {"soc-gen-personal", "soc-gen-personal-sandbox", "accounts-pri:1.4.2.17.3",
			"payment-requests-pri:1.4.2.27"},
		"professional": {"soc-gen-business", "soc-gen-business-sandbox", "accounts-pro:1.4.2.4.7",
			"payment-requests-pro:1.4.2.27"},
		"enterprise": {"soc-gen-corporate", "soc-gen-corporate-sandbox", "accounts-ent:1.4.2.4.8",
			"payment-requests-ent:1.4.2.27"},
	}
	for segment, want := range segments {
		for env, id := range map[environment.Name]string{
			environment.Live:    want.live,
			environment.Sandbox: want.sandbox,
		} {
			in, ok := banks.Institution(id)
			if !ok || in.Segment != segment || in.Environment != env {
				t.Fatalf("%s: %+v", id, in)
			}
			for i, api := range []string{want.ais, want.pis} {
				name, version, _ := strings.Cut(api, ":")
				if got := in.APIs[i]; got.Name != name || got.Version != version ||
					got.Link != "https://developer.societegenerale.fr/en/live/api/"+api {
					t.Errorf("%s: got %+v, want %s", id, got, api)
				}
			}
			is(t, id+" scopes", fmt.Sprint(in.Scopes), "[ais pis]")
			is(t, id+" accounts", fmt.Sprint(in.Group.Features.Accounts), "[accounts balance transactions identity]")
			is(t, id+" payments", fmt.Sprint(in.Group.Features.Payments), "[domestic-sepa]")
			is(t, id+" registration", in.Group.Registration, "manual")
			is(t, id+" support", in.Group.SupportEmail, "support-api-groupe-sg.fr@socgen.com")
			is(t, id+" access token", fmt.Sprint(in.Tokens.AccessMinutes), "30") // key point 1
			want := map[string]int{"personal": 2, "professional": 1, "enterprise": 4}[in.Segment]
			if got := len(in.KeyPoints()); got != want {
				t.Errorf("%s has %d key points, want %d", id, got, want)
			}
		}
	}
}

func is(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %q, want %q", what, got, want)
	}
}

func TestCatalogueHasTheTokenRules(t *testing.T) {
	banks, _ := catalogue.Embedded()
	personal, _ := banks.Institution("soc-gen-personal")
	is(t, "key point 2", fmt.Sprint(personal.Tokens.Refresh, personal.Tokens.RefreshDays), "rotating90")
	enterprise, _ := banks.Institution("soc-gen-corporate")
	is(t, "key point 3", enterprise.Tokens.Refresh, "none")
	announced := enterprise.Tokens.Announced
	is(t, "key point 4", fmt.Sprint(announced.RefreshHours), "24")
	is(t, "key point 5", fmt.Sprint(announced.AccessTokensPerRefresh, announced.AccessMinutesPerDay), "4 120")
	points := append(personal.KeyPoints(), enterprise.KeyPoints()[1:]...)
	for i, word := range []string{"30 minutes", "90 days", "no refresh token", "BNP", "2 hours"} {
		if !strings.Contains(points[i].EN, word) {
			t.Errorf("key point %d does not say %q: %s", i+1, word, points[i].EN)
		}
	}
}

func TestCatalogueHasThePortal(t *testing.T) {
	banks, _ := catalogue.Embedded()
	sandbox, _ := banks.Institution("soc-gen-personal-sandbox")
	live, _ := banks.Institution("soc-gen-personal")
	links := func(in catalogue.Institution) map[string]string {
		byID := map[string]string{}
		for _, l := range in.Links {
			byID[l.ID] = l.URL
		}
		return byID
	}
	is(t, "sign-up", links(live)["sign_up"], "https://sg-signin.societegenerale.fr/#/auth/sign-up")
	is(t, "sign-up", links(sandbox)["sign_up"], "https://sg-signin.societegenerale.fr/#/auth/sign-up")
	is(t, "new organization", links(sandbox)["new_customer_organization"],
		"https://developer.societegenerale.fr/en/sb/new_co")
	is(t, "new organization on live", links(live)["new_customer_organization"], "") // sandbox catalogue only
	is(t, "AISP product", fmt.Sprint(sandbox.Products[0].Name, sandbox.Products[0].Version, sandbox.Products[0].Link),
		"api-aisp1.1.5https://developer.societegenerale.fr/en/sb/prod/api-aisp:1.1.5")
	is(t, "PISP product", fmt.Sprint(sandbox.Products[1].Name, sandbox.Products[1].Version, sandbox.Products[1].Link),
		"api-pisp1.1.5https://developer.societegenerale.fr/en/sb/prod/api-pisp:1.1.5")
	if !strings.Contains(sandbox.Products[1].Note.EN, "leads to api-aisp") {
		t.Error("nothing warns of the PISP link that leads to the AISP product")
	}
	is(t, "test logins", fmt.Sprint(sandbox.SCAUsers), "[{55000002 111111 ais} {55000001 111111 pis}]")
	steps := map[environment.Name]map[string]catalogue.Step{}
	for _, in := range []catalogue.Institution{sandbox, live} {
		steps[in.Environment] = map[string]catalogue.Step{}
		for _, s := range in.Steps {
			steps[in.Environment][s.ID] = s
		}
		for _, id := range []string{
			"portal_account", "account_activated", "customer_organization", "application", "credentials_recorded",
			"subscribe_aisp", "subscribe_pisp",
			"certificates_uploaded", "institution_added", "client_and_terms_uri", "certificates_selected",
			"credentials_saved", "connection_tested", "activated",
		} {
			if _, listed := steps[in.Environment][id]; !listed {
				t.Errorf("the checklist of %s has no %s", in.Environment, id)
			}
		}
	}
	is(t, "the portal makes the sandbox organization", steps["sandbox"]["customer_organization"].Link,
		"https://developer.societegenerale.fr/en/sb/new_co")
	is(t, "the bank makes the live one", steps["live"]["customer_organization"].Check, catalogue.CheckBankAnswer)
	draft := steps["live"]["customer_organization"].Email.Body.EN
	for _, word := range []string{"{agreement_number}", "{contact_email}", "QWAC"} {
		if !strings.Contains(draft, word) {
			t.Errorf("the e-mail does not hold %s", word)
		}
	}
}

// Every key of every catalogue file is explained.
func TestEveryKeyIsDocumented(t *testing.T) {
	manual, err := os.ReadFile("../docs/institutions.md")
	if err != nil {
		t.Fatal(err)
	}
	explained := map[string]bool{"en": true, "fr": true}
	for i, part := range strings.Split(string(manual), "`") {
		if i%2 == 1 {
			explained[part] = true
		}
	}
	var walk func(n *yaml.Node, inside string)
	walk = func(n *yaml.Node, inside string) {
		if n.Kind == yaml.MappingNode && inside != "profile" && inside != "signature" && inside != "oauth" &&
			inside != "extra_headers" {
			for i := 0; i+1 < len(n.Content); i += 2 {
				if key := n.Content[i].Value; !explained[key] {
					t.Errorf("docs/institutions.md does not explain %q (line %d)", key, n.Content[i].Line)
				}
			}
		}
		for i, child := range n.Content {
			next := inside
			if n.Kind == yaml.MappingNode && i%2 == 1 {
				next = n.Content[i-1].Value
			}
			walk(child, next)
		}
	}
	for _, file := range []string{
		"catalogue/institutions/societegenerale.yaml",
		"catalogue/testdata/banque-fictive.yaml",
	} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var root yaml.Node
		if err := yaml.Unmarshal(text, &root); err != nil {
			t.Fatal(err)
		}
		walk(&root, "")
	}
}
