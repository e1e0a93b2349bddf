// Package audit is the append-only, hash-chained log of who did what. It also
// fuses the access check with the entry: Authorize answers yes only after the
// entry is written, so nothing secret happens unseen.
package audit

import (
	"cmp"
	"context"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/clock"
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
}

// Gate says why an act is refused to everybody just now; nil lets it pass.
type Gate func(ctx context.Context, action access.Action) error

// Log writes and reads the audit log. It is safe for concurrent use.
type Log struct {
	store  Store
	writer *writer
	now    func() time.Time
	gates  []Gate
}

// New returns a log on store. now is the clock, time.Now outside of tests. Authorize asks the gates too.
func New(store Store, now func() time.Time, gates ...Gate) *Log {
	return &Log{store: store, writer: newWriter(store), now: clock.Micros(now), gates: gates}
}

// Authorize checks that caller may do action on object and records it, before
// the act. It returns Denied when the caller may not, what a gate says when nobody may just
// now, and Unavailable when the entry cannot be written: what cannot be audited does not happen.
func (l *Log) Authorize(ctx context.Context, caller access.Caller, action access.Action, object string) error {
	if !caller.May(action) {
		return cmp.Or(l.Record(ctx, caller, action, object, Denied, ""), denied(action))
	}
	for _, gate := range l.gates {
		if err := gate(ctx, action); err != nil {
			_, code, _ := fault.Public(err)
			return cmp.Or(l.Record(ctx, caller, action, object, Denied, code), err)
		}
	}
	return l.Record(ctx, caller, action, object, Allowed, "")
}

// Permit is Authorize for reading what is not secret: only a refusal is recorded.
func (l *Log) Permit(ctx context.Context, caller access.Caller, action access.Action, object string) error {
	if caller.May(action) {
		return nil
	}
	if err := l.Record(ctx, caller, action, object, Denied, ""); err != nil {
		return err
	}
	return denied(action)
}

func denied(action access.Action) error {
	return fault.New(fault.Denied, "not_permitted", "Your role does not allow %q; ask an administrator for it.", action)
}

// Record appends one entry. Detail must not contain a secret.
func (l *Log) Record(
	ctx context.Context, caller access.Caller, action access.Action, object string, outcome Outcome, detail string,
) error {
	entry := Entry{
		At:         l.now(),
		CallerID:   caller.ID,
		CallerName: caller.Name,
		Action:     action,
		Object:     object,
		Outcome:    outcome,
		Detail:     detail,
	}
	if err := l.writer.append(ctx, entry); err != nil {
		return fault.Wrap(err, fault.Unavailable, "audit_unavailable",
			"The audit log cannot be written, so nothing was done; try again, and tell the operator if it stays so.")
	}
	return nil
}

// Finish records how an authorised act ended: Done, or Failed with the public code of err.
// The act's own error is what the caller hears; it wins over a failure to write this second entry.
func (l *Log) Finish(
	ctx context.Context, caller access.Caller, action access.Action, object, detail string, err error,
) error {
	outcome := Done
	if err != nil {
		outcome = Failed
		_, detail, _ = fault.Public(err)
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
