package home

import (
	"context"
	"slices"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/note"
	"github.com/sealkeeper/sealkeeper/web/ui/named"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
	"github.com/sealkeeper/sealkeeper/web/ui/wording"
)

// activity is an entry of the audit log with what it is about and what was noted of it.
type activity struct {
	audit.Entry
	About named.Thing
	Says  wording.Sentence
}

const (
	recent      = 8   // how many entries the page has
	entriesRead = 200 // since what was begun, and who was not let in, is left out
)

// activities names what the newest entries are about. What was begun is told by how it ended.
func (h *Handler) activities(
	ctx context.Context, v session.Visit, tr *wording.Translator, data *homePage,
) ([]task, error) {
	if !v.Caller.May(access.AuditRead) {
		return nil, nil
	}
	entries, err := h.Log.Latest(ctx, v.Caller, entriesRead)
	if err != nil {
		return nil, err
	}
	entries = slices.DeleteFunc(entries, func(e audit.Entry) bool {
		// strangers, and what the program does by itself, are in the log
		return e.Outcome == audit.Allowed || e.CallerID == "" || access.IsProgram(e.CallerID)
	})
	entries = entries[:min(len(entries), recent)]
	things, err := h.Names.Of(ctx, v, tr, entries)
	if err != nil {
		return nil, err
	}
	for i, e := range entries {
		says := tr.Note(note.Note{Code: e.Code, Args: e.Args, Text: e.Detail})
		data.Recent = append(data.Recent, activity{e, things[i], says})
	}
	return nil, nil
}
