package revocation_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/internet"
	"github.com/sealkeeper/sealkeeper/internal/revocation"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/stack"
)

// refusing is an audit log that cannot be written.
type refusing struct {
	*store.DB
	times int
}

var errFull = errors.New("the log is full")

func (r *refusing) AppendAudit(context.Context, func(audit.Entry) []audit.Entry) error {
	r.times++
	return errFull
}

// An entry that cannot be written keeps neither another one from being written nor what was found from being known.
func TestEntriesThatCannotBeWritten(t *testing.T) {
	s, service := stack.Asking(t, stack.Options{})
	ids := make([]string, 3)
	for i := range ids {
		issued := s.QTSP.MustIssue(t, qtsp.Request{KeyType: qtsp.P256})
		ids[i] = s.ImportIssued(issued)
		service.Revoke(issued.Certificate.X509.SerialNumber, 1)
	}
	asks, err := internet.New(internet.Config{Allow: []string{"127.0.0.1"}})
	check(t, err)
	log := &refusing{DB: s.DB}
	asking := revocation.New(revocation.Config{
		Store:  s.DB,
		Asks:   asks,
		Audit:  audit.New(log, time.Now),
		Logger: slog.New(slog.DiscardHandler),
		Now:    func() time.Time { return s.Now },
	})
	if _, err := asking.AskDue(t.Context()); !errors.Is(err, errFull) {
		t.Errorf("asked with a log that is full: %v", err)
	}
	if log.times != len(ids) {
		t.Errorf("%d entries were tried, want %d", log.times, len(ids))
	}
	for _, id := range ids {
		if leaf, _ := results(t, s, id); leaf.State != revocation.Revoked {
			t.Errorf("%s is %s", id, leaf.State)
		}
	}
}
