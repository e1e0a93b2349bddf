package catalogue_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sealkeeper/sealkeeper/registration/catalogue"
)

func TestChangeRuleOfABank(t *testing.T) {
	a := catalogue.Acceptance{}
	for key, value := range map[string]string{
		catalogue.KeyChannel:        "api",
		catalogue.KeyLeadTime:       "1",
		catalogue.KeyEffect:         "next_working_day 14:00 cut-off 09:59",
		catalogue.KeyOverlap:        "5 days",
		catalogue.KeyTogether:       "yes",
		catalogue.KeyLeadTime + "?": "",
	} {
		a = a.With(key, catalogue.Fact{Value: value})
	}
	want := catalogue.ChangeRule{
		Channel:       "api",
		LeadDays:      1,
		Effect:        catalogue.NextWorkingDay,
		At:            14 * time.Hour,
		CutOff:        9*time.Hour + 59*time.Minute,
		Overlap:       "yes",
		OverlapDays:   5,
		Together:      true,
		ConsentImpact: catalogue.Unknown,
	}
	if diff := cmp.Diff(want, a.Rule()); diff != "" {
		t.Error(diff)
	}
	if r := (catalogue.Acceptance{}).Rule(); r.LeadDays != -1 || r.Channel != catalogue.Unknown || !r.Announced() {
		t.Errorf("a bank of which nothing is known: %+v", r)
	}
}

func TestValuesOfFacts(t *testing.T) {
	for key, bad := range map[string][]string{
		catalogue.KeyChannel:      {"", "phone", "None"},
		catalogue.KeyLeadTime:     {"soon", "-1", "251", "1.5"},
		catalogue.KeyEffect:       {"tomorrow", "next_working_day 25:00 cut-off 09:59", "next_working_day 14:00"},
		catalogue.KeyOverlap:      {"0 days", "maybe", "5"},
		catalogue.KeyTokenBinding: {"rfc8705"},
		"hosts":                   {"unknown", "yes"},
	} {
		for _, value := range bad {
			if catalogue.CheckFact(key, value) == nil {
				t.Errorf("%s may be %q", key, value)
			}
		}
	}
}

// TestRecordedFactsComeFirst: of the bank group, and before them those of the institution.
func TestRecordedFactsComeFirst(t *testing.T) {
	banks, err := catalogue.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	said := func(value string) catalogue.Fact { return catalogue.Fact{Value: value, Recorded: "f1"} }
	banks.Record(map[string]map[string]catalogue.Fact{
		"societegenerale":  {catalogue.KeyOverlap: said("5 days"), catalogue.KeyAnnouncedTokens: said("yes")},
		"soc-gen-business": {catalogue.KeyOverlap: said("no")},
	})
	for id, want := range map[string]string{
		"soc-gen-personal":  "5 days",
		"soc-gen-business":  "no",
		"soc-gen-corporate": "5 days",
	} {
		in, _ := banks.Institution(id)
		if in.Acceptance.Overlap.Value != want || in.Acceptance.Channel.Value != "email" {
			t.Errorf("%s: %+v", id, in.Acceptance)
		}
		if in.AnnouncedInForce() != (in.Tokens.Announced != nil) {
			t.Errorf("%s: the announced rules of tokens are in force: %v", id, in.AnnouncedInForce())
		}
	}
	banks.Record(nil)
	if in, _ := banks.Institution("soc-gen-corporate"); in.Acceptance.Overlap.Value != catalogue.Unknown ||
		in.AnnouncedInForce() {
		t.Error("what was withdrawn still counts")
	}
}
