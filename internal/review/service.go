package review

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/clock"
	"github.com/sealkeeper/sealkeeper/internal/identity"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/internal/note"
	"github.com/sealkeeper/sealkeeper/internal/service"
	"github.com/sealkeeper/sealkeeper/internal/uid"
)

// Store keeps reviews.
type Store interface {
	// AddReview adds one with its lines; Conflict if another one is open.
	AddReview(ctx context.Context, r Review, lines []Line) error
	ReviewPage(ctx context.Context, q listing.Query) (listing.Page[Review], error)
	ReviewByID(ctx context.Context, id string) (Review, error)
	// CloseReview hands every line to each, and then closes the review with what digest returns; all of it or nothing,
	// and no line changes meanwhile. It is a Conflict if it is closed already.
	CloseReview(ctx context.Context, r Review, each func(Line) error, digest func() (string, error)) error
}

// Lines stores the lines of reviews.
type Lines interface {
	ReviewLines(ctx context.Context, reviewID string, q listing.Query) (listing.Page[Line], error)
	ReviewLine(ctx context.Context, reviewID string, number int) (Line, error)
	// ChangeLine writes a proposal or a decision if the line is still as before; Conflict if it is not, or if
	// the review is closed.
	ChangeLine(ctx context.Context, before, after Line) error
}

// Holders knows who was given what.
type Holders interface {
	Users(ctx context.Context) ([]identity.User, error)
	// PersonalTokens returns everybody's bearer tokens.
	PersonalTokens(ctx context.Context) ([]identity.Token, error)
	ServiceAccounts(ctx context.Context, ended bool) ([]service.Account, error)
}

// Uses knows when permissions were used last. It follows the audit log, a piece at a time.
type Uses interface {
	// FollowUses counts up to limit further entries of the audit log, and reports whether there are more.
	FollowUses(ctx context.Context, limit int) (more bool, err error)
	// LastUses are the last uses of everybody, by caller.
	LastUses(ctx context.Context) (map[string][]Use, error)
	// ReviewedAt is when the newest review that is closed was started; without any, when the first user was added.
	ReviewedAt(ctx context.Context) (time.Time, error)
}

// People takes what people were given.
type People interface {
	DropRole(ctx context.Context, caller access.Caller, id string, role access.Role) error
	RevokeGrant(ctx context.Context, caller access.Caller, id, grantID string) error
	RevokeToken(ctx context.Context, caller access.Caller, userID, id string) error
	// ChangedRights reports whether by has given userID rights since then.
	ChangedRights(ctx context.Context, by, userID string, since time.Time) (bool, error)
}

// Accounts ends service accounts.
type Accounts interface {
	End(ctx context.Context, caller access.Caller, id string) (service.Account, error)
}

// Signer signs with the key that signs heads of the audit log.
type Signer interface {
	SignNote(
		ctx context.Context, caller access.Caller, action access.Action, object, text string, says note.Note,
	) (audit.SignedNote, error)
}

// Config is what a Service is made of. Every field is required, but for Months.
type Config struct {
	Store    Store
	Lines    Lines
	Holders  Holders
	Uses     Uses
	People   People
	Accounts Accounts
	Signer   Signer
	Audit    *audit.Log
	Months   int // every so many a review is due; 0: never
	Now      func() time.Time
}

// Service keeps reviews. It is safe for concurrent use.
type Service struct{ cfg Config }

// New returns the service.
func New(cfg Config) *Service {
	cfg.Now = clock.Micros(cfg.Now)
	return &Service{cfg}
}

// atOnce is how many entries of the audit log are counted in one statement.
const atOnce = 10_000

// FollowUses counts what was used since the last time.
func (s *Service) FollowUses(ctx context.Context) error {
	for {
		more, err := s.cfg.Uses.FollowUses(ctx, atOnce)
		if err != nil || !more {
			return err
		}
	}
}

// Due is when the next review has to be closed; the zero time where none is asked for.
func (s *Service) Due(ctx context.Context) (time.Time, error) {
	if s.cfg.Months == 0 {
		return time.Time{}, nil
	}
	at, err := s.cfg.Uses.ReviewedAt(ctx)
	if err != nil || at.IsZero() {
		return time.Time{}, err
	}
	return at.AddDate(0, s.cfg.Months, 0), nil
}

// Start begins a review of all that is given at this moment. One review is open at a time.
func (s *Service) Start(ctx context.Context, caller access.Caller) (r Review, err error) {
	id := uid.New()
	err = s.person(ctx, caller, id, func() (note.Note, error) {
		if err := s.FollowUses(ctx); err != nil {
			return note.Note{}, err
		}
		now := s.cfg.Now()
		lines, err := s.gather(ctx, now)
		if err != nil {
			return note.Note{}, err
		}
		r = Review{
			ID:            id,
			StartedBy:     caller.ID,
			StartedByName: caller.Name,
			StartedAt:     now,
			Lines:         len(lines),
			Undecided:     len(lines),
		}
		for i := range lines {
			lines[i].ReviewID, lines[i].Number, lines[i].State = id, i+1, Open
		}
		return note.New("review_started", "review of access started, %d lines", len(lines)),
			s.cfg.Store.AddReview(ctx, r, lines)
	})
	return r, err
}

// person does what somebody does who is a person: no program reviews.
func (s *Service) person(
	ctx context.Context, caller access.Caller, id string, act func() (note.Note, error),
) error {
	if !caller.IsPerson() {
		return s.cfg.Audit.Refuse(ctx, caller, access.ReviewWrite, id, fault.New(fault.Denied, "review_by_person",
			"Access is reviewed by people, not by programs."))
	}
	return s.cfg.Audit.Do(ctx, caller, access.ReviewWrite, id, act)
}

// Page returns a page of the reviews, the newest first.
func (s *Service) Page(ctx context.Context, caller access.Caller, q listing.Query) (listing.Page[Review], error) {
	if err := s.cfg.Audit.Permit(ctx, caller, access.ReviewRead, ""); err != nil {
		return listing.Page[Review]{}, err
	}
	return s.cfg.Store.ReviewPage(ctx, q)
}

// Get returns one.
func (s *Service) Get(ctx context.Context, caller access.Caller, id string) (Review, error) {
	if err := s.cfg.Audit.Permit(ctx, caller, access.ReviewRead, id); err != nil {
		return Review{}, err
	}
	return s.cfg.Store.ReviewByID(ctx, id)
}

// LinePage returns a page of a review's lines.
func (s *Service) LinePage(
	ctx context.Context, caller access.Caller, id string, q listing.Query,
) (listing.Page[Line], error) {
	if _, err := s.Get(ctx, caller, id); err != nil {
		return listing.Page[Line]{}, err
	}
	return s.cfg.Lines.ReviewLines(ctx, id, q)
}

// Close ends a review. Lines that nobody has decided stay as they are, and the remark says why.
func (s *Service) Close(ctx context.Context, caller access.Caller, id, remark string) error {
	remark = strings.TrimSpace(remark)
	if err := note.Bounded(remark); err != nil {
		return err
	}
	return s.person(ctx, caller, id, func() (note.Note, error) {
		r := Review{
			ID:           id,
			ClosedBy:     caller.ID,
			ClosedByName: caller.Name,
			ClosedAt:     s.cfg.Now(),
			Remark:       remark,
		}
		sum, undecided := newSum(), 0
		err := s.cfg.Store.CloseReview(ctx, r, func(l Line) error {
			if l.State == Open || l.State == Proposed {
				undecided++
			}
			return errors.Join(s.busy(l), sum.add(l))
		}, func() (string, error) {
			if undecided > 0 && remark == "" {
				return "", fault.New(fault.Conflict, "review_undecided",
					"%d lines are undecided: decide them, or say why they stay so.", undecided)
			}
			return sum.hex(), nil
		})
		return note.New("review_ended", "review closed, %d lines undecided, SHA-256 of its lines %s", undecided,
			sum.hex()), err
	})
}
