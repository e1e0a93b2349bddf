package home

import (
	"context"
	"slices"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/registration"
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
	if !v.Caller.May(access.CertList) || !v.Caller.May(access.CertRead) {
		return nil
	}
	rules, err := h.Vault.Ahead(ctx, v.Caller, listed)
	if err != nil {
		return err
	}
	uses := usesOf(data.views)
	for _, rule := range rules {
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

// sentence says what a rule to come means for a certificate, if it touches it.
func sentence(tr *wording.Translator, r vault.Record, rule certs.DatedRule, at time.Time) (wording.Sentence, bool) {
	all := certs.Ahead(r.Leaf, at)
	i := slices.IndexFunc(all, func(a certs.Coming) bool { return a.Rule == rule })
	if i < 0 {
		return wording.Sentence{}, false
	}
	return tr.Translate("ahead."+rule.Code, all[i].Args, all[i].Message), true
}

// usesOf are the registrations whose version in use names a certificate, by its id.
func usesOf(views []registration.View) map[string][]reference {
	uses := map[string][]reference{}
	for _, v := range views {
		if active := v.Active(); active != nil {
			place := reference{v.Institution.Name, link.Registration(v.Registration.ID)}
			for _, id := range []string{active.QWACID, active.QSealCID} {
				uses[id] = append(uses[id], place)
			}
		}
	}
	return uses
}
