package audit

import (
	"context"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/note"
)

// Health reports why the log cannot be written now; nil means that it can.
// What cannot be audited does not happen, so a service whose log cannot be written
// does nothing. It costs nothing while writing works: it knows the outcome of the last
// attempt. After a failure it tries to write an entry that says so, and with that
// entry the outage is over.
func (l *Log) Health(ctx context.Context) error {
	o := l.writer.ongoing()
	if o.since.IsZero() {
		return nil
	}
	if !l.writer.mayAsk() {
		return unwritable(o)
	}
	detail := note.New("log_resumed", "since %s %d entries could not be written",
		o.since.UTC().Format(time.RFC3339), o.refused)
	err := l.Record(ctx, access.SystemCaller("audit log"), access.AuditResume, "", Done, detail)
	if err != nil {
		return unwritable(o)
	}
	l.writer.over(o)
	return nil
}

func unwritable(o outage) error {
	return fault.Wrap(o.cause, fault.Unavailable, "audit_unwritable",
		"The audit log has not been writable since %s, so nothing can be done; look at the database: is its "+
			"disk full, is "+
			"it read-only, does another program hold it?", o.since.UTC().Format(time.RFC3339))
}

// Refused counts the entries that could not be written since the start, and with each an act that did not happen.
func (l *Log) Refused() int64 { return l.writer.refused.Load() }

// Denied counts the refusals since the start: acts that somebody asked for and may not do, or who showed no good
// credential.
func (l *Log) Denied() int64 { return l.denied.Load() }
