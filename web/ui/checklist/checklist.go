// Package checklist answers one question: how far is a registration or an enrolment? It says the steps, what was
// checked and what was changed in the reader's words.
package checklist

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/connector/calendar"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
	"github.com/sealkeeper/sealkeeper/registration/checklist"
	"github.com/sealkeeper/sealkeeper/registration/email"
	"github.com/sealkeeper/sealkeeper/registration/evidence"
	"github.com/sealkeeper/sealkeeper/web/ui/link"
	"github.com/sealkeeper/sealkeeper/web/ui/wording"
)

// Step is a step as the checklist shows it.
type Step struct {
	checklist.Step
	Base    string // address of the page the step is on
	Open    bool
	May     bool // the reader may change it
	MayAdd  bool // and add evidence
	MayOpen bool

	SeesCertificates bool // the reader does

	Before   []string // titles of the steps it waits for
	Gates    []Gate
	Shortcut *Shortcut // where the program decides it
	Account  string    // on the bank's portal, as far as it is noted
	Emails   []Email
	Evidence []Evidence
	History  []Change
}

// Look is the state, or locked.
func (s Step) Look() string {
	if s.Locked && s.State == checklist.Todo {
		return "locked"
	}
	return string(s.State)
}

// Ticked reports whether a person may say now how far the step is.
func (s Step) Ticked() bool { return !s.Checked() && s.Look() != "locked" }

// Barred reports whether a gate keeps the step from being done.
func (s Step) Barred() bool {
	return slices.ContainsFunc(s.Gates, func(g Gate) bool { return g.Level == checklist.GateError })
}

// MailLink reports whether the step's link is the address of the e-mail that is prepared here.
func (s Step) MailLink() bool { return strings.HasPrefix(s.Link, "mailto:") }

// AsksAccount reports whether the address of the account on the bank's portal is noted with the step.
func (s Step) AsksAccount() bool { return s.Asks == catalogue.AsksPortalAccount }

// NeedsNote reports whether the note is what matters: a step can be left out with a reason only.
func (s Step) NeedsNote() bool { return s.Optional && s.Ticked() && !s.Settled() }

// Shortcut is a link to where a step is done that nobody can tick. Label is a key of the catalogue.
type Shortcut struct{ URL, Label string }

// Email is an e-mail to the bank that was sent.
type Email struct {
	email.Email
	By string
}

// Evidence is a file that is kept with a step.
type Evidence struct {
	evidence.File
	By string
}

// List is the steps of a page, and what is known of them.
type List struct {
	Base        string // "/registrations/ID" or "/enrolments/ID"
	Application string // id, for the steps that are done there
	Account     string // address of the account on the bank's portal
	Steps       []checklist.Step
	Emails      []email.Email
	History     []registration.HistoryEntry
	Caller      access.Caller
	Zone        *time.Location // of the bank's clock, by which its days are said
}

// Say says the steps in the reader's words; the first that can be done is open.
func (l List) Say(ctx context.Context, tr *wording.Translator, people wording.People) []Step {
	steps, next := make([]Step, len(l.Steps)), Next(l.Steps)
	for i, s := range l.Steps {
		s.Record.WaitingSince = l.day(s.Record.WaitingSince)
		s.Record.RemindAt = l.day(s.Record.RemindAt)
		steps[i] = Step{
			Step:    s,
			Base:    l.Base,
			Open:    i == next,
			May:     l.Caller.May(access.RegistrationWrite),
			MayAdd:  l.Caller.May(access.EvidenceAdd),
			MayOpen: l.Caller.MaySomewhere(access.EvidenceRead),

			SeesCertificates: l.Caller.May(access.CertRead),

			Before:   l.titles(tr, s.LockedBy),
			Gates:    SayGates(tr, s.Gates),
			Shortcut: l.shortcut(s),
			Account:  l.Account,
			Emails:   l.emails(ctx, people, s),
			History:  l.changes(tr, s),
		}
		for _, e := range s.Evidence {
			steps[i].Evidence = append(steps[i].Evidence, Evidence{e, people.Name(ctx, e.AddedBy)})
		}
	}
	return steps
}

// day is the day that a noted time is on at the bank.
func (l List) day(t time.Time) time.Time { return calendar.Noted(t, l.Zone).UTC() }

func (l List) titles(tr *wording.Translator, ids []string) []string {
	var titles []string
	for _, s := range l.Steps {
		if slices.Contains(ids, s.ID) {
			titles = append(titles, tr.Pick(s.Title))
		}
	}
	return titles
}

func (l List) emails(ctx context.Context, people wording.People, s checklist.Step) []Email {
	var sent []Email
	for _, e := range l.Emails {
		if e.Step == s.ID {
			e.SentAt, e.Answer.At = l.day(e.SentAt), l.day(e.Answer.At)
			sent = append(sent, Email{e, people.Name(ctx, e.SentBy)})
		}
	}
	return sent
}

func (l List) changes(tr *wording.Translator, s checklist.Step) []Change {
	var all []registration.HistoryEntry
	for _, h := range l.History {
		if h.Step == s.ID && h.Subject == s.Subject {
			all = append(all, h)
		}
	}
	return SayChanges(tr, all)
}

// shortcut is where a step is done that the program decides.
func (l List) shortcut(s checklist.Step) *Shortcut {
	switch s.Check {
	case catalogue.CheckCertificatesUploaded:
		return &Shortcut{"/certificates/upload", "upload.title"}
	case catalogue.CheckClientURIs, "":
		if s.Check == "" && !slices.Contains(s.Tells, catalogue.TellsRedirectURIs) {
			return nil
		}
		if l.Application != "" {
			return &Shortcut{link.Application(l.Application), "step.go_application"}
		}
	case catalogue.CheckCertificatesSelected, catalogue.CheckCredentialsRecorded, catalogue.CheckBundleSaved:
		return &Shortcut{l.Base + "#bundle", "step.go_bundle"}
	case catalogue.CheckConnectionTested:
		return &Shortcut{l.Base + "#test", "step.go_test"}
	case catalogue.CheckActivated:
		return &Shortcut{l.Base + "#versions", "step.go_versions"}
	}
	return nil
}
