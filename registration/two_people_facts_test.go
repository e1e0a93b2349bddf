package registration_test

import (
	"strings"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/connector/calendar"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/identity"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
)

// What calls follow is recorded and withdrawn by two people where it counts on live; the rest by one.
func TestFactsThatCallsFollowTakeTwoPeopleOnLive(t *testing.T) {
	const live = "soc-gen-corporate"
	s := stack.New(t)
	ctx := t.Context()
	root := identity.User{ID: stack.Admin.ID, Name: "Root", Roles: stack.Admin.Roles, CreatedAt: s.Now}
	must(t, s.DB.AddUser(ctx, root))
	record := func(institution, key, value string, whole bool) (registration.BankFact, error) {
		return s.Registrations.RecordBankFact(ctx, stack.Admin, institution, whole, registration.BankFact{
			Key:      key,
			Value:    value,
			Source:   "support, by e-mail",
			SaidOn:   calendar.Of(s.Now, time.UTC),
			Evidence: "4711",
		})
	}
	inForce := func() string {
		t.Helper()
		in, _ := s.Catalogue.Institution(live)
		return in.AnnouncedTokens.Value
	}
	_, err := record(live, catalogue.KeyOverlap, "yes", false)
	must(t, err)
	_, err = record(stack.Enterprise, catalogue.KeyAnnouncedTokens, "yes", false) // a sandbox
	must(t, err)
	_, err = record(live, catalogue.KeyAnnouncedTokens, "perhaps", false)
	if fault.Code(err) != "bank_fact_value" {
		t.Errorf("a wrong one: %v", err)
	}
	_, err = record(live, catalogue.KeyOverlap, strings.Repeat("v", 10_000), false)
	if fault.Code(err) != "text_too_long" {
		t.Errorf("a long one is repeated: %v", err)
	}
	for name, institution := range map[string]string{"the institution": live, "its whole bank": stack.Enterprise} {
		_, err = record(institution, catalogue.KeyAnnouncedTokens, "yes", institution != live)
		if fault.Code(err) != "change_requested" || inForce() != "" {
			t.Fatalf("%s: one person has it in force %q: %v", name, inForce(), err)
		}
		asked := waiting(t, s, access.BankFactRecord)
		if c := asked.Changes[0]; c.Before != "" || c.After != "yes\nsupport, by e-mail\n4711" {
			t.Errorf("%s: the second person sees %+v", name, c)
		}
		approve(t, s, asked)
		if inForce() != "yes" {
			t.Fatalf("%s: two people, and in force is %q", name, inForce())
		}
		facts, err := s.Registrations.BankFacts(ctx, stack.Officer, institution)
		must(t, err)
		err = s.Registrations.WithdrawBankFact(ctx, stack.Admin, institution, facts[0].ID)
		if fault.Code(err) != "change_requested" || inForce() != "yes" {
			t.Fatalf("%s: one person has withdrawn it: %v", name, err)
		}
		approve(t, s, waiting(t, s, access.BankFactRecord))
		if inForce() != "" {
			t.Errorf("%s: withdrawn by two, and in force is %q", name, inForce())
		}
	}
}
