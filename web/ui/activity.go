package ui

import (
	"context"
	"slices"
	"strings"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/payment"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/web/ui/link"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
	"github.com/sealkeeper/sealkeeper/web/ui/wording"
)

// activity is an entry of the audit log with what it is about: the log has ids,
// which tell nobody anything.
type activity struct {
	audit.Entry
	named
}

// named is a thing's name and, where the reader may see it, its page.
type named struct{ What, URL string }

// activities names what the newest entries are about. What was begun is told by how it ended.
func (u *UI) activities(ctx context.Context, v session.Visit, w *wording.Translator, data *homePage) error {
	if !v.Caller.May(access.AuditRead) {
		return nil
	}
	entries, err := u.cfg.Audit.Latest(ctx, v.Caller, 4*homeRecent)
	if err != nil {
		return err
	}
	entries = slices.DeleteFunc(entries, func(e audit.Entry) bool { return e.Outcome == audit.Allowed })
	for _, e := range entries[:min(len(entries), homeRecent)] {
		data.Recent = append(data.Recent, activity{e, u.objectOf(ctx, v, w, e, data.named)})
	}
	return nil
}

// name notes things that the page has read anyhow.
func (p *homePage) name(id string, n named) {
	if p.named == nil {
		p.named = map[string]named{}
	}
	p.named[id] = n
}

// nameRegistrations notes what registrations are made of.
func (p *homePage) nameRegistrations(views []registration.View) {
	for _, r := range views {
		one := named{r.Institution.Name, link.Registration(r.Registration.ID)}
		p.name(r.Registration.ID, one)
		for _, b := range r.Bundles {
			p.name(b.CredentialsRef, one)
		}
		p.name(r.Organization.ID, named{r.Organization.LegalName, link.Organization(r.Organization.ID)})
		p.name(r.Application.ID, named{r.Application.Name, link.Application(r.Application.ID)})
		p.name(r.Enrolment.ID, named{r.Institution.Group.Name, link.Enrolment(r.Enrolment.ID)})
	}
}

// objectOf says what an entry is about. Only what the reader may see is looked up,
// and what is not there any more has no name.
func (u *UI) objectOf(ctx context.Context, v session.Visit, w *wording.Translator, e audit.Entry, known map[string]named) named {
	if n, ok := known[e.Object]; ok && e.Object != "" {
		return n
	}
	switch kind, _, _ := strings.Cut(string(e.Action), "."); kind {
	case "user", "token", "backup":
		return named{What: e.Object} // a name already
	case "cert", "key":
		return u.certificateNamed(ctx, v, e.Object)
	case "approval":
		return u.approvalNamed(ctx, v, w, e.Object)
	case "consent", "accounts", "tokens":
		return u.consentNamed(ctx, v, w, e.Object)
	case "payment":
		return u.paymentNamed(ctx, v, w, e.Object)
	case "institution":
		return named{e.Object, link.Institution(e.Object)}
	}
	return named{}
}

// certificateNamed names one that the lists do not have: a certificate out of use.
func (u *UI) certificateNamed(ctx context.Context, v session.Visit, id string) named {
	if id == "" || !v.Caller.May(access.CertRead) {
		return named{}
	}
	r, err := u.cfg.Vault.Get(ctx, v.Caller, id)
	if err != nil {
		return named{}
	}
	return named{r.Name, link.Certificate(id)}
}

func (u *UI) approvalNamed(ctx context.Context, v session.Visit, w *wording.Translator, id string) named {
	if !v.Caller.May(access.ApprovalRead) {
		return named{}
	}
	r, err := u.cfg.Approvals.Get(ctx, v.Caller, id)
	if err != nil {
		return named{}
	}
	return named{w.Enum("approval_kind", r.Kind) + " · " + r.ObjectName, link.Approval(id)}
}

func (u *UI) consentNamed(ctx context.Context, v session.Visit, w *wording.Translator, id string) named {
	if !v.Caller.May(access.ConsentRead) || !v.Caller.May(access.InstitutionRead) {
		return named{}
	}
	one, err := u.cfg.Consents.Get(ctx, v.Caller, id)
	if err != nil {
		return named{}
	}
	in, err := u.cfg.Registrations.Institution(ctx, v.Caller, one.InstitutionID)
	if err != nil {
		return named{}
	}
	return named{w.Say("consent.at", in.Name).Text, link.Consent(id)}
}

// paymentNamed reads it as it was known last: a look at the home page asks no bank.
func (u *UI) paymentNamed(ctx context.Context, v session.Visit, w *wording.Translator, id string) named {
	if !v.Caller.May(access.PaymentRead) {
		return named{}
	}
	all, err := u.cfg.Payments.List(ctx, v.Caller, payment.Filter{Limit: tryListed})
	i := slices.IndexFunc(all, func(p payment.Payment) bool { return p.ID == id })
	if err != nil || i < 0 {
		return named{}
	}
	return named{w.OrderAmount(all[i].Order) + " → " + all[i].Order.CreditorName, link.Payment(id)}
}
