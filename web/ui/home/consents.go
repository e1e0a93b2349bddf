package home

import (
	"context"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/consent"
	"github.com/sealkeeper/sealkeeper/web/ui/link"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
	"github.com/sealkeeper/sealkeeper/web/ui/wording"
)

// consentSoon is how long before the end of a consent the page tells of it.
const consentSoon = 7 * 24 * time.Hour

// consents says which long consents end soon. Those the bank gives for minutes come and go.
func (h *Handler) consents(ctx context.Context, v session.Visit, tr *wording.Translator, data *homePage) error {
	if !v.Caller.May(access.ConsentRead) || !v.Caller.May(access.RegistrationRead) {
		return nil
	}
	all, err := h.Consents.Expiring(ctx, v.Caller, consentSoon)
	if err != nil {
		return err
	}
	for _, one := range all {
		if h.Consents.State(one) != consent.Expiring || one.ExpiresAt.Sub(one.AuthorizedAt) < consentSoon {
			continue
		}
		in, err := h.Registrations.Institution(ctx, v.Caller, one.InstitutionID)
		if err != nil {
			return err
		}
		data.Tasks = append(data.Tasks, task{
			Group: taskConsent,
			What:  in.Name,
			Says:  tr.Say("home.consent", tr.Until(one.ExpiresAt)),
			URL:   link.Consent(one.ID),
			At:    one.ExpiresAt,
		})
	}
	return nil
}
