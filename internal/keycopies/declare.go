package keycopies

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/note"
	"github.com/sealkeeper/sealkeeper/internal/uid"
)

// Declaration is a copy that somebody knows of.
type Declaration struct {
	Kind   Kind
	Holder string // name
	Reason string
	Since  time.Time // a day
}

// MaxHolder is how many characters the name of a holder may have.
const MaxHolder = 200

// Declare takes down a copy that somebody knows of.
func (s *Service) Declare(
	ctx context.Context, caller access.Caller, certificateID string, d Declaration,
) (Copy, error) {
	d.Holder, d.Reason = strings.TrimSpace(d.Holder), strings.TrimSpace(d.Reason)
	now := s.now()
	c := Copy{
		ID:         uid.New(),
		Kind:       d.Kind,
		HolderID:   strings.ToLower(d.Holder),
		Holder:     d.Holder,
		First:      d.Since,
		Last:       d.Since,
		Reason:     d.Reason,
		DeclaredBy: caller.ID,
		CreatedAt:  now,
	}
	err := s.log.Do(ctx, caller, access.KeyCopyDeclare, certificateID, func() (note.Note, error) {
		detail := note.New("key_copy_declared", "a copy at %s: %s", d.Holder, d.Reason)
		if err := d.complete(now); err != nil {
			return detail, err
		}
		key, err := s.store.KeyOf(ctx, certificateID)
		if err != nil {
			return detail, err
		}
		c.KeyID = key.ID
		if err := s.store.DeclareKeyCopy(ctx, c); errors.Is(err, fault.Conflict) {
			return detail, fault.New(fault.Conflict, "key_copy_known",
				"A copy of this key at %q is recorded already; end that one first if this is another.", d.Holder)
		} else if err != nil {
			return detail, err
		}
		return detail, nil
	})
	if err != nil {
		return Copy{}, err
	}
	c.Certificates, err = s.certificates(ctx, caller, []string{c.KeyID})
	return c, err
}

func (d Declaration) complete(now time.Time) error {
	if !slices.Contains(Declarable(), d.Kind) {
		return fault.New(fault.Invalid, "key_copy_kind_unknown",
			"A copy that is declared is at a provider, in a backup or on a machine; choose one of the three.")
	}
	if n := utf8.RuneCountInString(d.Holder); n == 0 || n > MaxHolder {
		return fault.New(fault.Invalid, "key_copy_holder_missing",
			"Name who or what holds the copy, in at most %d characters.", MaxHolder)
	}
	if err := reasonGiven(d.Reason); err != nil {
		return err
	}
	return past(d.Since, now)
}

func reasonGiven(reason string) error {
	if n := utf8.RuneCountInString(reason); n == 0 || n > note.MaxReason {
		return fault.New(fault.Invalid, "reason_missing", "Give a reason, of at most %d characters; it is recorded.",
			note.MaxReason)
	}
	return nil
}

// oldest is before any key of ours was made.
var oldest = time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC)

// past refuses a day that has not begun anywhere, and one that is a slip of the hand.
func past(day, now time.Time) error {
	if day.Before(oldest) || day.After(now.Add(24*time.Hour)) {
		return fault.New(fault.Invalid, "key_copy_day_invalid",
			"Give the day on which it was; it is not in the future.")
	}
	return nil
}

// End takes down that a copy was destroyed: how, and on which day.
func (s *Service) End(
	ctx context.Context, caller access.Caller, copyID, how string, on time.Time,
) (Copy, error) {
	how = strings.TrimSpace(how)
	now := s.now()
	err := s.log.Do(ctx, caller, access.KeyCopyEnd, copyID, func() (note.Note, error) {
		detail := note.New("key_copy_ended", "destroyed: %s", how)
		if err := reasonGiven(how); err != nil {
			return detail, err
		}
		if err := past(on, now); err != nil {
			return detail, err
		}
		c, err := s.store.KeyCopy(ctx, copyID)
		if err != nil {
			return detail, err
		}
		detail = note.New("key_copy_destroyed", "the copy at %s was destroyed: %s", c.Holder, how)
		if on.Before(c.First.Truncate(24 * time.Hour)) {
			return detail, fault.New(fault.Invalid, "key_copy_day_early",
				"It was destroyed on a day before there was a copy; correct the day.")
		}
		return detail, s.store.EndKeyCopy(ctx, copyID, Ending{How: how, On: on, By: caller.ID, At: now})
	})
	if err != nil {
		return Copy{}, err
	}
	c, err := s.store.KeyCopy(ctx, copyID)
	if err != nil {
		return c, err
	}
	c.Certificates, err = s.certificates(ctx, caller, []string{c.KeyID})
	return c, err
}
