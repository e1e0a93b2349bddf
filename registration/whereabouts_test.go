package registration_test

import (
	"context"
	"errors"
	"testing"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
)

// belongings are what the records say, by the ids of things.
type belongings map[string]registration.Belonging

var errDown = errors.New("the database is down")

func (b belongings) Belonging(_ context.Context, id string) (registration.Belonging, error) {
	if id == "down" {
		return registration.Belonging{Organization: "o1"}, errDown
	}
	return b[id], nil
}

func (b belongings) OrganizationsByID(_ context.Context, ids []string) (all []registration.Organization, _ error) {
	for _, id := range ids {
		if id == "o1" {
			all = append(all, registration.Organization{ID: id, LegalName: "Exemple SAS"})
		}
	}
	return all, nil
}

func TestWhereabouts(t *testing.T) {
	banks, err := catalogue.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	where := registration.NewWhereabouts(belongings{
		"certificate":  {Organization: "o1"},
		"registration": {Organization: "o1", Institution: "soc-gen-personal"},
		"gone":         {Organization: "o1", Institution: "a bank that is in the catalogue no more"},
		"payment":      {Of: "registration"},
		"request":      {Of: "payment"},
		"case":         {Of: "request"},
		"step case":    {Of: "registration/portal_account"},
		"of enrolment": {Of: "o1.societegenerale.sandbox/portal_account"},
		"circle":       {Of: "circle"},
	}, banks)
	live := access.Place{Organization: "o1", Environment: "live", BankGroup: "societegenerale"}
	sandbox := live
	sandbox.Environment = "sandbox"
	bank := live
	bank.Organization = ""
	for id, want := range map[string]access.Place{
		"certificate":                  {Organization: "o1"},
		"registration":                 live,
		"payment":                      live,
		"case":                         live,
		"step case":                    live,
		"o1.societegenerale.sandbox":   sandbox,
		"of enrolment":                 sandbox,
		"soc-gen-personal":             bank,
		"gone":                         {Organization: "o1"},
		"circle":                       {},
		"unknown":                      {},
		"o1.societegenerale.elsewhere": {},
	} {
		if got, err := where.PlaceOf(t.Context(), id); err != nil || got != want {
			t.Errorf("%s is at %+v, want %+v (%v)", id, got, want, err)
		}
	}
	if _, err := where.PlaceOf(t.Context(), "down"); !errors.Is(err, errDown) {
		t.Errorf("a database that is down: %v", err)
	}
	for scope, want := range map[access.Scope]string{
		access.Everything: "",
		{Kind: access.ScopeOrganization, Value: "o1"}:           "Exemple SAS",
		{Kind: access.ScopeEnvironment, Value: "live"}:          "live",
		{Kind: access.ScopeBankGroup, Value: "societegenerale"}: "Societe Generale",
	} {
		if got, err := where.NameOf(t.Context(), scope); err != nil || got != want {
			t.Errorf("%+v is %q, want %q (%v)", scope, got, want, err)
		}
	}
	for _, scope := range []access.Scope{
		{Kind: access.ScopeEverywhere, Value: "x"},
		{Kind: access.ScopeOrganization, Value: "o2"},
		{Kind: access.ScopeEnvironment, Value: "production"},
		{Kind: access.ScopeBankGroup, Value: "soc-gen-personal"},
		{},
	} {
		if _, err := where.NameOf(t.Context(), scope); !errors.Is(err, fault.NotFound) {
			t.Errorf("%+v is known (%v)", scope, err)
		}
	}
}
