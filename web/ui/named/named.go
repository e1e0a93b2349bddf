// Package named answers one question: what is an entry of the audit log about? The log has ids, which tell nobody
// anything.
package named

import (
	"context"
	"strings"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/campaign"
	"github.com/sealkeeper/sealkeeper/internal/consent"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/internal/payment"
	"github.com/sealkeeper/sealkeeper/internal/service"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
	"github.com/sealkeeper/sealkeeper/vault"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
	"github.com/sealkeeper/sealkeeper/web/ui/wording"
)

// Thing is a thing's name and, where the reader may see it, its page.
type Thing struct{ Name, URL string }

// Certificates are those there are, and those that were requested.
type Certificates interface {
	Get(ctx context.Context, caller access.Caller, id string) (vault.Record, error)
	CSR(ctx context.Context, caller access.Caller, id string) (vault.CSR, error)
}

// Registrations say what they and their parts are called.
type Registrations interface {
	Names(ctx context.Context, caller access.Caller, ids []string) (map[string]registration.Named, error)
	Institution(ctx context.Context, caller access.Caller, id string) (catalogue.Institution, error)
}

// Approvals are the changes that take two people.
type Approvals interface {
	Get(ctx context.Context, caller access.Caller, id string) (approval.Request, error)
}

// Consents are customers' consents.
type Consents interface {
	Get(ctx context.Context, caller access.Caller, id string) (consent.Consent, error)
}

// Payments are those that were made.
type Payments interface {
	Page(ctx context.Context, caller access.Caller, q listing.Query) (listing.Page[payment.Payment], error)
}

// Campaigns are the changes of certificates at banks.
type Campaigns interface {
	Campaign(ctx context.Context, caller access.Caller, id string) (
		campaign.Campaign, campaign.Counts, *approval.Request, error)
}

// Services are the service accounts.
type Services interface {
	Get(ctx context.Context, caller access.Caller, id string) (service.Account, error)
}

// Names has what knows names. It is safe for concurrent use.
type Names struct {
	Certificates  Certificates
	Registrations Registrations
	Approvals     Approvals
	Consents      Consents
	Payments      Payments
	Campaigns     Campaigns
	Services      Services
	People        wording.Directory
}

// Of says what each of the entries is about, "" where nothing is known of it any more or the reader may not see it.
func (n Names) Of(
	ctx context.Context, v session.Visit, tr *wording.Translator, entries []audit.Entry,
) ([]Thing, error) {
	f := finder{Names: n, ctx: ctx, caller: v.Caller, tr: tr, known: map[string]Thing{"": {}}}
	ids := make([]string, len(entries))
	for i, e := range entries {
		ids[i] = e.Object
	}
	if err := f.registrations(ids); err != nil {
		return nil, err
	}
	// What an entry is about is found by the kind of its act: one that does not tell may stand beside one that does.
	asked := map[string]bool{}
	for _, e := range entries {
		kind, _, _ := strings.Cut(string(e.Action), ".")
		if _, known := f.known[e.Object]; known || asked[kind+" "+e.Object] {
			continue
		}
		asked[kind+" "+e.Object] = true
		if thing := f.find(kind, e.Object); thing.Name != "" {
			f.known[e.Object] = thing
		}
	}
	things := make([]Thing, len(entries))
	for i, e := range entries {
		things[i] = f.known[e.Object]
	}
	return things, nil
}
