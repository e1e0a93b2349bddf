// Package email is what a bank is written: the draft that a person sends, the e-mail that
// was sent, and the bank's answer to it.
package email

import (
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/connector/calendar"
	"github.com/sealkeeper/sealkeeper/fault"
)

// Email is one that was sent to the bank, and its answer.
type Email struct {
	ID            string
	Subject       string // id of the enrolment or registration
	Step          string
	SentAt        time.Time
	SentBy        string
	CertificateID string // which QWAC the bank was sent
	Note          string
	Answer        Answer
}

// Open reports whether the bank has not answered yet.
func (e Email) Open() bool { return e.Answer.At.IsZero() }

// Dispatch says that an e-mail went out.
type Dispatch struct {
	At            time.Time // zero: now
	CertificateID string    // the QWAC it was about
	Note          string
}

// Answer is what the bank said.
type Answer struct {
	At        time.Time // zero: nothing yet
	From      string    // who at the bank
	Confirmed bool      // else it refused
	Note      string
	By        string // who recorded it
}

// Check refuses an answer that nobody can have given to an e-mail that was sent at the time.
// What is compared are days of the bank's zone.
func (a Answer) Check(sentAt, now time.Time, zone *time.Location) error {
	on := calendar.Noted(a.At, zone)
	switch {
	case strings.TrimSpace(a.From) == "":
		return fault.New(fault.Invalid, "answer_from_missing", "Say who at the bank answered.")
	case !a.Confirmed && strings.TrimSpace(a.Note) == "":
		return fault.New(fault.Invalid, "reason_missing", "Say in the note why the bank refused.")
	case calendar.Of(now, zone).Before(on) || on.Before(calendar.Noted(sentAt, zone)):
		return fault.New(fault.Invalid, "answer_day",
			"The answer must have come between the day the e-mail was sent and today; correct the day.")
	}
	return nil
}
