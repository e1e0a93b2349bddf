package audit

import (
	"context"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/listing"
)

// FoldMachines is the value of FilterFold: what a service or the program itself did again and again within an hour is
// one line. What people did never is.
const FoldMachines = "machines"

// foldMost bounds how many entries a page of folded ones is made of. A page that has fewer lines than were asked for
// then goes on behind the last entry that was read.
const foldMost = 5000

// Line is an entry, or what stands for several like it.
type Line struct {
	Entry           // the first of them in the list's order
	Count int       // how many, at least 1
	Other time.Time // time of the last of them in the list's order
}

// Between are the times of the oldest and of the newest of them.
func (l Line) Between() (oldest, newest time.Time) {
	if l.At.Before(l.Other) {
		return l.At, l.Other
	}
	return l.Other, l.At
}

// Machines knows which callers are programs of ours.
type Machines interface {
	// ServiceAccountsAmong returns those of the ids that are service accounts'.
	ServiceAccountsAmong(ctx context.Context, ids []string) ([]string, error)
}

// KnowMachines has the log ask which callers are services. It is called before the log is used.
func (l *Log) KnowMachines(machines Machines) { l.machines = machines }

// likeness is what entries have in common that are folded.
type likeness struct {
	caller  string
	action  access.Action
	outcome Outcome
	hour    time.Time
}

// folding makes lines of entries.
type folding struct {
	log   *Log
	limit int
	lines []Line
	known map[likeness]int // lines that may grow
	are   map[string]bool  // of callers: whether they are machines
	last  Entry            // that is in the lines
	full  bool             // an entry was left that needs a line more
}

// fold reads a page of lines. It goes forwards only, so that it has no page before it.
func (l *Log) fold(ctx context.Context, reach access.Reach, q listing.Query) (listing.Page[Line], error) {
	f := folding{log: l, limit: q.Limit, known: map[likeness]int{}, are: map[string]bool{}}
	entries := q
	entries.Limit = listing.MaxLimit
	var folded listing.Page[Line]
	for read := 0; read < foldMost && !f.full; {
		page, err := l.store.AuditPage(ctx, reach, entries)
		if err != nil {
			return folded, err
		}
		if read == 0 {
			folded.Count = page.Count
		}
		entries.Uncounted = true // the first page has counted for all
		if err := f.add(ctx, page.Items); err != nil {
			return folded, err
		}
		read += len(page.Items)
		if folded.Next = page.Next; page.Next == "" {
			break
		}
		if entries, err = entries.Behind(page.Next); err != nil {
			return folded, err
		}
	}
	if f.full {
		folded.Next = q.At(false, f.last.At.UnixMicro(), f.last.Seq)
	}
	folded.Items = f.lines
	return folded, nil
}

func (f *folding) add(ctx context.Context, entries []Entry) error {
	if err := f.learn(ctx, entries); err != nil {
		return err
	}
	for _, e := range entries {
		like := likeness{e.CallerID, e.Action, e.Outcome, e.At.Truncate(time.Hour)}
		if i, grows := f.known[like]; grows {
			f.lines[i].Count++
			f.lines[i].Other = e.At
			f.last = e
			continue
		}
		if f.full = len(f.lines) == f.limit; f.full {
			return nil
		}
		if f.are[e.CallerID] {
			f.known[like] = len(f.lines)
		}
		f.lines, f.last = append(f.lines, Line{Entry: e, Count: 1, Other: e.At}), e
	}
	return nil
}

// learn finds out which of the callers are machines that are not known yet.
func (f *folding) learn(ctx context.Context, entries []Entry) error {
	var ask []string
	for _, e := range entries {
		if _, known := f.are[e.CallerID]; known {
			continue
		}
		f.are[e.CallerID] = access.IsProgram(e.CallerID)
		if !f.are[e.CallerID] {
			ask = append(ask, e.CallerID)
		}
	}
	if len(ask) == 0 || f.log.machines == nil {
		return nil
	}
	services, err := f.log.machines.ServiceAccountsAmong(ctx, ask)
	for _, id := range services {
		f.are[id] = true
	}
	return err
}
