package review

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/note"
)

// mostLines bounds what is proposed or confirmed at once: a page of a list.
const mostLines = 100

// Shown is a line as somebody saw it: a proposal is known by its time.
type Shown struct {
	Number     int
	ProposedAt time.Time // zero: nothing was proposed
}

// Propose says of lines that they are to be kept or removed. What is proposed can be proposed anew until another
// person confirms it. Nobody proposes anything about themselves, or in place of a proposal that they have not seen.
func (s *Service) Propose(
	ctx context.Context, caller access.Caller, id string, shown []Shown, remove bool, reason string,
) error {
	reason = strings.TrimSpace(reason)
	switch {
	case len(shown) == 0 || len(shown) > mostLines:
		return fault.New(fault.Invalid, "review_lines", "Choose lines, at most %d at once.", mostLines)
	case remove && reason == "":
		return fault.New(fault.Invalid, "review_reason", "Say why it is no longer needed.")
	}
	if err := note.Bounded(reason); err != nil {
		return err
	}
	var refused error
	for _, one := range shown {
		err := s.person(ctx, caller, id, func() (note.Note, error) {
			before, err := s.open(ctx, caller, id, one)
			if err != nil {
				return note.Note{}, err
			}
			after := before
			after.State, after.Remove, after.Reason = Proposed, remove, reason
			after.Proposed = Hand{caller.ID, caller.Name, s.cfg.Now()}
			says := note.New("review_keep_proposed", "line %d, %s of %s: keep", before.Number, before.given(),
				before.HolderName)
			if remove {
				says = note.New("review_removal_proposed", "line %d, %s of %s: remove", before.Number, before.given(),
					before.HolderName)
			}
			return says, s.cfg.Lines.ChangeLine(ctx, before, after)
		})
		if refused = first(refused, err); brokenOff(err) {
			return err
		}
	}
	return refused
}

// first keeps what was refused to one of several lines: the others are decided all the same.
func first(refused, err error) error {
	if refused == nil {
		return err
	}
	return refused
}

// brokenOff reports whether it makes no sense to go on with the next line.
func brokenOff(err error) bool {
	_, refused := errors.AsType[*fault.Error](err)
	return err != nil && (!refused || errors.Is(err, fault.Unavailable))
}

// given is what the line is about; the name of a token stands in quotation marks, as somebody's own words.
func (l Line) given() string {
	if l.Kind == KindToken {
		return "“" + l.What + "”"
	}
	return l.What
}

// open is a line that the caller may have a say in, and that is still as it was shown.
func (s *Service) open(ctx context.Context, caller access.Caller, id string, shown Shown) (Line, error) {
	l, err := s.cfg.Lines.ReviewLine(ctx, id, shown.Number)
	switch {
	case err != nil:
		return l, err
	case l.HolderID == caller.ID:
		return l, fault.New(fault.Denied, "review_own", "What you were given yourself is reviewed by others.")
	case l.State == Kept || l.State == Removed:
		return l, fault.New(fault.Conflict, "review_decided", "Line %d is decided already.", l.Number)
	case !l.Proposed.At.Equal(shown.ProposedAt):
		return l, LineChanged()
	}
	return l, s.busy(l)
}

// removalLasts is for how long the removal of what a line is about is taken to be under way. A process that died
// meanwhile leaves it so, and then somebody confirms again.
const removalLasts = time.Minute

// busy refuses to touch a line while what it is about is being removed.
func (s *Service) busy(l Line) error {
	if l.State == Proposed && s.cfg.Now().Sub(l.Decided.At) < removalLasts {
		return fault.New(fault.Conflict, "review_line_busy",
			"What line %d is about is being removed at this moment; try again in a minute.", l.Number)
	}
	return nil
}

// rightsRest is for how long whoever has changed what somebody may do confirms nothing that they propose.
const rightsRest = time.Hour

// Confirm decides lines as another person has proposed. It is for somebody at the console. What is removed is removed
// first, by the act that there is for it, whose right it takes: a line never says of what is still there that it is
// gone. While that is under way, the line says who is at it, and the review cannot be closed.
func (s *Service) Confirm(ctx context.Context, caller access.Caller, id string, shown []Shown) error {
	if err := s.cfg.Audit.AtConsole(ctx, caller, access.ReviewConfirm, id); err != nil {
		return err
	}
	if len(shown) == 0 || len(shown) > mostLines {
		return fault.New(fault.Invalid, "review_lines", "Choose lines, at most %d at once.", mostLines)
	}
	r, err := s.Get(ctx, caller, id)
	if err != nil {
		return err
	}
	if !r.IsOpen() {
		return Closed()
	}
	var refused error
	for _, one := range shown {
		err := s.cfg.Audit.Do(ctx, caller, access.ReviewConfirm, id, func() (note.Note, error) {
			return s.confirm(ctx, caller, id, one)
		})
		if refused = first(refused, err); brokenOff(err) {
			return err
		}
	}
	return refused
}

// LineChanged is the refusal of what is about a line as it was.
func LineChanged() error {
	return fault.New(fault.Conflict, "review_line_changed", "The line was changed in the meantime; look at it again.")
}

// Closed is the refusal of a change to a review that is closed.
func Closed() error {
	return fault.New(fault.Conflict, "review_closed",
		"This review is closed; what has changed since belongs to the next.")
}

func (s *Service) confirm(ctx context.Context, caller access.Caller, id string, one Shown) (note.Note, error) {
	before, err := s.open(ctx, caller, id, one)
	if err != nil {
		return note.Note{}, err
	}
	if err := s.second(ctx, caller, before); err != nil {
		return note.Note{}, err
	}
	after := before
	after.State, after.Decided = Kept, Hand{caller.ID, caller.Name, s.cfg.Now()}
	if !before.Remove {
		return note.New("review_kept", "line %d, %s of %s: kept", before.Number, before.given(), before.HolderName),
			s.cfg.Lines.ChangeLine(ctx, before, after)
	}
	begun := before
	begun.Decided = after.Decided
	if err := s.cfg.Lines.ChangeLine(ctx, before, begun); err != nil {
		return note.Note{}, err
	}
	if err := s.remove(ctx, caller, before); err != nil {
		return note.Note{}, errors.Join(err, s.cfg.Lines.ChangeLine(context.WithoutCancel(ctx), begun, before))
	}
	after.State = Removed
	return note.New("review_removed", "line %d, %s of %s: removed", before.Number, before.given(), before.HolderName),
		s.cfg.Lines.ChangeLine(context.WithoutCancel(ctx), begun, after)
}

// second refuses who is no second person.
func (s *Service) second(ctx context.Context, caller access.Caller, l Line) error {
	switch {
	case l.State != Proposed:
		return LineChanged()
	case !caller.IsPerson() || l.Proposed.By == caller.ID:
		return fault.New(fault.Denied, "review_second", "Somebody other than who proposed it confirms it.")
	}
	changed, err := s.cfg.People.ChangedRights(ctx, caller.ID, l.Proposed.By, s.cfg.Now().Add(-rightsRest))
	if err == nil && changed {
		err = fault.New(fault.Denied, "review_rights_changed",
			"Less than an hour ago you changed what the proposer may do, so somebody else has to confirm this, "+
				"or you later.")
	}
	return err
}

// remove takes what the line is about. What is gone already is gone.
func (s *Service) remove(ctx context.Context, caller access.Caller, l Line) error {
	action := access.UserManage
	if l.Kind == KindService {
		action = access.ServiceManage
	}
	if err := s.cfg.Audit.Permit(ctx, caller, action, l.HolderID); err != nil {
		return err
	}
	var err error
	switch l.Kind {
	case KindRole:
		err = s.cfg.People.DropRole(ctx, caller, l.HolderID, access.Role(l.What))
	case KindGrant:
		err = s.cfg.People.RevokeGrant(ctx, caller, l.HolderID, l.ThingID)
	case KindToken:
		err = s.cfg.People.RevokeToken(ctx, caller, l.HolderID, l.ThingID)
	case KindService:
		_, err = s.cfg.Accounts.End(ctx, caller, l.HolderID)
	}
	if fault.Code(err) == "service_ended" || errors.Is(err, fault.NotFound) {
		return nil
	}
	return err
}
