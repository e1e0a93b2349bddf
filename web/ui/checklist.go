package ui

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
	"github.com/sealkeeper/sealkeeper/web/ui/link"
	"github.com/sealkeeper/sealkeeper/web/ui/wording"
)

// stepView is a step as the checklist shows it.
type stepView struct {
	registration.StepView
	Base     string // address of the page the step is on
	Open     bool
	May      bool // the reader may change it
	MayAdd   bool // and add evidence
	MayOpen  bool
	Before   []string // titles of the steps it waits for
	Gates    []gate
	Does     *doing // where the program decides it
	Letters  []letterLine
	Evidence []evidenceLine
	History  []historyLine
}

// Look is the state, or locked.
func (s stepView) Look() string {
	if s.Locked && s.State == registration.Todo {
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
	Level registration.Level
	Icon  string
	Says  wording.Sentence
}

// doing is a link to where a step is done that nobody can tick.
type doing struct{ URL, Label string }

type letterLine struct {
	registration.Correspondence
	By string
}

type evidenceLine struct {
	registration.Evidence
	By string
}

type historyLine struct {
	registration.HistoryEntry
	Says wording.Sentence
}

// checklistPage is what the steps of a page have in common.
type checklistPage struct {
	base        string // "/registrations/ID" or "/enrolments/ID"
	application string // id, for the steps that are done there
	steps       []registration.StepView
	letters     []registration.Correspondence
	history     []registration.HistoryEntry
	caller      access.Caller
}

// checklist says the steps in the reader's words; the first that can be done is open.
func (u *UI) checklist(ctx context.Context, w *wording.Translator, p checklistPage) []stepView {
	views := make([]stepView, len(p.steps))
	next := nextStep(p.steps)
	for i, s := range p.steps {
		v := stepView{
			StepView: s,
			Base:     p.base,
			Open:     i == next,
			May:      p.caller.May(access.RegistrationWrite),
			MayAdd:   p.caller.May(access.EvidenceAdd),
			MayOpen:  p.caller.May(access.EvidenceRead),
			Before:   titles(w, p.steps, s.LockedBy),
			Does:     p.doing(s),
		}
		for _, g := range s.Gates {
			v.Gates = append(v.Gates, sayGate(w, g))
		}
		for _, l := range p.letters {
			if l.Step == s.ID {
				v.Letters = append(v.Letters, letterLine{l, u.people.Name(ctx, l.SentBy)})
			}
		}
		for _, e := range s.Evidence {
			v.Evidence = append(v.Evidence, evidenceLine{e, u.people.Name(ctx, e.AddedBy)})
		}
		for _, h := range p.history {
			if h.Step == s.ID && h.Subject == s.Subject {
				v.History = append(v.History, historyLine{h, sayHistory(w, h)})
			}
		}
		views[i] = v
	}
	return views
}

func titles(w *wording.Translator, steps []registration.StepView, ids []string) []string {
	var titles []string
	for _, s := range steps {
		if slices.Contains(ids, s.ID) {
			titles = append(titles, w.Pick(s.Title))
		}
	}
	return titles
}

// gateIcons go with the levels.
var gateIcons = map[registration.Level]string{
	registration.GateOK:      "check",
	registration.GateUnknown: "info",
	registration.GateWarning: "warning",
	registration.GateError:   "error",
}

func sayGate(w *wording.Translator, g registration.Gate) gate {
	said := gate{Level: g.Level, Icon: gateIcons[g.Level], Says: w.English(g.Message)}
	args := slices.Clone(g.Args)
	if g.Code == "told_otherwise" {
		args[0] = w.Enum("told", args[0])
	}
	if text, ok := w.Translate("gate."+g.Code, args); ok {
		said.Says = wording.Sentence{Text: text}
	}
	return said
}

// doing is where a step is done that the program decides.
func (p checklistPage) doing(s registration.StepView) *doing {
	switch s.Check {
	case catalogue.CheckCertificatesUploaded:
		return &doing{"/certificates/upload", "upload.title"}
	case catalogue.CheckClientURIs:
		if p.application != "" {
			return &doing{link.Application(p.application), "step.go_application"}
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

// sayHistory says one change. What was changed is a word of ours, states are translated.
func sayHistory(w *wording.Translator, h registration.HistoryEntry) wording.Sentence {
	from, to := h.From, h.To
	switch h.What {
	case "state", "letter", "answer", "reopened":
		from, to = w.Enum("step_state", h.From), w.Enum("step_state", h.To)
	case "due", "remind":
		from, to = sayDay(w, h.From), sayDay(w, h.To)
	case "note", "evidence":
		return wording.Sentence{Text: w.Enum("history", h.What) + " " + to}
	}
	if from == "" {
		return wording.Sentence{Text: fmt.Sprintf("%s %s", w.Enum("history", h.What), to)}
	}
	return wording.Sentence{Text: fmt.Sprintf("%s %s → %s", w.Enum("history", h.What), from, to)}
}

// sayDay writes a time of the history as its day.
func sayDay(w *wording.Translator, text string) string {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return "—"
	}
	return w.Date(t)
}
