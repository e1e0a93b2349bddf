package audit

import (
	"context"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/internal/note"
)

// The filters of the log.
const (
	FilterObject  = "object"  // id of what was acted on
	FilterPerson  = "person"  // id of who acted
	FilterAction  = "action"  // such as cert.import
	FilterOutcome = "outcome" // allowed, denied, done, failed
	FilterFrom    = "from"    // a day or a time, the first that counts
	FilterUntil   = "until"   // a day, the last that counts; or a time, the first that does not
	FilterFold    = "fold"    // FoldMachines: no entry is left out, and many are one line
)

// Outcomes are all of them.
var Outcomes = []Outcome{Allowed, Denied, Done, Failed}

// Listed is what can be asked of the log as a list.
var Listed = listing.Spec{
	Name:  "audit",
	Sorts: []string{"-at", "at"},
	Filters: map[string]listing.Check{
		FilterObject:  listing.Text,
		FilterPerson:  listing.Text,
		FilterAction:  listing.Text, // older entries may have actions that there are no more
		FilterOutcome: listing.OneOf(Outcomes...),
		FilterFrom:    isMoment,
		FilterUntil:   isMoment,
		FilterFold:    listing.OneOf(FoldMachines),
	},
}

func isMoment(value string) string {
	if _, _, err := moment(value); err != nil {
		return "must be a day (2027-01-23, in UTC) or a time (2027-01-23T12:00:00Z)"
	}
	return ""
}

func moment(value string) (at time.Time, day bool, err error) {
	if at, err = time.Parse(time.DateOnly, value); err == nil {
		return at, true, nil
	}
	at, err = time.Parse(time.RFC3339Nano, value)
	return at, false, err
}

// Between returns the times of a query of Listed: entries count from from on, until before until. The zero time is
// no bound.
func Between(q listing.Query) (from, until time.Time) {
	if at, _, err := moment(q.Filters[FilterFrom]); err == nil {
		from = at
	}
	if at, day, err := moment(q.Filters[FilterUntil]); err == nil {
		if until = at; day {
			until = at.AddDate(0, 0, 1)
		}
	}
	return from, until
}

// Page returns a part of the log to callers who may read it. That they do is in the log too: who asks for one
// thing, page after page, within a while, has one entry.
func (l *Log) Page(ctx context.Context, caller access.Caller, q listing.Query) (listing.Page[Line], error) {
	reach, err := l.Reach(ctx, caller, access.AuditRead)
	if err != nil {
		return listing.Page[Line]{}, err
	}
	if err := l.noteReading(ctx, caller, q); err != nil {
		return listing.Page[Line]{}, err
	}
	if q.Filters[FilterFold] != "" {
		return l.fold(ctx, reach, q)
	}
	page, err := l.store.AuditPage(ctx, reach, q)
	return listing.Map(page, func(e Entry) Line { return Line{Entry: e, Count: 1, Other: e.At} }), err
}

const (
	// readingLasts is how long one entry stands for further pages of the same question.
	readingLasts = 10 * time.Minute
	// readingsMost bounds what is remembered. When it is full, all is forgotten: there are more entries then, and
	// none is missing.
	readingsMost = 1024
)

func (l *Log) noteReading(ctx context.Context, caller access.Caller, q listing.Query) error {
	asked := question(q)
	key := caller.ID + " " + asked
	l.mu.Lock()
	before, known := l.readings[key]
	l.mu.Unlock()
	if known && l.now().Sub(before) < readingLasts {
		return nil
	}
	says := note.New("log_read", "all of it")
	if asked != "" {
		says = note.New("log_read_part", "%s", asked)
	}
	if err := l.Record(ctx, caller, access.AuditRead, q.Filters[FilterObject], Done, says); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.readings) >= readingsMost {
		clear(l.readings)
	}
	l.readings[key] = l.now()
	return nil
}

// question is what a query asks of the log, wherever its page begins, with the filters in one order.
func question(q listing.Query) string {
	var parts []string
	for _, name := range []string{
		FilterObject, FilterPerson, FilterAction, FilterOutcome, FilterFrom, FilterUntil,
	} {
		if value := q.Filters[name]; value != "" {
			parts = append(parts, name+"="+value)
		}
	}
	return strings.Join(parts, " ")
}

// DoneTo returns all that a caller has done to an object since then, the newest entries first, for decisions that
// depend on it: nobody hides one act behind many. It is the program that asks, so it is not recorded.
func (l *Log) DoneTo(
	ctx context.Context, callerID string, action access.Action, object string, since time.Time,
) ([]Entry, error) {
	q := Listed.Query()
	q.Limit = listing.MaxLimit
	q.Filters[FilterPerson], q.Filters[FilterAction] = callerID, string(action)
	q.Filters[FilterObject], q.Filters[FilterOutcome] = object, string(Done)
	q.Filters[FilterFrom] = since.UTC().Format(time.RFC3339Nano)
	q.Uncounted = true
	var done []Entry
	for {
		page, err := l.store.AuditPage(ctx, access.Whole(), q)
		if done = append(done, page.Items...); err != nil || page.Next == "" {
			return done, err
		}
		if q, err = q.Behind(page.Next); err != nil {
			return done, err
		}
	}
}
