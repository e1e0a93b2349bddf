package named

import (
	"context"
	"slices"
	"strings"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/payment"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/web/ui/link"
	"github.com/sealkeeper/sealkeeper/web/ui/wording"
)

// finder names things for one reader. Only what they may see is looked up, and each thing once.
type finder struct {
	Names
	ctx    context.Context //nolint:containedctx // of the one call that the finder is made for
	caller access.Caller
	tr     *wording.Translator
	known  map[string]Thing

	payments []payment.Payment // the newest; nil: nobody has asked yet
}

// paymentsSearched is among how many of the newest payments a payment's name is looked for.
const paymentsSearched = 30

// registrations notes what those of the ids are that registrations are made of.
func (f *finder) registrations(ids []string) error {
	if !f.caller.MaySomewhere(access.RegistrationRead) {
		return nil
	}
	names, err := f.Registrations.Names(f.ctx, f.caller, ids)
	for id, named := range names {
		f.known[id] = Thing{named.Name, map[registration.NamedKind]func(string) string{
			registration.NamedRegistration: link.Registration,
			registration.NamedOrganization: link.Organization,
			registration.NamedApplication:  link.Application,
			registration.NamedEnrolment:    link.Enrolment,
		}[named.Kind](named.ID)}
	}
	return err
}

// find says what an act of a kind is about.
func (f *finder) find(kind, id string) Thing {
	switch kind {
	case "token": // of a person, or of a service account
		if account := f.service(id); account.Name != "" {
			return account
		}
		return f.person(id)
	case "user", "session", "passkey", "own_token", "person":
		return f.person(id)
	case "backup":
		return Thing{Name: id} // a name already
	case "cert", "key", "csr", "incident", "key_copy":
		return f.certificate(id)
	case "approval":
		return f.approval(id)
	case "consent", "accounts", "tokens":
		return f.consent(id)
	case "campaign":
		return f.campaign(id)
	case "payment":
		return f.payment(id)
	case "institution", "bank_fact":
		return f.institution(id)
	case "service":
		return f.service(id)
	case "policy":
		return f.policy(id)
	case "records":
		if name := f.tr.Enum("records", id); name != id {
			return Thing{Name: name}
		}
	}
	return Thing{}
}

// person is somebody by their id, or by their name, which older entries have.
func (f *finder) person(id string) Thing {
	u, err := f.People.User(f.ctx, id)
	switch {
	case err != nil && wording.ShortID(id) != id: // an id
		return Thing{}
	case err != nil:
		return Thing{Name: id}
	case !f.caller.May(access.PersonRead):
		return Thing{Name: u.Name}
	}
	return Thing{u.Name, link.Person(id)}
}

func (f *finder) certificate(id string) Thing {
	if !f.caller.MaySomewhere(access.CertRead) {
		return Thing{}
	}
	if r, err := f.Certificates.Get(f.ctx, f.caller, id); err == nil {
		return Thing{r.Name, link.Certificate(id)}
	}
	if !f.caller.MaySomewhere(access.CertList) {
		return Thing{}
	}
	if r, err := f.Certificates.CSR(f.ctx, f.caller, id); err == nil {
		return Thing{r.Name, link.CSR(id)}
	}
	return Thing{}
}

func (f *finder) campaign(id string) Thing {
	if !f.caller.May(access.CampaignRead) {
		return Thing{}
	}
	c, _, _, err := f.Campaigns.Campaign(f.ctx, f.caller, id)
	if err != nil {
		return Thing{}
	}
	return Thing{c.Name, link.Campaign(id)}
}

func (f *finder) approval(id string) Thing {
	if !f.caller.MaySomewhere(access.ApprovalRead) {
		return Thing{}
	}
	r, err := f.Approvals.Get(f.ctx, f.caller, id)
	if err != nil {
		return Thing{}
	}
	return Thing{f.tr.Enum("action", r.Kind) + " · " + f.tr.Requested(r), link.Approval(id)}
}

func (f *finder) consent(id string) Thing {
	if !f.caller.MaySomewhere(access.ConsentRead) {
		return Thing{}
	}
	one, err := f.Consents.Get(f.ctx, f.caller, id)
	if err != nil {
		return Thing{}
	}
	at := f.institution(one.InstitutionID)
	if at.Name == "" {
		return Thing{}
	}
	return Thing{f.tr.Say("consent.at", at.Name).Text, link.Consent(id)}
}

func (f *finder) institution(id string) Thing {
	if !f.caller.May(access.InstitutionRead) {
		return Thing{}
	}
	in, err := f.Registrations.Institution(f.ctx, f.caller, id)
	if err != nil {
		return Thing{}
	}
	return Thing{in.Name, link.Institution(id)}
}

// payment reads it as it was known last: a look at a list asks no bank.
func (f *finder) payment(id string) Thing {
	if !f.caller.MaySomewhere(access.PaymentRead) {
		return Thing{}
	}
	if f.payments == nil {
		q := payment.Listed.Query()
		q.Limit = paymentsSearched
		found, err := f.Payments.Page(f.ctx, f.caller, q)
		if err != nil {
			return Thing{}
		}
		f.payments = append([]payment.Payment{}, found.Items...)
	}
	i := slices.IndexFunc(f.payments, func(p payment.Payment) bool { return p.ID == id })
	if i < 0 {
		return Thing{}
	}
	order := f.payments[i].Order
	return Thing{f.tr.OrderAmount(order) + " → " + order.CreditorName, link.Payment(id)}
}

func (f *finder) service(id string) Thing {
	if !f.caller.MayEverywhere(access.ServiceRead) {
		return Thing{}
	}
	a, err := f.Services.Get(f.ctx, f.caller, id)
	if err != nil {
		return Thing{}
	}
	return Thing{a.Name, link.Service(id)}
}

// policy is the setting, of entries that name one.
func (f *finder) policy(id string) Thing {
	if strings.Contains(id, ",") {
		return Thing{Name: f.tr.Say("policy.title").Text, URL: link.Policy}
	}
	return Thing{f.tr.Setting(id), link.Policy}
}
