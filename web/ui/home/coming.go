package home

import (
	"context"
	"slices"
	"time"

	"github.com/sealkeeper/sealkeeper/certs/rules"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/vault"
	"github.com/sealkeeper/sealkeeper/web/ui/link"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
	"github.com/sealkeeper/sealkeeper/web/ui/wording"
)

// coming is a rule that will change something, and whom it touches.
type coming struct {
	Title   string // key
	From    time.Time
	Touches []touched
	More    int  // certificates that are not listed
	Many    bool // more than More
}

// touched is a certificate that a coming rule touches.
type touched struct {
	reference
	Says wording.Sentence
	Uses []reference // registrations whose version in use names it
}

// listed is how many certificates the page lists for each rule.
const listed = 10

// ahead says which rules by date touch certificates, and where those are used.
func (h *Handler) ahead(ctx context.Context, v session.Visit, tr *wording.Translator, data *homePage) error {
	if !v.Caller.MaySomewhere(access.CertList) || !v.Caller.MaySomewhere(access.CertRead) {
		return nil
	}
	all, err := h.Vault.Ahead(ctx, v.Caller, listed)
	if err != nil {
		return err
	}
	uses, err := h.uses(ctx, v, all)
	if err != nil {
		return err
	}
	for _, rule := range all {
		c := coming{
			Title: "ahead_rule." + rule.Rule.Code,
			From:  rule.Rule.From,
			More:  rule.Count.N - len(rule.IDs),
			Many:  rule.Count.Over,
		}
		for _, id := range rule.IDs {
			r, err := h.Vault.Get(ctx, v.Caller, id)
			if err != nil {
				return err
			}
			if says, touches := sentence(tr, r, rule.Rule, h.Now()); touches {
				c.Touches = append(c.Touches, touched{reference{r.Name, link.Certificate(id)}, says, uses[id]})
			}
		}
		data.Coming = append(data.Coming, c)
	}
	return nil
}

// usesListed is how many registrations the page names of each certificate.
const usesListed = 5

// uses are registrations whose version in use names the certificates that rules touch, by the certificate's id.
func (h *Handler) uses(
	ctx context.Context, v session.Visit, all []vault.Touched,
) (map[string][]reference, error) {
	if !v.Caller.MaySomewhere(access.RegistrationRead) {
		return nil, nil
	}
	var ids []string
	for _, rule := range all {
		ids = append(ids, rule.IDs...)
	}
	slices.Sort(ids)
	named, err := h.Names.ActiveUses(ctx, v.Caller, slices.Compact(ids), usesListed)
	uses := map[string][]reference{}
	for id, places := range named {
		for _, place := range places {
			uses[id] = append(uses[id], referenceTo(place))
		}
	}
	return uses, err
}

// sentence says what a rule to come means for a certificate, if it touches it.
func sentence(tr *wording.Translator, r vault.Record, rule rules.DatedRule, at time.Time) (wording.Sentence, bool) {
	all := rules.Ahead(r.Leaf, at)
	i := slices.IndexFunc(all, func(a rules.Coming) bool { return a.Rule == rule })
	if i < 0 {
		return wording.Sentence{}, false
	}
	return tr.Translate("ahead."+rule.Code, all[i].Args, all[i].Message), true
}
