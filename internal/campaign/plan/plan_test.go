package plan_test

import (
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/campaign/plan"
	"github.com/sealkeeper/sealkeeper/internal/workday"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
)

func facts(t testing.TB, rule map[string]string) plan.Facts {
	t.Helper()
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	var a catalogue.Acceptance
	for key, value := range rule {
		if err := catalogue.CheckFact(key, value); err != nil {
			t.Fatal(err)
		}
		a = a.With(key, catalogue.Fact{Value: value})
	}
	return plan.Facts{
		Now:   time.Date(2026, 11, 30, 8, 0, 0, 0, time.UTC), // Monday
		From:  time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC),  // the new one is valid already
		Until: time.Date(2027, 1, 29, 12, 0, 0, 0, time.UTC), // a Friday
		Rule:  a.Rule(),
		Days:  workday.Bank("FR"),
		Zone:  paris,
	}
}

// TestChangeRules: the five rules that French banks have, and a bank that says nothing.
func TestChangeRules(t *testing.T) {
	for name, test := range map[string]struct {
		rule                            map[string]string
		announceBy, switchBy, suggested string
		risk                            plan.Risk
		gap                             bool
	}{
		"nothing to tell": {
			map[string]string{"channel": "none", "overlap": "yes", "effect": "at_once"},
			"", "2027-01-26T10:00", "2026-11-30T10:00", plan.Calm, false,
		},
		"portal at the same minute": {
			map[string]string{"channel": "portal", "lead_time": "0", "effect": "same_minute", "overlap": "no"},
			"2027-01-26", "2027-01-26T10:00", "2026-11-30T10:00", plan.Calm, false,
		},
		"next working day": {
			map[string]string{
				"channel": "api", "lead_time": "1", "effect": "next_working_day 14:00 cut-off 09:59", "overlap": "no",
			},
			"2027-01-22", "2027-01-26T14:00", "2026-12-02T14:00", plan.Calm, true,
		},
		"people at the bank agree": {
			map[string]string{"channel": "api", "lead_time": "3", "effect": "approval", "overlap": "yes"},
			"2027-01-14", "2027-01-26T10:00", "2026-12-10T10:00", plan.Unclear, false,
		},
		"e-mail, nothing known": {
			map[string]string{"channel": "email"},
			"2027-01-12", "2027-01-26T10:00", "2026-12-14T10:00", plan.Unclear, false,
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := facts(t, test.rule)
			p := plan.For(f)
			switchBy := p.SwitchBy.In(f.Zone).Format("2006-01-02T15:04")
			suggested := p.Suggested.In(f.Zone).Format("2006-01-02T15:04")
			if p.AnnounceBy.String() != test.announceBy || switchBy != test.switchBy || suggested != test.suggested ||
				p.Risk != test.risk || p.Gap != test.gap {
				t.Errorf("announce by %s, switch by %s, suggested %s, %s, gap %v", p.AnnounceBy, switchBy, suggested,
					p.Risk, p.Gap)
			}
		})
	}
}

func TestRisksAndEves(t *testing.T) {
	f := facts(t, map[string]string{"channel": "email", "lead_time": "5", "effect": "at_once", "overlap": "yes"})
	for until, want := range map[string]plan.Risk{
		"2027-03-01": plan.Calm,
		"2026-12-17": plan.Tight,
		"2026-12-08": plan.Late,
		"2026-11-29": plan.Over,
	} {
		var err error
		if f.Until, err = time.Parse(time.DateOnly, until); err != nil {
			t.Fatal(err)
		}
		if got := plan.For(f); got.Risk != want {
			t.Errorf("until %s: %s (announce by %s, suggested %s, switch by %s)", until, got.Risk, got.AnnounceBy,
				got.Suggested, got.SwitchBy)
		}
	}
	f.Until = time.Date(2027, 3, 1, 0, 0, 0, 0, time.UTC)
	f.Now = time.Date(2026, 12, 4, 7, 0, 0, 0, time.UTC) // Friday: five working days on is Friday again
	if got := plan.For(f).Suggested.Format(time.DateOnly); got != "2026-12-14" {
		t.Errorf("a change is suggested on %s, the eve of a weekend or after", got)
	}
	f.Eves = true
	if got := plan.For(f).Suggested.Format(time.DateOnly); got != "2026-12-11" {
		t.Errorf("chosen: %s", got)
	}
	f.From = time.Date(2027, 1, 4, 9, 30, 0, 0, time.UTC) // after ten in Paris
	if got := plan.For(f).Suggested.Format(time.DateOnly); got != "2027-01-05" {
		t.Errorf("before the new certificate is valid: %s", got)
	}
}

// TestToldBanksStopAcceptingTheOldOne: once a bank knows the new certificate, its overlap runs.
func TestToldBanksStopAcceptingTheOldOne(t *testing.T) {
	for name, test := range map[string]struct {
		rule               map[string]string
		switchBy, sensible string
	}{
		"five days": {
			map[string]string{"channel": "email", "lead_time": "3", "effect": "at_once", "overlap": "5 days"},
			"2026-12-08T10:00", "2026-12-03T10:00", // Thursday and five days: Tuesday
		},
		"five days that end on the eve of a weekend": {
			map[string]string{"channel": "email", "lead_time": "6", "effect": "at_once", "overlap": "4 days"},
			"2026-12-10T10:00", "2026-12-08T10:00", // Saturday the 12th, then Friday
		},
		"no overlap": {
			map[string]string{
				"channel": "api", "lead_time": "1", "effect": "next_working_day 14:00 cut-off 09:59", "overlap": "no",
			},
			"2026-12-02T14:00", "2026-12-02T14:00",
		},
		"as long as both are valid": {
			map[string]string{"channel": "email", "lead_time": "3", "effect": "at_once", "overlap": "yes"},
			"2027-01-26T10:00", "2026-12-03T10:00",
		},
		"nobody knows when": {
			map[string]string{"channel": "email", "overlap": "5 days"},
			"2027-01-26T10:00", "2026-12-14T10:00",
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := facts(t, test.rule)
			p := plan.Told(f, plan.For(f))
			switchBy := p.SwitchBy.In(f.Zone).Format("2006-01-02T15:04")
			suggested := p.Suggested.In(f.Zone).Format("2006-01-02T15:04")
			if switchBy != test.switchBy || suggested != test.sensible {
				t.Errorf("switch by %s, suggested %s", switchBy, suggested)
			}
		})
	}
}

func BenchmarkPlan5000(b *testing.B) {
	f := facts(b, map[string]string{"channel": "email"})
	for b.Loop() {
		for range 5000 {
			plan.For(f)
		}
	}
}
