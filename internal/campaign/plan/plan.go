// Package plan answers one question: by when has a change of certificates to be announced and made at a bank? Pure:
// facts in, days and a risk out.
package plan

import (
	"cmp"
	"time"

	"github.com/sealkeeper/sealkeeper/connector/calendar"
	"github.com/sealkeeper/sealkeeper/internal/workday"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
)

// Facts are what a plan for one registration is made of.
type Facts struct {
	Now   time.Time
	From  time.Time // when the new certificates are valid
	Until time.Time // when the old ones end, by themselves or by law
	Rule  catalogue.ChangeRule
	Days  workday.Calendar
	Zone  *time.Location // the bank's clock
	Eves  bool           // a change on the eve of a pause is wanted
}

// Risk is how much time there is.
type Risk string

// The risks, the highest first.
const (
	Over    Risk = "over"    // the old certificates have ended
	Late    Risk = "late"    // the last safe day to announce the change, or to make it, is over
	Tight   Risk = "tight"   // it comes within Warning working days
	Unclear Risk = "unclear" // there is time, if the bank needs no more of it than was assumed
	Calm    Risk = "calm"
)

// What is assumed of a bank that has said nothing, in working days, and how much is kept.
const (
	AssumedLead     = 10
	AssumedApproval = 5 // until somebody at the bank has agreed
	Margin          = 2 // between the change and the end: to see that it works, and to go back
	Warning         = 5
)

// usualHour is when a change is suggested that may be made at any time: people are at work on both sides.
const usualHour = 10 * time.Hour

// Plan is when what has to be done at a bank.
type Plan struct {
	AnnounceBy calendar.Date // last safe day to tell the bank; zero: it is not told
	SwitchBy   time.Time     // last safe moment of the change
	Suggested  time.Time     // the first sensible moment from now on
	Risk       Risk
	Gap        bool // calls fail between the change at the bank and ours, unless both are made at one minute
	Assumed    bool // the bank's lead time or effect is not known
}

// For plans backwards from the end of the old certificates.
func For(f Facts) Plan {
	lead, assumed := lead(f.Rule)
	today := calendar.Of(f.Now, f.Zone)
	last := f.Days.Add(calendar.Of(f.Until, f.Zone), -Margin-1)
	for f.unwanted(last) {
		last = f.Days.Add(last, -1)
	}
	p := Plan{
		SwitchBy: last.At(f.hour(), f.Zone).UTC(),
		Assumed:  assumed,
		Gap:      f.Rule.Overlap == "no" && f.Rule.Effect != catalogue.SameMinute,
	}
	due := last
	if f.Rule.Announced() {
		p.AnnounceBy = last
		if lead > 0 {
			p.AnnounceBy = f.Days.Add(last, -lead)
		}
		due = p.AnnounceBy
	}
	p.Suggested = f.suggested(today, lead)
	p.Risk = f.risk(p, today, due)
	return p
}

// Told is the plan p once the bank is told, now: it stops accepting the old certificates when its overlap is over,
// however long they are valid.
func Told(f Facts, p Plan) Plan {
	if f.Rule.Overlap != "no" && f.Rule.OverlapDays == 0 || f.Rule.Effect == catalogue.SameMinute {
		return p
	}
	lead, assumed := lead(f.Rule)
	if assumed { // the moment that the bank names in its answer is the first that is known
		return p
	}
	known := f.suggested(calendar.Of(f.Now, f.Zone), lead)
	by := known
	if days := f.Rule.OverlapDays; days > 0 {
		last := calendar.Of(known, f.Zone).AddDays(days)
		for f.unwanted(last) && calendar.Of(known, f.Zone).Before(last) {
			last = last.AddDays(-1)
		}
		by = last.At(f.hour(), f.Zone).UTC()
	}
	if by.Before(p.SwitchBy) {
		p.SwitchBy = by
	}
	if known.After(p.Suggested) {
		p.Suggested = known
	}
	return p
}

// lead is how many working days pass between the announcement and its effect.
func lead(r catalogue.ChangeRule) (days int, assumed bool) {
	if !r.Announced() {
		return 0, false
	}
	days = r.LeadDays
	if days < 0 {
		days, assumed = AssumedLead, true
	}
	switch r.Effect {
	case catalogue.NextWorkingDay:
		days = max(days, 1)
		if r.CutOff > 0 { // what is said after the cut-off counts a day later
			days = max(days, 2)
		}
	case catalogue.AfterApproval:
		days, assumed = days+AssumedApproval, true
	case catalogue.EffectUnknown:
		assumed = true
	}
	return days, assumed
}

// hour is the time of day of a change.
func (f Facts) hour() time.Duration {
	if f.Rule.Effect == catalogue.NextWorkingDay {
		return cmp.Or(f.Rule.At, usualHour)
	}
	return usualHour
}

func (f Facts) unwanted(d calendar.Date) bool { return !f.Days(d) || !f.Eves && f.Days.Eve(d) }

// suggested is the first moment at which the bank can know the new certificates, if it is told today.
func (f Facts) suggested(today calendar.Date, lead int) time.Time {
	d := today
	if lead > 0 {
		d = f.Days.Add(today, lead)
	}
	if from := calendar.Of(f.From, f.Zone); d.Before(from) {
		d = from
	}
	for {
		at := d.At(f.hour(), f.Zone)
		if !f.unwanted(d) && at.After(f.Now) && at.After(f.From) {
			return at.UTC()
		}
		d = d.AddDays(1)
	}
}

func (f Facts) risk(p Plan, today, due calendar.Date) Risk {
	switch {
	case !f.Now.Before(f.Until):
		return Over
	case due.Before(today) || p.Suggested.After(p.SwitchBy):
		return Late
	case !f.Days.Add(today, Warning).Before(due):
		return Tight
	case p.Assumed || f.Rule.Overlap == catalogue.Unknown:
		return Unclear
	}
	return Calm
}
