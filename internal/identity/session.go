package identity

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/note"
	"github.com/sealkeeper/sealkeeper/internal/origin"
	"github.com/sealkeeper/sealkeeper/internal/uid"
)

// A console session ends after SessionIdle without a request, and after SessionLongest in any case.
const (
	SessionIdle    = 30 * time.Minute
	SessionLongest = 12 * time.Hour
)

// MaxSessions is how many console sessions a person has at once: another one ends the oldest.
const MaxSessions = 20

// maxAgent is how much is kept of what a browser calls itself, in bytes.
const maxAgent = 300

// How a session began.
const (
	ByPasskey    = "passkey"
	ByLink       = "link"
	ByInvitation = "invitation"
	ByAccount    = "account" // at an identity provider
)

// Session is somebody signed in to the console, in one browser.
type Session struct {
	ID          string // names it to people; what the browser holds is something else
	UserID      string
	How         string // it began: ByPasskey, ByLink, ByInvitation or ByAccount
	PasskeyID   string // with which, if with one: the session ends with it
	Agent       string // what the browser calls itself
	Address     string
	BeganAt     time.Time
	SeenAt      time.Time // to the minute
	ConfirmedAt time.Time // when the person last showed that it is them

	// The account it began with, if with one, and the session at the provider: it ends with them.
	Issuer, Subject, ProviderSid string
}

// over reports whether the session has come to its end by itself.
func (s Session) over(now time.Time) bool {
	return !now.Before(s.BeganAt.Add(SessionLongest)) || !now.Before(s.SeenAt.Add(SessionIdle))
}

// Sessions stores console sessions.
type Sessions interface {
	// BeginSession adds a session, notes the sign-in with its user, and removes sessions last seen before idle or begun
	// before longest, and the user's oldest beyond keep.
	BeginSession(ctx context.Context, s Session, idle, longest time.Time, keep int) error
	SessionUser(ctx context.Context, id string) (Session, User, error)
	// SessionsOf returns a user's sessions, newest first.
	SessionsOf(ctx context.Context, userID string) ([]Session, error)
	SessionSeen(ctx context.Context, id string, at time.Time) error
	SessionConfirmed(ctx context.Context, id string, at time.Time) error
	EndSession(ctx context.Context, id string) error
}

// BeginSession begins a console session of the user, whoever established that it is them.
func (s *Service) BeginSession(ctx context.Context, userID, how, passkeyID, agent string) (Session, error) {
	return s.begin(ctx, Session{UserID: userID, How: how, PasskeyID: passkeyID, Agent: agent, ConfirmedAt: s.now()})
}

// BeginAccountSession begins a console session of the user who has signed in with an account. When they showed at
// the provider that it is them counts, not that the provider still knew them.
func (s *Service) BeginAccountSession(ctx context.Context, userID string, shown Shown, agent string) (Session, error) {
	return s.begin(ctx, Session{
		UserID:      userID,
		How:         ByAccount,
		Agent:       agent,
		ConfirmedAt: earlier(shown.At, s.now()),
		Issuer:      shown.Issuer,
		Subject:     shown.Subject,
		ProviderSid: shown.Sid,
	})
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

func (s *Service) begin(ctx context.Context, session Session) (Session, error) {
	now := s.now()
	session.ID, session.Address, session.Agent = uid.New(), origin.Of(ctx).Address, cutAgent(session.Agent)
	session.BeganAt, session.SeenAt = now, now
	return session, s.store.BeginSession(ctx, session, now.Add(-SessionIdle), now.Add(-SessionLongest), MaxSessions)
}

func cutAgent(agent string) string {
	agent = strings.ToValidUTF8(strings.ReplaceAll(agent, "\x00", ""), "")
	if len(agent) > maxAgent {
		agent = strings.ToValidUTF8(agent[:maxAgent], "")
	}
	return agent
}

// SessionUser returns a session that goes on and whose it is; NotFound when it is over, was ended,
// or its user is gone or disabled.
func (s *Service) SessionUser(ctx context.Context, id string) (Session, User, error) {
	session, user, err := s.store.SessionUser(ctx, id)
	if err == nil && (session.over(s.now()) || !user.DisabledAt.IsZero()) {
		return Session{}, User{}, fault.New(fault.NotFound, "session_not_found", "This session is over.")
	}
	return session, user, err
}

// SessionSeen notes that somebody is still there.
func (s *Service) SessionSeen(ctx context.Context, id string) error {
	return s.store.SessionSeen(ctx, id, s.now())
}

// ConfirmSession notes that the caller has shown that it is them, and returns when.
func (s *Service) ConfirmSession(ctx context.Context, caller access.Caller) (time.Time, error) {
	now := s.now()
	err := s.store.SessionConfirmed(ctx, caller.Session, now)
	return now, s.log.Finish(ctx, caller, access.SessionConfirm, caller.Session,
		note.New("session_confirmed", "confirmed with a passkey"), err)
}

// OwnSessions returns the caller's sessions that go on, newest first.
func (s *Service) OwnSessions(ctx context.Context, caller access.Caller) ([]Session, error) {
	return s.sessionsOf(ctx, caller.ID)
}

func (s *Service) sessionsOf(ctx context.Context, userID string) ([]Session, error) {
	all, err := s.store.SessionsOf(ctx, userID)
	now, going := s.now(), []Session{}
	for _, one := range all {
		if !one.over(now) {
			going = append(going, one)
		}
	}
	return going, err
}

// EndSession ends a session: one's own or, as administrator, anybody's.
func (s *Service) EndSession(ctx context.Context, caller access.Caller, id string) error {
	session, user, err := s.store.SessionUser(ctx, id)
	if errors.Is(err, fault.NotFound) || err == nil && user.ID != caller.ID && !caller.May(access.UserManage) {
		return fault.New(fault.NotFound, "session_not_found", "This session is over.")
	}
	if err != nil {
		return err
	}
	ended := note.New("session_ended", "session of %s ended, begun at %s", user.Name,
		session.BeganAt.Format(time.RFC3339))
	if user.ID == caller.ID {
		return s.log.Finish(ctx, caller, access.SessionEnd, id, ended, s.store.EndSession(ctx, id))
	}
	return s.log.Do(ctx, caller, access.UserManage, user.ID, func() (note.Note, error) {
		return ended, s.store.EndSession(ctx, id)
	})
}
