package checklist

import (
	"fmt"
	"time"

	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/web/ui/wording"
)

// Change is something that was changed, in the reader's words.
type Change struct {
	registration.HistoryEntry
	Says wording.Sentence
}

// SayChanges says what was changed about a step, an organization or an application.
func SayChanges(tr *wording.Translator, all []registration.HistoryEntry) []Change {
	changes := make([]Change, len(all))
	for i, h := range all {
		changes[i] = Change{h, sayChange(tr, h)}
	}
	return changes
}

// sayChange says one change. What was changed is a word of ours, states are translated.
func sayChange(tr *wording.Translator, h registration.HistoryEntry) wording.Sentence {
	from, to := h.From, h.To
	switch h.What {
	case "state", "email", "answer", "reopened":
		from, to = tr.Enum("step_state", h.From), tr.Enum("step_state", h.To)
	case "due", "remind", "done_before":
		from, to = sayDay(tr, h.From), sayDay(tr, h.To)
	case "note", "evidence":
		return wording.Sentence{Text: tr.Enum("history", h.What) + " " + to}
	}
	if from == "" {
		return wording.Sentence{Text: fmt.Sprintf("%s %s", tr.Enum("history", h.What), to)}
	}
	return wording.Sentence{Text: fmt.Sprintf("%s %s → %s", tr.Enum("history", h.What), from, to)}
}

// EditNotice is the key of what is confirmed after something was edited: also whether a bank has to be told.
func EditNotice(consequences []registration.Consequence) string {
	if len(consequences) > 0 {
		return "notice.edited_tell"
	}
	return "notice.edited"
}

// sayDay writes a time of the history as its day.
func sayDay(tr *wording.Translator, text string) string {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return "—"
	}
	return tr.Date(t)
}
