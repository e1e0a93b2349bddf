package plan

import (
	"time"

	"github.com/sealkeeper/sealkeeper/certs/rules"
)

// What is reckoned with, in hours of work. A firm's own figures differ; what matters is how they grow.
const (
	HoursPerRenewal = 4 // order a certificate, prove the firm's identity, upload it
	HoursPerTold    = 4 // a registration whose bank is told: write, wait for the answer, agree on a moment, watch
	HoursPerUntold  = 1 // one whose bank is not told
	HoursPerDay     = 7
)

// year is what a forecast is for, in days.
const year = 365

// Use is a QWAC in use.
type Use struct {
	From, Until  time.Time // of its validity
	Told, Untold int       // registrations that use it, by whether their bank is told of a change
}

// Load is the work of a year.
type Load struct {
	Validity    int       // longest validity, in days; 0: as certificates are issued now
	From        time.Time // from when on it is the longest; zero for 0
	Renewals    int
	ChangeOvers int // of registrations
	WorkingDays int
}

// Forecast adds up the work of a year with the QWACs in use: as they are, and under each validity that browsers' rules
// come to. QSealCs are no certificates of websites, and are not counted.
type Forecast struct {
	loads []Load
	hours []int // of each load
}

// NewForecast returns a Forecast of nothing yet.
func NewForecast(now time.Time) *Forecast {
	f := &Forecast{loads: []Load{{}}}
	for _, r := range rules.DatedRules() {
		if r.Code == rules.BrowserValidity && (r.Until.IsZero() || r.Until.After(now)) {
			f.loads = append(f.loads, Load{Validity: r.Limit, From: r.From})
		}
	}
	f.hours = make([]int, len(f.loads))
	return f
}

// Add adds a QWAC.
func (f *Forecast) Add(u Use) {
	for i := range f.loads {
		l := &f.loads[i]
		days := int(u.Until.Sub(u.From).Hours() / 24)
		if l.Validity > 0 {
			days = min(days, l.Validity)
		}
		times := perYear(days)
		l.Renewals += times
		l.ChangeOvers += times * (u.Told + u.Untold)
		f.hours[i] += times * (HoursPerRenewal + u.Told*HoursPerTold + u.Untold*HoursPerUntold)
		l.WorkingDays = (f.hours[i] + HoursPerDay - 1) / HoursPerDay
	}
}

// Loads returns the work: as certificates are issued now first.
func (f *Forecast) Loads() []Load { return f.loads }

// perYear is how often a certificate of so many days is replaced: 30 days before its end, or when two thirds of a short
// validity are over.
func perYear(days int) int {
	every := max(days-min(30, days/3), 1)
	return (year + every - 1) / every
}
