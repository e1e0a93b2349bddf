package usage

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// One host that is not over makes its instance so, whatever its version's number.
func TestReportsOfAnInstanceAreJoined(t *testing.T) {
	now := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	m := &Meter{cfg: Config{Now: func() time.Time { return now }}}
	at := func(host string, version int) Report {
		return Report{AccountID: "s", Instance: "i", Host: host, Version: version, ToldAt: now}
	}
	other, silent, held, stopped := at("b", 2), at("b", 2), at("b", 2), at("b", 2)
	other.Mismatched = true
	silent.Mismatched, silent.ToldAt = true, now.Add(-time.Hour)
	held.Problem = "no"
	stopped.Stopped = true
	unknown := at("b", 99)
	unknown.Mismatched = true
	for name, test := range map[string]struct {
		active  int
		reports []Report
		want    string
	}{
		"all over":                          {2, []Report{at("a", 2), at("b", 2)}, "over 2 a b"},
		"one behind":                        {2, []Report{at("a", 2), at("b", 1)}, "behind 1 a b"},
		"one behind, told first":            {2, []Report{at("b", 1), at("a", 2)}, "behind 1 a b"},
		"the oldest of two behind":          {3, []Report{at("a", 2), at("b", 1)}, "behind 1 a b"},
		"one on a later version, gone back": {1, []Report{at("a", 1), at("b", 2)}, "behind 2 a b"},
		"one with another certificate":      {2, []Report{at("a", 2), other}, "mismatched 2 a b other"},
		"one with another, told first":      {2, []Report{other, at("c", 2)}, "mismatched 2 b c other"},
		"one with an unknown version":       {2, []Report{at("a", 2), unknown}, "mismatched 99 a b other"},
		"a former version's other":          {3, []Report{other}, "mismatched 2 b other"},
		"another certificate, and silent":   {2, []Report{silent}, "silent 2 b other"},
		"held at one":                       {2, []Report{at("a", 2), held}, "held 2 a b"},
		"stopped":                           {1, []Report{stopped}, "stopped 2 b"},
	} {
		t.Run(name, func(t *testing.T) {
			all := m.reported(test.reports, nil, test.active, map[string]string{"s": "service"})
			if len(all) != 1 {
				t.Fatalf("%d instances", len(all))
			}
			s := all[0]
			got := fmt.Sprint(s.State, " ", s.Version, " ", strings.Join(s.Hosts, " "))
			if s.Mismatched {
				got += " other"
			}
			if got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}
