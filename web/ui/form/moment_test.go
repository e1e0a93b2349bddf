package form_test

import (
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/web/ui/form"
)

func TestMomentWhenClocksChange(t *testing.T) {
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct{ typed, utc, code string }{
		"any day":                {"2026-12-01T10:00", "2026-12-01T09:00", ""},
		"before it goes forward": {"2027-03-28T01:59", "2027-03-28T00:59", ""},
		"that does not come":     {"2027-03-28T02:30", "", "switch_at_unclear"},
		"after it went forward":  {"2027-03-28T03:00", "2027-03-28T01:00", ""},
		"before it goes back":    {"2027-10-31T01:59", "2027-10-30T23:59", ""},
		"that comes twice":       {"2027-10-31T02:30", "", "switch_at_unclear"},
		"after it went back":     {"2027-10-31T03:00", "2027-10-31T02:00", ""},
		"no moment":              {"tomorrow", "", "switch_at_invalid"},
	} {
		t.Run(name, func(t *testing.T) {
			at, err := form.Moment(test.typed, paris)
			if err != nil {
				if fault.Code(err) != test.code {
					t.Error(err)
				}
				return
			}
			if got := at.UTC().Format(form.LocalTime); test.code != "" || got != test.utc {
				t.Errorf("it is %s UTC, want %s %s", got, test.utc, test.code)
			}
		})
	}
}
