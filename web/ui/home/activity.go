package home

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
	reference
}

// reference is a thing's name and, where the reader may see it, its page.
type reference struct{ What, URL string }

const (
	recent           = 8   // how many entries the page has
	entriesRead      = 200 // since what was begun, and who was not let in, is left out
	paymentsSearched = 30  // for a payment's name
)

// activities names what the newest entries are about. What was begun is told by how it ended.
func (h *Handler) activities(ctx context.Context, v session.Visit, tr *wording.Translator, data *homePage) error {
	if !v.Caller.May(access.AuditRead) {
		return nil
	}
	entries, err := h.Log.Latest(ctx, v.Caller, entriesRead)
	if err != nil {
		return err
	}
	entries = slices.DeleteFunc(entries, func(e audit.Entry) bool {
		// strangers, and what the program does by itself, are in the log
		return e.Outcome == audit.Allowed || e.CallerID == "" || access.IsProgram(e.CallerID)
	})
	entries = entries[:min(len(entries), recent)]
	objects := make([]string, len(entries))
	for i, e := range entries {
		objects[i] = e.Object
	}
	if err := h.knowParts(ctx, v, objects, data.known); err != nil {
		return err
	}
	for _, e := range entries {
		data.Recent = append(data.Recent, activity{e, h.objectOf(ctx, v, tr, e, data.known)})
	}
	return nil
}

// knowParts notes what those of the ids are that registrations are made of.
func (h *Handler) knowParts(ctx context.Context, v session.Visit, ids []string, known map[string]reference) error {
	if !v.Caller.MaySomewhere(access.RegistrationRead) {
		return nil
	}
	names, err := h.Names.Names(ctx, v.Caller, ids)
	for id, named := range names {
		known[id] = referenceTo(named)
	}
	return err
}

func referenceTo(named registration.Named) reference {
	return reference{named.Name, map[registration.NamedKind]func(string) string{
		registration.NamedRegistration: link.Registration,
		registration.NamedOrganization: link.Organization,
		registration.NamedApplication:  link.Application,
		registration.NamedEnrolment:    link.Enrolment,
	}[named.Kind](named.ID)}
}

// objectOf says what an entry is about. Only what the reader may see is looked up,
// and what is not there any more has no name.
func (h *Handler) objectOf(
	ctx context.Context, v session.Visit, tr *wording.Translator, e audit.Entry, known map[string]reference,
) reference {
	if r, ok := known[e.Object]; ok && e.Object != "" {
		return r
	}
	switch kind, _, _ := strings.Cut(string(e.Action), "."); kind {
	case "user", "token", "backup":
		return reference{What: e.Object} // a name already
	case "cert", "key":
		return h.certificate(ctx, v, e.Object)
	case "approval":
		return h.approval(ctx, v, tr, e.Object)
	case "consent", "accounts", "tokens":
		return h.consent(ctx, v, tr, e.Object)
	case "campaign":
		return h.campaign(ctx, v, e.Object)
	case "payment":
		return h.payment(ctx, v, tr, e.Object)
	case "institution":
		return reference{e.Object, link.Institution(e.Object)}
	}
	return reference{}
}

// certificate names one that the lists do not have: a certificate out of use.
func (h *Handler) certificate(ctx context.Context, v session.Visit, id string) reference {
	if id == "" || !v.Caller.MaySomewhere(access.CertRead) {
		return reference{}
	}
	r, err := h.Vault.Get(ctx, v.Caller, id)
	if err != nil {
		return reference{}
	}
	return reference{r.Name, link.Certificate(id)}
}

func (h *Handler) campaign(ctx context.Context, v session.Visit, id string) reference {
	if !v.Caller.May(access.CampaignRead) {
		return reference{}
	}
	c, _, _, err := h.Campaigns.Campaign(ctx, v.Caller, id)
	if err != nil {
		return reference{}
	}
	return reference{c.Name, link.Campaign(id)}
}

func (h *Handler) approval(ctx context.Context, v session.Visit, tr *wording.Translator, id string) reference {
	if !v.Caller.MaySomewhere(access.ApprovalRead) {
		return reference{}
	}
	r, err := h.Approvals.Get(ctx, v.Caller, id)
	if err != nil {
		return reference{}
	}
	return reference{tr.Enum("action", r.Kind) + " · " + r.ObjectName, link.Approval(id)}
}

func (h *Handler) consent(ctx context.Context, v session.Visit, tr *wording.Translator, id string) reference {
	if !v.Caller.MaySomewhere(access.ConsentRead) || !v.Caller.May(access.InstitutionRead) {
		return reference{}
	}
	one, err := h.Consents.Get(ctx, v.Caller, id)
	if err != nil {
		return reference{}
	}
	in, err := h.Registrations.Institution(ctx, v.Caller, one.InstitutionID)
	if err != nil {
		return reference{}
	}
	return reference{tr.Say("consent.at", in.Name).Text, link.Consent(id)}
}

// payment reads it as it was known last: a look at the home page asks no bank.
func (h *Handler) payment(ctx context.Context, v session.Visit, tr *wording.Translator, id string) reference {
	if !v.Caller.MaySomewhere(access.PaymentRead) {
		return reference{}
	}
	q := payment.Listed.Query()
	q.Limit = paymentsSearched
	found, err := h.Payments.Page(ctx, v.Caller, q)
	all := found.Items
	i := slices.IndexFunc(all, func(p payment.Payment) bool { return p.ID == id })
	if err != nil || i < 0 {
		return reference{}
	}
	return reference{tr.OrderAmount(all[i].Order) + " → " + all[i].Order.CreditorName, link.Payment(id)}
}
