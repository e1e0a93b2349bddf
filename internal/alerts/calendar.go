package alerts

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/cases"
	"github.com/sealkeeper/sealkeeper/internal/clock"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/internal/note"
	"github.com/sealkeeper/sealkeeper/internal/uid"
	"github.com/sealkeeper/sealkeeper/secret"
)

// Feed is an address under which a calendar is read. Whoever has it reads kinds and dates, and nothing else.
type Feed struct {
	ID        string
	TokenHash string // SHA-256
	UserID    string
	UserName  string
	CreatedAt time.Time
	UsedAt    time.Time // zero: never; to the day
}

// FeedStore keeps the addresses of calendars.
type FeedStore interface {
	AddFeed(ctx context.Context, f Feed) error
	FeedsOf(ctx context.Context, userID string) ([]Feed, error)
	// RemoveFeed removes a user's feed.
	RemoveFeed(ctx context.Context, userID, id string) error
	// FeedByToken returns the feed of somebody who may still sign in.
	FeedByToken(ctx context.Context, tokenHash string) (Feed, error)
	UseFeed(ctx context.Context, id string, day time.Time) error
}

// Foresight knows what ends.
type Foresight interface {
	Ahead(
		ctx context.Context, caller access.Caller, within time.Duration,
	) (all []cases.Coming, more bool, err error)
	Page(ctx context.Context, caller access.Caller, q listing.Query) (listing.Page[cases.Case], error)
}

// CalendarConfig is what Calendars are made of. Every field is required.
type CalendarConfig struct {
	Store FeedStore
	Cases Foresight
	// Owner is somebody as they may read now.
	Owner func(ctx context.Context, userID string) (access.Caller, error)
	Host  string // of the ids of events
	Audit *audit.Log
	Now   func() time.Time
}

// Calendars are what calendar programs subscribe to. It is safe for concurrent use.
type Calendars struct {
	cfg CalendarConfig

	mu   sync.Mutex
	kept map[keptKey]keptText
}

// A text is kept for a while: some programs ask every second, and it is made of hundreds of cases.
type (
	keptKey struct {
		feed     string
		language Language
	}
	keptText struct {
		text []byte
		at   time.Time
	}
)

// keptFor is for how long, and keptMost of how many feeds.
const (
	keptFor  = time.Minute
	keptMost = 100
)

// NewCalendars returns them.
func NewCalendars(cfg CalendarConfig) *Calendars {
	cfg.Now = clock.Micros(cfg.Now)
	return &Calendars{cfg: cfg, kept: map[keptKey]keptText{}}
}

// maxFeeds is how many addresses somebody may have: one for each calendar program.
const maxFeeds = 10

// Make makes an address for the caller. Its token is returned this once.
func (s *Calendars) Make(ctx context.Context, caller access.Caller) (f Feed, token secret.Text, err error) {
	raw := make([]byte, 32)
	_, _ = rand.Read(raw) // it does not fail
	text := base64.RawURLEncoding.EncodeToString(raw)
	f = Feed{
		ID:        uid.New(),
		TokenHash: hashOf(text),
		UserID:    caller.ID,
		UserName:  caller.Name,
		CreatedAt: s.cfg.Now(),
	}
	err = s.cfg.Audit.Do(ctx, caller, access.CalendarManage, f.ID, func() (note.Note, error) {
		have, err := s.cfg.Store.FeedsOf(ctx, caller.ID)
		if err == nil && len(have) >= maxFeeds {
			err = fault.New(fault.Conflict, "calendars_at_limit", "You have %d calendar addresses already; revoke one.",
				maxFeeds)
		}
		if err == nil {
			err = s.cfg.Store.AddFeed(ctx, f)
		}
		return note.New("calendar_made", "calendar address made"), err
	})
	return f, secret.NewTextString(text), err
}

// Own returns the caller's addresses.
func (s *Calendars) Own(ctx context.Context, caller access.Caller) ([]Feed, error) {
	if err := s.cfg.Audit.Permit(ctx, caller, access.CalendarManage, ""); err != nil {
		return nil, err
	}
	return s.cfg.Store.FeedsOf(ctx, caller.ID)
}

// Revoke ends one of the caller's addresses.
func (s *Calendars) Revoke(ctx context.Context, caller access.Caller, id string) error {
	return s.cfg.Audit.Do(ctx, caller, access.CalendarManage, id, func() (note.Note, error) {
		return note.New("calendar_revoked", "calendar address revoked"), s.cfg.Store.RemoveFeed(ctx, caller.ID, id)
	})
}

func hashOf(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

const (
	foreseen  = 400 * 24 * time.Hour
	cancelled = 30 * 24 * time.Hour // for how long a closed case is told as cancelled
)

// Read returns the calendar behind a token: what ends, a day each. Something that was replaced is cancelled.
func (s *Calendars) Read(ctx context.Context, token string, language Language) ([]byte, error) {
	f, err := s.cfg.Store.FeedByToken(ctx, hashOf(token))
	if err != nil {
		return nil, err
	}
	owner, err := s.cfg.Owner(ctx, f.UserID)
	if err != nil {
		return nil, err
	}
	if language != French {
		language = English
	}
	now, key := s.cfg.Now(), keptKey{f.ID, language}
	if text := s.recent(key, now); text != nil {
		return text, nil
	}
	if now.Sub(f.UsedAt) >= 24*time.Hour {
		if err := s.cfg.Store.UseFeed(ctx, f.ID, now.Truncate(24*time.Hour)); err != nil {
			return nil, err
		}
	}
	text, err := s.write(ctx, owner, language, now)
	if err == nil {
		s.keep(key, keptText{text, now})
	}
	return text, err
}

// recent is a text that was made a moment ago; nil: there is none.
func (s *Calendars) recent(key keptKey, now time.Time) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	kept := s.kept[key]
	if age := now.Sub(kept.at); age < 0 || age >= keptFor {
		return nil
	}
	return kept.text
}

func (s *Calendars) keep(key keptKey, made keptText) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.kept) >= keptMost {
		clear(s.kept)
	}
	s.kept[key] = made
}

// write writes the calendar of what an owner may read.
func (s *Calendars) write(
	ctx context.Context, owner access.Caller, language Language, now time.Time,
) ([]byte, error) {
	c := calendar{
		host:  s.cfg.Host,
		words: Words{Language: language, Location: time.UTC, Now: now},
		seen:  map[string]bool{},
	}
	c.line("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Sealkeeper//Alerts//EN", "METHOD:PUBLISH",
		"X-WR-CALNAME:Sealkeeper", "REFRESH-INTERVAL;VALUE=DURATION:PT12H", "X-PUBLISHED-TTL:PT12H")
	q := cases.Listed.Query()
	q.Limit = listing.MaxLimit
	open, err := s.cfg.Cases.Page(ctx, owner, q)
	if err != nil {
		return nil, err
	}
	for _, one := range open.Items {
		if !one.Broken() {
			c.event(one, false)
		}
	}
	coming, _, err := s.cfg.Cases.Ahead(ctx, owner, foreseen)
	if err != nil {
		return nil, err
	}
	for _, one := range coming {
		c.event(one.Case, false)
	}
	closed, err := s.cfg.Cases.Page(ctx, owner, q.With(cases.FilterState, cases.StateClosed))
	if err != nil {
		return nil, err
	}
	for _, one := range closed.Items {
		if !one.Broken() && now.Sub(one.ClosedAt) < cancelled {
			c.event(one, true)
		}
	}
	c.line("END:VCALENDAR")
	return []byte(c.text.String()), nil
}

// calendar is a text of RFC 5545.
type calendar struct {
	host  string
	words Words
	text  strings.Builder
	seen  map[string]bool
}

// event writes something that ends as a whole day, once. Its id stays the same as long as its end does.
func (c *calendar) event(one cases.Case, over bool) {
	if one.EndsAt.IsZero() {
		return
	}
	day := one.EndsAt.UTC().Format("20060102")
	sum := sha256.Sum256([]byte(string(one.Kind) + "\n" + one.Watched.ID + "\n" + day))
	id := hex.EncodeToString(sum[:12])
	if c.seen[id] {
		return
	}
	c.seen[id] = true
	c.line("BEGIN:VEVENT", "UID:"+id+"@"+c.host, "DTSTAMP:"+c.words.Now.Format("20060102T150405Z"),
		"SEQUENCE:"+fmt.Sprint(one.Revision), "DTSTART;VALUE=DATE:"+day,
		"DTEND;VALUE=DATE:"+one.EndsAt.UTC().AddDate(0, 0, 1).Format("20060102"),
		"SUMMARY:"+escapeText("Sealkeeper: "+c.words.Kind(one.Kind)), "TRANSP:TRANSPARENT")
	if over {
		c.line("STATUS:CANCELLED")
	} else {
		c.line("STATUS:CONFIRMED", "BEGIN:VALARM", "ACTION:DISPLAY", "DESCRIPTION:Sealkeeper", "TRIGGER:-P7D",
			"END:VALARM")
	}
	c.line("END:VEVENT")
}

var escapeText = strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\n", `\n`).Replace

// line writes lines, folded after 75 bytes (RFC 5545 section 3.1) and not inside a character.
func (c *calendar) line(lines ...string) {
	for _, line := range lines {
		for most := 75; len(line) > most; most = 74 {
			end := most
			for !utf8.RuneStart(line[end]) {
				end--
			}
			c.text.WriteString(line[:end] + "\r\n ")
			line = line[end:]
		}
		c.text.WriteString(line + "\r\n")
	}
}
