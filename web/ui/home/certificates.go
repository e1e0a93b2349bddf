package home

import (
	"context"
	"net/url"
	"time"

	"github.com/sealkeeper/sealkeeper/certs/rules"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/campaign"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/vault"
	"github.com/sealkeeper/sealkeeper/web/ui/link"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
	"github.com/sealkeeper/sealkeeper/web/ui/wording"
)

const (
	soonDays = "60"
	expiring = 5 // how many certificates the page lists
	shown    = 6 // how many tasks of a kind; the others are a page of their own
)

// certificates says which certificates are not fit for use, and which end soon.
func (h *Handler) certificates(
	ctx context.Context, v session.Visit, tr *wording.Translator, data *homePage,
) (tasks []task, err error) {
	if !v.Caller.MaySomewhere(access.CertList) {
		return nil, nil
	}
	underWay, err := h.changeOvers(ctx, v)
	if err != nil {
		return nil, err
	}
	q := vault.Certificates.Query()
	q.Sort, q.Limit = "not_after", shown
	seen := map[string]bool{}
	for _, f := range [][2]string{{vault.FilterFinding, string(rules.SeverityError)}, {vault.FilterEndsIn, soonDays}} {
		page, err := h.Vault.Page(ctx, v.Caller, q.With(f[0], f[1]))
		if err != nil {
			return nil, err
		}
		for _, c := range page.Items {
			replaced := c.Successor != "" && c.Uses == 0 && c.Judgement.Worst.Severity != rules.SeverityError
			if !seen[c.ID] && !replaced {
				tasks = append(tasks, certificateTask(tr, c, underWay[c.ID]))
			}
			seen[c.ID] = true
		}
		if page.Next != "" {
			tasks = append(tasks, certificatesLeft(tr, page.Count, f[0], f[1]))
		}
	}
	q.Limit = expiring
	page, err := h.Vault.Page(ctx, v.Caller, q)
	data.Expiring = page.Items
	return tasks, err
}

// changeOvers are the pages of the newest campaigns that are not over, by the ids of the certificates they replace.
func (h *Handler) changeOvers(ctx context.Context, v session.Visit) (map[string]string, error) {
	pages := map[string]string{}
	if !v.Caller.MayEverywhere(access.CampaignRead) {
		return pages, nil
	}
	q := campaign.Campaigns.Query()
	q.Limit = listing.MaxLimit
	found, err := h.Campaigns.Page(ctx, v.Caller, q)
	for _, c := range found.Items {
		for _, p := range c.Pairs {
			if !c.State.Over() {
				pages[p.Old] = link.Campaign(c.ID)
			}
		}
	}
	return pages, err
}

// certificateTask is what a certificate asks for; changeOver is the page of the campaign that replaces it, if there is
// one.
func certificateTask(tr *wording.Translator, c vault.Summary, changeOver string) task {
	t := task{Group: taskCertificate, What: c.Name, URL: link.Certificate(c.ID), At: c.NotAfter}
	if c.Judgement.Worst.Severity == rules.SeverityError {
		t.Severity, t.More = rules.SeverityError, c.Judgement.Findings-1
		t.Says = tr.Finding(c.Judgement.Worst).Message
		return t
	}
	switch {
	case changeOver != "":
		t.URL, t.Says = changeOver, tr.Say("home.changing", tr.Until(certs.Day(c.NotAfter)))
		return t
	case c.Successor != "":
		t.URL, t.Says = link.Certificate(c.Successor), tr.Say("home.renewed", tr.Until(certs.Day(c.NotAfter)))
		return t
	}
	t.Says = tr.Say("home.expires", tr.Until(certs.Day(c.NotAfter)))
	return t
}

// certificatesLeft leads to the certificates of which the page names only the first.
func certificatesLeft(tr *wording.Translator, all listing.Count, filter, value string) task {
	t := task{
		Group: taskCertificate,
		What:  tr.Enum("filter_"+filter, value),
		Says:  leftOver(tr, all),
		URL:   "/certificates?" + url.Values{filter: {value}}.Encode(),
		At:    endOfList,
	}
	if value == string(rules.SeverityError) {
		t.Severity = rules.SeverityError
	}
	return t
}

// leftOver says how many there are of what the page names only the first.
func leftOver(tr *wording.Translator, all listing.Count) wording.Sentence {
	if all.Over {
		return tr.Say("home.left_over")
	}
	return tr.Say("home.left", all.N-shown)
}

// endOfList sorts a task behind the others of its group.
var endOfList = time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)

// requests says which certificates were requested and have not come.
func (h *Handler) requests(
	ctx context.Context, v session.Visit, tr *wording.Translator, _ *homePage,
) (tasks []task, err error) {
	if !v.Caller.MaySomewhere(access.CertList) {
		return nil, nil
	}
	q := vault.CSRsListed.Query().With(vault.FilterIssued, "false")
	q.Limit = shown
	page, err := h.Vault.CSRPage(ctx, v.Caller, q)
	if err != nil {
		return nil, err
	}
	for _, r := range page.Items {
		tasks = append(tasks, task{
			Group: taskWaiting,
			What:  r.Name,
			Says:  tr.Say("home.ordered", tr.Until(r.CreatedAt)),
			URL:   link.CSR(r.ID),
		})
	}
	if page.Next != "" {
		tasks = append(tasks, task{
			Group: taskWaiting,
			What:  tr.Say("certificates.csrs").Text,
			Says:  leftOver(tr, page.Count),
			URL:   "/certificates/csrs?issued=false",
			At:    endOfList,
		})
	}
	return tasks, nil
}
