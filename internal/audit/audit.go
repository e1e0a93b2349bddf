// Package audit is the append-only, hash-chained log of who did what. It also
// fuses the access check with the entry: Authorize answers yes only after the
// entry is written, so nothing secret happens unseen.
package audit

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/clock"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/internal/note"
	"github.com/sealkeeper/sealkeeper/internal/origin"
	"github.com/sealkeeper/sealkeeper/internal/tracing"
)

// Store keeps the entries. Writes are serialised: the chain has one end.
type Store interface {
	// AppendAudit calls next with the newest entry (the zero Entry if there is
	// none) and writes what it returns, all of it or nothing, both in one serialised transaction.
	AppendAudit(ctx context.Context, next func(newest Entry) []Entry) error
	// AuditEntries returns up to limit entries with Seq >= from, lowest first.
	AuditEntries(ctx context.Context, from int64, limit int) ([]Entry, error)
	// LatestAudit returns up to limit of the newest entries, newest first.
	LatestAudit(ctx context.Context, limit int) ([]Entry, error)
	// AuditPage returns the page of Listed that q asks for, of entries about things in reach.
	AuditPage(ctx context.Context, reach access.Reach, q listing.Query) (listing.Page[Entry], error)
}

// Gate says why an act is refused to everybody just now; nil lets it pass.
type Gate func(ctx context.Context, action access.Action) error

// Log writes and reads the audit log. It is safe for concurrent use.
type Log struct {
	store    Store
	writer   *writer
	refusals *refusals
	denied   atomic.Int64 // refusals since the start, each repetition too
	now      func() time.Time
	gates    []Gate
	places   Places   // nil: rights on a part allow nothing
	machines Machines // nil: the program itself is the only one

	mu       sync.Mutex
	readings map[string]time.Time // who has read what, and when it was written down
}

// New returns a log on store. now is the clock, time.Now outside of tests. Authorize asks the gates too.
func New(store Store, now func() time.Time, gates ...Gate) *Log {
	return &Log{
		store:    store,
		writer:   newWriter(store),
		refusals: &refusals{kinds: map[kind]*repeats{}},
		now:      clock.Micros(now),
		gates:    gates,
		readings: map[string]time.Time{},
	}
}

// Authorize checks that caller may do action on object and records it, before
// the act. It returns Denied when the caller may not, what a gate says when nobody may just
// now, and Unavailable when the entry cannot be written: what cannot be audited does not happen.
func (l *Log) Authorize(ctx context.Context, caller access.Caller, action access.Action, object string) error {
	if err := l.Permit(ctx, caller, action, object); err != nil {
		return err
	}
	if action.Confirmed() == access.Everywhere {
		if err := l.Confirmed(ctx, caller, action, object); err != nil {
			return err
		}
	}
	for _, gate := range l.gates {
		if err := gate(ctx, action); err != nil {
			return l.Refuse(ctx, caller, action, object, err)
		}
	}
	return l.Record(ctx, caller, action, object, Allowed, note.Note{})
}

// Permit is Authorize for reading what is not secret: only a refusal is recorded.
func (l *Log) Permit(ctx context.Context, caller access.Caller, action access.Action, object string) error {
	allowed, err := l.May(ctx, caller, action, object)
	if allowed || err != nil {
		return err
	}
	return l.Refuse(ctx, caller, action, object, notPermitted(caller, action, object))
}

// Confirmed refuses somebody at the console who has not shown of late that it is them, if the action is one of those
// that are confirmed. Authorize asks for what is confirmed everywhere; who knows that live is
// touched asks for the rest.
func (l *Log) Confirmed(ctx context.Context, caller access.Caller, action access.Action, object string) error {
	if action.Confirmed() == access.Nowhere || !caller.Unconfirmed(l.now()) {
		return nil
	}
	return l.Refuse(ctx, caller, action, object, ConfirmFirst())
}

// ConfirmFirst is the refusal of somebody at the console who has not shown of late that it is them.
func ConfirmFirst() error {
	return fault.New(fault.Denied, "confirm_needed",
		"This is done only by somebody who has shown within the last 10 minutes that it is them: confirm it with your "+
			"passkey or, if you have none, sign in with a new link, and do it again.")
}

// AtConsole refuses whoever comes with a bearer token what is done only by somebody who is signed in.
func (l *Log) AtConsole(ctx context.Context, caller access.Caller, action access.Action, object string) error {
	if caller.Way != access.ByToken {
		return nil
	}
	return l.Refuse(ctx, caller, action, object, SessionNeeded())
}

// SessionNeeded is the refusal of a bearer token.
func SessionNeeded() error {
	return fault.New(fault.Denied, "session_needed",
		"A bearer token is not enough for this: any program may hold it. Sign in to the console and do it there.")
}

// Bound refuses, as something that does not exist, a registration that a service account is not bound to. It
// comes before everything that would tell whether there is one.
func (l *Log) Bound(ctx context.Context, caller access.Caller, action access.Action, registrationID string) error {
	if caller.Knows(registrationID) {
		return nil
	}
	return l.Refuse(ctx, caller, action, registrationID, RegistrationUnknown())
}

// RegistrationUnknown is the answer about a registration that there is not.
func RegistrationUnknown() error {
	return fault.New(fault.NotFound, "registration_unknown", "There is no such registration.")
}

// PurposeMissing refuses a service account what it has no purpose for.
func PurposeMissing(purpose access.Purpose) error {
	return fault.New(fault.Denied, "purpose_missing",
		"This service account does not have the purpose %q; ask an administrator for it.", purpose)
}

// Record appends one entry. Its detail must not contain a secret.
func (l *Log) Record(
	ctx context.Context, caller access.Caller, action access.Action, object string, outcome Outcome, detail note.Note,
) error {
	return l.write(ctx, l.entry(ctx, caller, action, object, outcome, detail))
}

func (l *Log) entry(
	ctx context.Context, caller access.Caller, action access.Action, object string, outcome Outcome, detail note.Note,
) Entry {
	return Entry{
		At:         l.now(),
		CallerID:   caller.ID,
		CallerName: caller.Name,
		Action:     action,
		Object:     object,
		Outcome:    outcome,
		Code:       detail.Code,
		Args:       detail.Args,
		Detail:     detail.Text,
		Origin:     comesFrom(ctx),
	}
}

// comesFrom is what an entry says of the request that it comes from: address, id and, where it is traced, its trace.
func comesFrom(ctx context.Context) string {
	text := origin.Of(ctx).String()
	if id := tracing.ID(ctx); text != "" && id != "" {
		text += " " + id
	}
	return text
}

func (l *Log) write(ctx context.Context, entry Entry) error {
	if err := l.writer.append(ctx, entry); err != nil {
		return fault.Wrap(err, fault.Unavailable, "audit_unavailable",
			"The audit log cannot be written, so nothing was done; try again, and tell the operator if it stays so.")
	}
	return nil
}

// Do authorises an act, has it done, and records how it ended. What the act returns
// is said of it; when it fails, its error is.
func (l *Log) Do(
	ctx context.Context, caller access.Caller, action access.Action, object string, act func() (note.Note, error),
) error {
	if err := l.Authorize(ctx, caller, action, object); err != nil {
		return err
	}
	detail, err := act()
	return l.Finish(ctx, caller, action, object, detail, err)
}

// Finish records how an act ended that Authorize allowed and Do cannot hold: Done, or
// Failed with what may be kept of err. The act's own error is what the caller hears; it
// wins over a failure to write this second entry.
func (l *Log) Finish(
	ctx context.Context, caller access.Caller, action access.Action, object string, detail note.Note, err error,
) error {
	outcome := Done
	if err != nil {
		outcome, detail = Failed, note.OfCode(err)
	}
	// The act has happened: the entry is wanted even if the caller hung up meanwhile.
	written := l.Record(context.WithoutCancel(ctx), caller, action, object, outcome, detail)
	if err != nil {
		return err
	}
	return written
}

// Latest returns the newest entries, newest first, to callers who may read the log.
func (l *Log) Latest(ctx context.Context, caller access.Caller, limit int) ([]Entry, error) {
	if err := l.Permit(ctx, caller, access.AuditRead, ""); err != nil {
		return nil, err
	}
	return l.store.LatestAudit(ctx, limit)
}
