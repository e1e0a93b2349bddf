package home

import (
	"context"
	"slices"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/vault"
	"github.com/sealkeeper/sealkeeper/web/ui/i18n"
	"github.com/sealkeeper/sealkeeper/web/ui/link"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
	"github.com/sealkeeper/sealkeeper/web/ui/wording"
)

const (
	soonDays = 60
	expiring = 5 // how many certificates the page lists
)

// certificates says which certificates are not fit for use, and which end soon.
func (h *Handler) certificates(
	ctx context.Context, v session.Visit, tr *wording.Translator, data *homePage,
) error {
	if !v.Caller.May(access.CertList) {
		return nil
	}
	records, err := h.Vault.List(ctx, v.Caller)
	if err != nil {
		return err
	}
	records = slices.SortedStableFunc(slices.Values(records), func(a, b vault.Record) int {
		return a.Leaf.NotAfter.Compare(b.Leaf.NotAfter)
	})
	data.records = records
	data.findings = wording.FindingsByID(records, h.Now())
	for _, r := range records {
		data.known[r.ID] = reference{r.Name, link.Certificate(r.ID)}
		if t, needed := h.certificateTask(tr, r, data.findings[r.ID]); needed {
			data.Tasks = append(data.Tasks, t)
		}
	}
	data.Expiring = records[:min(len(records), expiring)]
	data.Start = &firstSteps{Certificates: len(records) > 0}
	return nil
}

func (h *Handler) certificateTask(tr *wording.Translator, r vault.Record, findings []certs.Finding) (task, bool) {
	t := task{Group: taskCertificate, What: r.Name, URL: link.Certificate(r.ID), At: r.Leaf.NotAfter}
	switch {
	case len(findings) > 0 && findings[0].Severity == certs.SeverityError: // the most serious comes first
		t.Severity, t.Says, t.More = certs.SeverityError, tr.Finding(findings[0]).Message, len(findings)-1
	case i18n.Days(h.Now(), r.Leaf.NotAfter) < soonDays:
		t.Says = tr.Say("home.expires", tr.Until(r.Leaf.NotAfter))
	default:
		return t, false
	}
	return t, true
}

// requests says which certificates were requested and have not come.
func (h *Handler) requests(ctx context.Context, v session.Visit, tr *wording.Translator, data *homePage) error {
	if !v.Caller.May(access.CertList) {
		return nil
	}
	all, err := h.Vault.Ordered(ctx, v.Caller)
	if err != nil {
		return err
	}
	for _, r := range all {
		if r.State == vault.RequestIssued {
			continue
		}
		data.known[r.ID] = reference{r.Name, link.CSR(r.ID)}
		data.Tasks = append(data.Tasks, task{
			Group: taskWaiting,
			What:  r.Name,
			Says:  tr.Say("home.ordered", tr.Until(r.CreatedAt)),
			URL:   link.CSR(r.ID),
		})
	}
	return nil
}
