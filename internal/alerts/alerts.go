// Package alerts answers one question: who is told of a case, by which way, and has it arrived? A message is a view of
// cases: what it says is read when it is sent, and what has settled itself meanwhile is left out.
package alerts

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/cases"
	"github.com/sealkeeper/sealkeeper/internal/clock"
)

// ChannelKind is a way to tell somebody.
type ChannelKind string

// The ways.
const (
	Email   ChannelKind = "email"
	Webhook ChannelKind = "webhook"
	Slack   ChannelKind = "slack"
	Teams   ChannelKind = "teams"
)

// Channel is somebody who is told, and how. Its name is what the database knows it by: a channel with another name is
// another recipient.
type Channel struct {
	Name        string
	Kind        ChannelKind
	Language    Language
	Escalations bool // only of what nobody has acknowledged in time
	Sender      Sender
}

// Sender brings a message to one recipient.
type Sender interface {
	// Send returns an error of package fault. One of kind Conflict is for good: it is not tried again.
	Send(ctx context.Context, m Message) error
}

// Message is what is sent.
type Message struct {
	ID       string // the same when it is sent again
	Channel  Channel
	Test     bool
	At       time.Time
	Items    []Item // the urgent ones first
	Left     int    // open cases that this message says nothing of
	PageURL  string // of the alerts in the console
	Location *time.Location
}

// Item is something that happened to a case, and the case as it is now.
type Item struct {
	Event cases.Event
	Case  cases.Case
}

// Row is a message as it is recorded.
type Row struct {
	ID        string
	Recipient string
	Test      bool
	CreatedAt time.Time
	Due       time.Time
	Attempts  int
	State     State
	Failure   string    // code of the last attempt's error
	EndedAt   time.Time // zero: it waits
}

// State is how far a message is.
type State string

// The states of a message.
const (
	Waiting State = "waiting"
	Sent    State = "sent"
	Void    State = "void"   // everything in it had settled itself
	Failed  State = "failed" // it was tried for MaxAge, or the recipient wants no more
)

// Waited is a notice that no message has yet.
type Waited struct {
	CaseID, What string
	Urgent       bool
}

// Draft is a message with the notices that it is made of.
type Draft struct {
	Row
	Of []Waited
}

// Recipient is how a channel does.
type Recipient struct {
	Name         string
	DigestAt     time.Time // hour of the last digest; zero: it is new
	SentAt       time.Time // zero: never
	FailingSince time.Time // zero: the last attempt went well
	Failure      string
}

// Store keeps messages and notices.
type Store interface {
	// WaitingNotices returns those of a recipient that no message has, oldest first.
	WaitingNotices(ctx context.Context, recipient string, limit int) ([]Waited, error)
	// AddMessages writes messages to one recipient with their notices, and the digest's hour unless it is zero. It
	// returns false, and writes nothing, if another replica was faster.
	AddMessages(ctx context.Context, all []Draft, digest, before time.Time) (bool, error)
	// Items returns what a message is about, in order.
	Items(ctx context.Context, messageID string) ([]Item, error)
	// DueMessages returns up to limit of each recipient, what is urgent first; where there is nothing, those of others.
	DueMessages(ctx context.Context, recipients []string, now time.Time, limit int) ([]Row, error)
	// ClaimMessage counts an attempt before it is made, and says when the next one is; false if another replica has.
	ClaimMessage(ctx context.Context, id string, attempts int, next time.Time) (bool, error)
	// EndAttempt writes how an attempt ended, for the message and its recipient.
	EndAttempt(ctx context.Context, m Row, at time.Time) error
	// LatestMessages returns the newest, newest first.
	LatestMessages(ctx context.Context, limit int) ([]Row, error)
	Recipient(ctx context.Context, name string) (Recipient, error)
	// SetDigest notes the hour of a recipient that is new.
	SetDigest(ctx context.Context, recipient string, at time.Time) error
	CountOpen(ctx context.Context) (int, error)
	EventItems(ctx context.Context, after int64, limit int) ([]Item, error)
}

// Config is what a Service is made of. Every field is required, but for Channels.
type Config struct {
	Store    Store
	Channels []Channel
	// The digest is sent at this hour and minute, by this clock.
	Hour, Minute int
	Location     *time.Location
	PublicURL    string
	Audit        *audit.Log
	Logger       *slog.Logger
	Now          func() time.Time
}

// Service collects what happened into messages, and sends them. It is safe for concurrent use, also
// by several replicas.
type Service struct{ cfg Config }

// New returns the service.
func New(cfg Config) *Service {
	cfg.Now = clock.Micros(cfg.Now)
	return &Service{cfg}
}

// Recipients are the names of the channels that are told of an event. That a case was closed is told to programs only:
// for people it is missing from the next message, and in the list of closed cases.
func (s *Service) Recipients(_ cases.Case, e cases.Event) []string {
	var names []string
	for _, c := range s.cfg.Channels {
		switch {
		case c.Escalations && e.What != cases.Escalated:
		case c.Kind != Webhook && e.What == cases.Closed:
		default:
			names = append(names, c.Name)
		}
	}
	return names
}

const (
	atOnce    = 100 // messages and notices that are read at a time
	mostItems = 200 // of one message; the rest are in the next
)

// Collect makes messages of what waits: for a webhook one of each event, for people one at the digest's hour, and one
// at once when something is urgent.
func (s *Service) Collect(ctx context.Context) error {
	for _, c := range s.cfg.Channels {
		for {
			more, err := s.collect(ctx, c)
			if err != nil {
				return err
			}
			if !more {
				break
			}
		}
	}
	return nil
}

// collect makes the next messages of one channel, and reports whether there may be more.
func (s *Service) collect(ctx context.Context, c Channel) (bool, error) {
	now := s.cfg.Now()
	waiting, err := s.cfg.Store.WaitingNotices(ctx, c.Name, mostItems)
	if err != nil {
		return false, err
	}
	row := Row{Recipient: c.Name, CreatedAt: now, Due: now, State: Waiting}
	if c.Kind == Webhook {
		each := make([]Draft, len(waiting))
		for i, n := range waiting {
			row.ID = messageID(c.Name, n)
			each[i] = Draft{row, []Waited{n}}
		}
		made, err := s.cfg.Store.AddMessages(ctx, each, time.Time{}, time.Time{})
		return made && len(waiting) == mostItems, err
	}
	recipient, err := s.cfg.Store.Recipient(ctx, c.Name)
	if err != nil {
		return false, err
	}
	hour := s.digestBefore(now)
	if recipient.DigestAt.IsZero() { // a new channel's first digest comes at its hour
		if err := s.cfg.Store.SetDigest(ctx, c.Name, hour); err != nil {
			return false, err
		}
		recipient.DigestAt = hour
	}
	digest := hour.After(recipient.DigestAt)
	urgent := slices.ContainsFunc(waiting, func(n Waited) bool { return n.Urgent })
	switch {
	case len(waiting) == 0 && digest:
		return false, s.cfg.Store.SetDigest(ctx, c.Name, hour)
	case len(waiting) == 0 || !digest && !urgent:
		return false, nil
	}
	row.ID = messageID(c.Name, waiting[0])
	if !digest || len(waiting) == mostItems {
		hour = time.Time{} // the rest of a digest is still to come
	}
	made, err := s.cfg.Store.AddMessages(ctx, []Draft{{row, waiting}}, hour, recipient.DigestAt)
	return made && len(waiting) == mostItems, err
}

// digestBefore is the digest's hour that came last.
func (s *Service) digestBefore(now time.Time) time.Time {
	local := now.In(s.cfg.Location)
	at := time.Date(local.Year(), local.Month(), local.Day(), s.cfg.Hour, s.cfg.Minute, 0, 0, s.cfg.Location)
	if at.After(now) {
		at = time.Date(local.Year(), local.Month(), local.Day()-1, s.cfg.Hour, s.cfg.Minute, 0, 0, s.cfg.Location)
	}
	return at.UTC()
}

// NextDigest is when the next one is due.
func (s *Service) NextDigest() time.Time {
	local := s.digestBefore(s.cfg.Now()).In(s.cfg.Location)
	return time.Date(local.Year(), local.Month(), local.Day()+1, s.cfg.Hour, s.cfg.Minute, 0, 0, s.cfg.Location)
}

// Channels are those that are configured.
func (s *Service) Channels() []Channel { return s.cfg.Channels }

// PublicURL is the address of this service.
func (s *Service) PublicURL() string { return s.cfg.PublicURL }

// Location is where the digest's hour is told.
func (s *Service) Location() *time.Location { return s.cfg.Location }

// Run collects and delivers by turns, as long as messages arrive. It is for a job that one replica does at a time.
func (s *Service) Run(ctx context.Context) error {
	for tried := 0; tried < mostDelivered; {
		if err := s.Collect(ctx); err != nil {
			return err
		}
		n, more, err := s.Deliver(ctx)
		if err != nil || !more {
			return err
		}
		tried += n
	}
	return nil
}
