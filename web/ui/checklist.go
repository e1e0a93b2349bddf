package ui

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
	"github.com/sealkeeper/sealkeeper/registration/checklist"
	"github.com/sealkeeper/sealkeeper/registration/email"
	"github.com/sealkeeper/sealkeeper/registration/evidence"
	"github.com/sealkeeper/sealkeeper/web/ui/i18n"
)

// stepView is a step as the checklist shows it.
type stepView struct {
	checklist.Step
	Base     string // address of the page the step is on
	Open     bool
	May      bool // the reader may change it
	MayAdd   bool // and add evidence
	MayOpen  bool
	Before   []string // titles of the steps it waits for
	Gates    []gate
	Does     *doing // where the program decides it
	Emails   []emailLine
	Evidence []evidenceLine
	History  []historyLine
}

// Look is the state, or locked.
func (s stepView) Look() string {
	if s.Locked && s.State == checklist.Todo {
		return "locked"
	}
	return string(s.State)
}

// Ticked reports whether a person may say now how far the step is.
func (s stepView) Ticked() bool { return !s.Checked() && s.Look() != "locked" }

// NeedsNote reports whether the note is what matters: a step can be left out with a reason only.
func (s stepView) NeedsNote() bool { return s.Optional && s.Ticked() && !s.Settled() }

// gate is something that was checked, in the reader's words.
type gate struct {
	Level checklist.Level
	Icon  string
	Says  sentence
}

// doing is a link to where a step is done that nobody can tick.
type doing struct{ URL, Label string }

type emailLine struct {
	email.Email
	By string
}

type evidenceLine struct {
	evidence.File
	By string
}

type historyLine struct {
	registration.HistoryEntry
	Says sentence
}

// checklistPage is what the steps of a page have in common.
type checklistPage struct {
	base        string // "/registrations/ID" or "/enrolments/ID"
	application string // id, for the steps that are done there
	steps       []checklist.Step
	emails      []email.Email
	history     []registration.HistoryEntry
	caller      access.Caller
}

// checklist says the steps in the reader's words; the first that can be done is open.
func (u *UI) checklist(ctx context.Context, w *words, p checklistPage) []stepView {
	views := make([]stepView, len(p.steps))
	next := nextStep(p.steps)
	for i, s := range p.steps {
		v := stepView{
			Step:    s,
			Base:    p.base,
			Open:    i == next,
			May:     p.caller.May(access.RegistrationWrite),
			MayAdd:  p.caller.May(access.EvidenceAdd),
			MayOpen: p.caller.May(access.EvidenceRead),
			Before:  w.titles(p.steps, s.LockedBy),
			Does:    p.doing(s),
		}
		for _, g := range s.Gates {
			v.Gates = append(v.Gates, w.gate(g))
		}
		for _, l := range p.emails {
			if l.Step == s.ID {
				v.Emails = append(v.Emails, emailLine{l, u.personName(ctx, l.SentBy)})
			}
		}
		for _, e := range s.Evidence {
			v.Evidence = append(v.Evidence, evidenceLine{e, u.personName(ctx, e.AddedBy)})
		}
		for _, h := range p.history {
			if h.Step == s.ID && h.Subject == s.Subject {
				v.History = append(v.History, historyLine{h, w.history(h)})
			}
		}
		views[i] = v
	}
	return views
}

func (w *words) titles(steps []checklist.Step, ids []string) []string {
	var titles []string
	for _, s := range steps {
		if slices.Contains(ids, s.ID) {
			titles = append(titles, w.pick(s.Title))
		}
	}
	return titles
}

// gateIcons go with the levels.
var gateIcons = map[checklist.Level]string{
	checklist.GateOK:      "check",
	checklist.GateUnknown: "info",
	checklist.GateWarning: "warning",
	checklist.GateError:   "error",
}

func (w *words) gate(g checklist.Gate) gate {
	said := gate{Level: g.Level, Icon: gateIcons[g.Level], Says: w.english(g.Message)}
	args := slices.Clone(g.Args)
	if g.Code == "told_otherwise" {
		args[0] = w.enum("told", args[0])
	}
	if text, ok := w.said("gate."+g.Code, args); ok {
		said.Says = sentence{Text: text}
	}
	return said
}

// doing is where a step is done that the program decides.
func (p checklistPage) doing(s checklist.Step) *doing {
	switch s.Check {
	case catalogue.CheckCertificatesUploaded:
		return &doing{"/certificates/upload", "upload.title"}
	case catalogue.CheckClientURIs:
		if p.application != "" {
			return &doing{"/applications/" + p.application, "step.go_application"}
		}
	case catalogue.CheckCertificatesSelected, catalogue.CheckCredentialsRecorded, catalogue.CheckBundleSaved:
		return &doing{p.base + "#bundle", "step.go_bundle"}
	case catalogue.CheckConnectionTested:
		return &doing{p.base + "#test", "step.go_test"}
	case catalogue.CheckActivated:
		return &doing{p.base + "#versions", "step.go_versions"}
	}
	return nil
}

// history says one change. What was changed is a word of ours, states are translated.
func (w *words) history(h registration.HistoryEntry) sentence {
	from, to := h.From, h.To
	switch h.What {
	case "state", "email", "answer", "reopened":
		from, to = w.enum("step_state", h.From), w.enum("step_state", h.To)
	case "due", "remind":
		from, to = w.dayOf(h.From), w.dayOf(h.To)
	case "note", "evidence":
		return sentence{Text: w.enum("history", h.What) + " " + to}
	}
	if from == "" {
		return sentence{Text: fmt.Sprintf("%s %s", w.enum("history", h.What), to)}
	}
	return sentence{Text: fmt.Sprintf("%s %s → %s", w.enum("history", h.What), from, to)}
}

// dayOf writes a time of the history as its day.
func (w *words) dayOf(text string) string {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return "—"
	}
	return w.Date(t)
}

// day is a time as a date field has it.
func day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.DateOnly)
}

// size writes a number of bytes for people.
func (w *words) size(bytes int) string {
	text := fmt.Sprintf("%.1f", float64(bytes)/(1<<20))
	unit := "MB"
	if bytes < 1<<20 {
		text, unit = fmt.Sprint((bytes+1023)>>10), "kB"
	}
	if w.Lang() == i18n.French {
		text, unit = strings.ReplaceAll(text, ".", ","), map[string]string{"MB": "Mo", "kB": "Ko"}[unit]
	}
	return text + "\u00a0" + unit
}

func pathOf(kind, id string) string { return "/" + kind + "/" + url.PathEscape(id) }
