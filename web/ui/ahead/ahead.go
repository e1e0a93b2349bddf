// Package ahead answers one question for pages: which rules by date are to come, which certificates do they touch, and
// where are those used?
package ahead

import (
	"context"
	"slices"
	"time"

	"github.com/sealkeeper/sealkeeper/certs/rules"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/vault"
	"github.com/sealkeeper/sealkeeper/web/ui/link"
	"github.com/sealkeeper/sealkeeper/web/ui/wording"
)

// Rule is a rule that will change something, and whom it touches: what the part "coming" of a page shows.
type Rule struct {
	Title   string // key
	From    time.Time
	Touches []Touched
	More    int  // certificates that are not listed
	Many    bool // more than More
}

// Touched is a certificate that a coming rule touches.
type Touched struct {
	Name, URL string
	Says      wording.Sentence
	Uses      []Use
}

// Use is a registration whose version in use names a certificate.
type Use struct{ Name, URL string }

// Certificates are those in custody.
type Certificates interface {
	Get(ctx context.Context, caller access.Caller, id string) (vault.Record, error)
	Ahead(ctx context.Context, caller access.Caller, limit int) ([]vault.Touched, error)
}

// Registrations know where certificates are used.
type Registrations interface {
	ActiveUses(ctx context.Context, caller access.Caller, certificateIDs []string, limit int) (
		map[string][]registration.Named, error)
}

// Reader reads what is to come.
type Reader struct {
	Certificates  Certificates
	Registrations Registrations
	Now           func() time.Time
}

const (
	listed     = 10 // certificates of each rule
	usesListed = 5  // registrations of each certificate
)

// Rules returns the rules to come that touch certificates which the caller sees, the earliest first.
func (r Reader) Rules(ctx context.Context, caller access.Caller, tr *wording.Translator) ([]Rule, error) {
	if !caller.MaySomewhere(access.CertList) || !caller.MaySomewhere(access.CertRead) {
		return nil, nil
	}
	all, err := r.Certificates.Ahead(ctx, caller, listed)
	if err != nil {
		return nil, err
	}
	uses, err := r.uses(ctx, caller, all)
	if err != nil {
		return nil, err
	}
	coming := make([]Rule, len(all))
	for i, rule := range all {
		coming[i] = Rule{
			Title: "ahead_rule." + rule.Rule.Code,
			From:  rule.Rule.From,
			More:  rule.Count.N - len(rule.IDs),
			Many:  rule.Count.Over,
		}
		for _, id := range rule.IDs {
			c, err := r.Certificates.Get(ctx, caller, id)
			if err != nil {
				return nil, err
			}
			if says, touches := sentence(tr, c, rule.Rule, r.Now()); touches {
				one := Touched{Name: c.Name, URL: link.Certificate(id), Says: says, Uses: uses[id]}
				coming[i].Touches = append(coming[i].Touches, one)
			}
		}
	}
	return coming, nil
}

// uses are the uses of certificates that rules touch, by the certificate's id.
func (r Reader) uses(ctx context.Context, caller access.Caller, all []vault.Touched) (map[string][]Use, error) {
	if !caller.MaySomewhere(access.RegistrationRead) {
		return nil, nil
	}
	var ids []string
	for _, rule := range all {
		ids = append(ids, rule.IDs...)
	}
	slices.Sort(ids)
	named, err := r.Registrations.ActiveUses(ctx, caller, slices.Compact(ids), usesListed)
	uses := map[string][]Use{}
	for id, places := range named {
		for _, place := range places {
			uses[id] = append(uses[id], Use{place.Name, link.Registration(place.ID)})
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
