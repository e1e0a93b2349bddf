package alerts

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/cases"
	"github.com/sealkeeper/sealkeeper/internal/note"
	"github.com/sealkeeper/sealkeeper/internal/uid"
)

// MaxAge is for how long a message is tried: longer than a long weekend and the week after it.
const MaxAge = 14 * 24 * time.Hour

// waits are how long after the attempts the next one comes; the last is repeated.
var waits = []time.Duration{
	time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour, 3 * time.Hour, 6 * time.Hour,
}

// patience is how long one attempt may take.
const patience = 30 * time.Second

// together is how many messages of a channel are under way at a time, and how many may fail in one delivery.
const together = 8

// turn is for how long one delivery begins messages.
const turn = 10 * time.Second

// messageID follows from what the message is made of: whoever makes it again makes the same.
func messageID(recipient string, first Waited) string {
	sum := sha256.Sum256([]byte(recipient + "\n" + first.CaseID + "\n" + first.What))
	return "msg_" + hex.EncodeToString(sum[:16])
}

// mostDelivered is how many messages one run tries.
const mostDelivered = 20_000

// Deliver sends some of what is due, and returns how many messages it looked at and whether there may be more. An
// attempt is counted before it is made: after a crash the message is sent again with the same id, by which the
// recipient knows it. The channels go side by side, and after a while no message is begun: neither another channel nor
// what has happened meanwhile waits behind thousands of messages to somebody slow.
func (s *Service) Deliver(ctx context.Context) (looked int, more bool, err error) {
	recipients := make([]string, len(s.cfg.Channels))
	for i, c := range s.cfg.Channels {
		recipients[i] = c.Name
	}
	due, err := s.cfg.Store.DueMessages(ctx, recipients, s.cfg.Now(), atOnce)
	if err != nil {
		return 0, false, err
	}
	to := map[string][]Row{}
	for _, m := range due {
		to[m.Recipient] = append(to[m.Recipient], m)
	}
	begin, cancel := context.WithTimeout(ctx, turn)
	defer cancel()
	var running sync.WaitGroup
	var settled atomic.Int64
	failed := make(chan error, len(to))
	for _, messages := range to {
		more = more || len(messages) == atOnce
		running.Go(func() { failed <- s.deliverEach(ctx, begin, messages, &settled) })
	}
	running.Wait()
	close(failed)
	for e := range failed {
		err = errors.Join(err, e)
	}
	return len(due), (more || begin.Err() != nil) && settled.Load() > 0, err
}

// deliverEach tries messages to one recipient until begin is done or too many have failed: one that is down is not
// asked to take hundreds. It counts those that need not be tried again.
func (s *Service) deliverEach(ctx, begin context.Context, due []Row, settled *atomic.Int64) error {
	places := make(chan struct{}, together)
	var running sync.WaitGroup
	var lost atomic.Int64
	failed := make(chan error, len(due))
	for _, m := range due {
		select {
		case places <- struct{}{}:
		case <-begin.Done():
		}
		if begin.Err() != nil || lost.Load() >= together {
			break
		}
		running.Go(func() {
			defer func() { <-places }()
			done, err := s.deliver(ctx, m)
			if done {
				settled.Add(1)
			} else {
				lost.Add(1)
			}
			failed <- err
		})
	}
	running.Wait()
	close(failed)
	var err error
	for e := range failed {
		err = errors.Join(err, e)
	}
	return err
}

// deliver tries a message and reports whether it is settled: it has arrived, is over, or another replica is at it.
func (s *Service) deliver(ctx context.Context, m Row) (settled bool, err error) {
	now := s.cfg.Now()
	next := now.Add(waits[min(m.Attempts, len(waits)-1)])
	claimed, err := s.cfg.Store.ClaimMessage(ctx, m.ID, m.Attempts, next)
	if err != nil || !claimed {
		return err == nil, err
	}
	i := slices.IndexFunc(s.cfg.Channels, func(c Channel) bool { return c.Name == m.Recipient })
	if i < 0 { // the channel is not configured any more
		m.State, m.Failure = Failed, "channel_unknown"
		return true, s.cfg.Store.EndAttempt(ctx, m, now)
	}
	message, err := s.message(ctx, s.cfg.Channels[i], m)
	if err != nil {
		return false, err
	}
	if len(message.Items) == 0 && !m.Test {
		m.State, m.Failure = Void, ""
		return true, s.cfg.Store.EndAttempt(ctx, m, now)
	}
	sending, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	m.State, m.Failure = Sent, ""
	if err := s.cfg.Channels[i].Sender.Send(sending, message); err != nil {
		if ctx.Err() != nil {
			return false, nil // the program ends; the attempt is repeated
		}
		m.Failure = fault.Code(err)
		m.State = Waiting
		if errors.Is(err, fault.Conflict) || m.Test || now.Sub(m.CreatedAt) > MaxAge {
			m.State = Failed
		}
		s.cfg.Logger.LogAttrs(ctx, slog.LevelWarn, "alert not delivered", slog.String("channel", m.Recipient),
			slog.String("message", m.ID), slog.Int("attempt", m.Attempts+1), slog.String("error", err.Error()))
	}
	return m.State != Waiting, s.cfg.Store.EndAttempt(context.WithoutCancel(ctx), m, now)
}

// message reads what there is to say now.
func (s *Service) message(ctx context.Context, c Channel, m Row) (Message, error) {
	message := Message{
		ID:       m.ID,
		Channel:  c,
		Test:     m.Test,
		At:       s.cfg.Now(),
		PageURL:  s.cfg.PublicURL + "/alerts",
		Location: s.cfg.Location,
	}
	if m.Test {
		return message, nil
	}
	items, err := s.cfg.Store.Items(ctx, m.ID)
	if err != nil {
		return message, err
	}
	message.Items = said(c, items, message.At)
	if c.Kind == Webhook { // it says nothing of others, and counting thousands for each of thousands takes long
		return message, nil
	}
	open, err := s.cfg.Store.CountOpen(ctx)
	message.Left = max(0, open-len(message.Items))
	return message, err
}

// said leaves out what people need not hear any more, and says of each case only the newest. Programs are told of
// every event.
func said(c Channel, items []Item, now time.Time) []Item {
	if c.Kind == Webhook {
		return items
	}
	var kept []Item
	for _, item := range slices.Backward(items) {
		told := slices.ContainsFunc(kept, func(k Item) bool { return k.Case.ID == item.Case.ID })
		quiet := item.Case.Acknowledged(now) && item.Event.What != cases.Ended
		if !told && !quiet && item.Case.ClosedAt.IsZero() {
			kept = append(kept, item)
		}
	}
	slices.SortStableFunc(kept, func(a, b Item) int {
		switch {
		case a.Case.Urgent != b.Case.Urgent && a.Case.Urgent:
			return -1
		case a.Case.Urgent != b.Case.Urgent:
			return 1
		}
		return a.Case.EndsAt.Compare(b.Case.EndsAt)
	})
	return kept
}

// Test sends a message to one channel at once, and says how it went.
func (s *Service) Test(ctx context.Context, caller access.Caller, channel string) (Row, error) {
	i := slices.IndexFunc(s.cfg.Channels, func(c Channel) bool { return c.Name == channel })
	if i < 0 {
		return Row{}, fault.New(fault.NotFound, "channel_unknown", "There is no channel of this name.")
	}
	now := s.cfg.Now()
	m := Row{ID: "msg_" + uid.New(), Recipient: channel, Test: true, CreatedAt: now, Due: now, State: Waiting}
	err := s.cfg.Audit.Do(ctx, caller, access.AlertTest, channel, func() (note.Note, error) {
		detail := note.New("alert_tested", "test message sent")
		if _, err := s.cfg.Store.AddMessages(ctx, []Draft{{Row: m}}, time.Time{}, time.Time{}); err != nil {
			return detail, err
		}
		message, err := s.message(ctx, s.cfg.Channels[i], m)
		if err != nil {
			return detail, err
		}
		sending, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		failed := s.cfg.Channels[i].Sender.Send(sending, message)
		m.State, m.EndedAt = Sent, s.cfg.Now()
		if failed != nil {
			m.State = Failed
			m.Failure = fault.Code(failed)
		}
		return detail, errors.Join(s.cfg.Store.EndAttempt(ctx, m, s.cfg.Now()), failed)
	})
	return m, err
}

// listed is how many messages the page shows.
const listed = 50

// Latest returns the newest messages, newest first.
func (s *Service) Latest(ctx context.Context, caller access.Caller) ([]Row, error) {
	if err := s.cfg.Audit.Permit(ctx, caller, access.CaseRead, ""); err != nil {
		return nil, err
	}
	return s.cfg.Store.LatestMessages(ctx, listed)
}

// Standing is a channel and how it does.
type Standing struct {
	Channel
	Recipient
}

// Standings returns the channels with how they do.
func (s *Service) Standings(ctx context.Context, caller access.Caller) ([]Standing, error) {
	if err := s.cfg.Audit.Permit(ctx, caller, access.CaseRead, ""); err != nil {
		return nil, err
	}
	return s.Standing(ctx)
}

// Standing is Standings for the program itself.
func (s *Service) Standing(ctx context.Context) ([]Standing, error) {
	all := make([]Standing, len(s.cfg.Channels))
	for i, c := range s.cfg.Channels {
		r, err := s.cfg.Store.Recipient(ctx, c.Name)
		if err != nil {
			return nil, err
		}
		all[i] = Standing{c, r}
	}
	return all, nil
}

// Health reports whether a channel's messages arrive. It is for the cases: other channels tell of it.
func (s *Service) Health(channel string) func(ctx context.Context) error {
	return func(ctx context.Context) error {
		r, err := s.cfg.Store.Recipient(ctx, channel)
		if err == nil && r.Failure != "" {
			err = fault.New(fault.Unavailable, r.Failure, "Messages of this channel do not arrive.")
		}
		return err
	}
}

// maxReplay is how many events are read at a time.
const maxReplay = 500

// Replay returns events behind a number in their order, for a program that has missed messages.
func (s *Service) Replay(ctx context.Context, caller access.Caller, after int64, limit int) ([]Item, error) {
	if err := s.cfg.Audit.Permit(ctx, caller, access.CaseRead, ""); err != nil {
		return nil, err
	}
	if limit < 1 || limit > maxReplay {
		limit = maxReplay
	}
	return s.cfg.Store.EventItems(ctx, after, limit)
}
