package home

import (
	"context"
	"slices"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/cases"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/web/ui/link"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
	"github.com/sealkeeper/sealkeeper/web/ui/wording"
)

// elsewhere are kinds of case that the page has lists of its own for.
var elsewhere = []cases.Kind{
	cases.CertificateEnds, cases.ConsentEnds, cases.ApprovalWaits, cases.BankSilent, cases.Revoked, cases.IssuerRevoked,
}

// cases says what else ends or has broken, and that nobody sees to it yet.
func (h *Handler) cases(
	ctx context.Context, v session.Visit, tr *wording.Translator, _ *homePage,
) (tasks []task, err error) {
	if !v.Caller.MaySomewhere(access.CaseRead) {
		return nil, nil
	}
	q := cases.Listed.Query()
	q.Limit = listing.MaxLimit
	page, err := h.Cases.Page(ctx, v.Caller, q)
	if err != nil {
		return nil, err
	}
	words := tr.Cases(h.Location, h.Now())
	for _, c := range page.Items {
		if slices.Contains(elsewhere, c.Kind) || c.Acknowledged(h.Now()) {
			continue
		}
		t := task{
			Group: taskDue,
			What:  words.Kind(c.Kind),
			Says:  wording.Sentence{Text: words.Sentence(c)},
			URL:   link.Case(c.ID),
			At:    c.EndsAt,
		}
		if c.Broken() {
			t.Group = taskStopped
		}
		tasks = append(tasks, t)
	}
	return tasks, nil
}
