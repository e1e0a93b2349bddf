package home

import (
	"cmp"
	"slices"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/vault"
	"github.com/sealkeeper/sealkeeper/web/ui/link"
	"github.com/sealkeeper/sealkeeper/web/ui/wording"
)

// coming is a rule that will change something, and whom it touches.
type coming struct {
	Title   string // key
	From    time.Time
	Touches []touched
	More    int // certificates that are not listed
}

// touched is a certificate that a coming rule touches.
type touched struct {
	reference
	Says wording.Sentence
	By   time.Time
	Uses []reference // registrations whose version in use names it
}

// listed is how many certificates the page lists for each rule.
const listed = 10

// ahead says which rules by date touch certificates, and where those are used.
func (h *Handler) ahead(tr *wording.Translator, records []vault.Record, views []registration.View) []coming {
	uses := map[string][]reference{}
	for _, v := range views {
		if active := v.Active(); active != nil {
			place := reference{v.Institution.Name, link.Registration(v.Registration.ID)}
			for _, id := range []string{active.QWACID, active.QSealCID} {
				uses[id] = append(uses[id], place)
			}
		}
	}
	var all []coming
	for _, r := range records {
		for _, a := range certs.Ahead(r.Leaf, h.Now()) {
			i := slices.IndexFunc(all, func(c coming) bool {
				return c.Title == "ahead_rule."+a.Rule.Code && c.From.Equal(a.Rule.From)
			})
			if i < 0 {
				all, i = append(all, coming{Title: "ahead_rule." + a.Rule.Code, From: a.Rule.From}), len(all)
			}
			all[i].Touches = append(all[i].Touches, touched{
				reference: reference{r.Name, link.Certificate(r.ID)},
				Says:      tr.Translate("ahead."+a.Rule.Code, a.Args, a.Message),
				By:        a.By,
				Uses:      uses[r.ID],
			})
		}
	}
	slices.SortStableFunc(all, func(a, b coming) int {
		return cmp.Or(a.From.Compare(b.From), cmp.Compare(a.Title, b.Title))
	})
	for i := range all {
		slices.SortStableFunc(all[i].Touches, func(a, b touched) int { return a.By.Compare(b.By) })
		all[i].More = max(0, len(all[i].Touches)-listed)
		all[i].Touches = all[i].Touches[:len(all[i].Touches)-all[i].More]
	}
	return all
}
