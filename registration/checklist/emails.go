package checklist

import (
	"slices"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/connector/calendar"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/registration/email"
)

// Email returns the newest one about a step.
func (f *Facts) Email(step string) (email.Email, bool) {
	i := slices.IndexFunc(f.Emails, func(e email.Email) bool { return e.Step == step })
	if i < 0 {
		return email.Email{}, false
	}
	return f.Emails[i], true
}

// answered takes a step from the newest e-mail about it.
func (f *Facts) answered(s *Step) {
	s.State = Todo
	newest, sent := f.Email(s.ID)
	if !sent {
		if s.Record.CameDone() {
			s.State = Done
		}
		return
	}
	switch {
	case newest.Open():
		s.State, s.Record.WaitingSince = Waiting, newest.SentAt
		if s.Record.RemindAt.Before(newest.SentAt) {
			s.Record.RemindAt = newest.SentAt.AddDate(0, 0, s.Reminder)
		}
	case newest.Answer.Confirmed:
		s.State = Done
	default:
		s.State = InProgress
	}
}

// AllowsEmail refuses an e-mail to the bank that cannot have been sent, or not yet.
func (s Step) AllowsEmail(sentOn, today calendar.Date) error {
	switch {
	case today.Before(sentOn):
		return fault.New(fault.Invalid, "sent_in_future",
			"Give the day on which the e-mail was sent; it cannot be later than today.")
	case s.Locked:
		return s.locked()
	case s.State == Waiting:
		return fault.New(fault.Conflict, "email_open",
			"The bank has not answered the last e-mail; record its answer, or that it refused, before the next.")
	}
	return nil
}

func (s Step) locked() error {
	return fault.New(fault.Conflict, "step_locked", "%q comes after %s; finish that first.", s.Title.EN,
		strings.Join(s.LockedBy, ", "))
}

// Sent is the record of a step whose e-mail went out: it waits for the bank.
func (s Step) Sent(at time.Time, told map[string]string) Record {
	r := s.Record
	r.State, r.Told = Waiting, told
	r.WaitingSince, r.RemindAt = at, at.AddDate(0, 0, s.Reminder)
	return r
}
