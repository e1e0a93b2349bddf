package home

import (
	"context"
	"errors"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
	"github.com/sealkeeper/sealkeeper/web/ui/link"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
	"github.com/sealkeeper/sealkeeper/web/ui/wording"
)

// consentSoon is how many days before the end of a consent the page tells of it.
const consentSoon = 7

// consents says which long consents end soon. Those the bank gives for minutes come and go.
func (h *Handler) consents(
	ctx context.Context, v session.Visit, tr *wording.Translator, _ *homePage,
) (tasks []task, err error) {
	if !v.Caller.MaySomewhere(access.ConsentRead) || !v.Caller.MaySomewhere(access.RegistrationRead) {
		return nil, nil
	}
	found, err := h.Consents.Expiring(ctx, v.Caller, consentSoon, shown)
	if err != nil {
		return nil, err
	}
	for _, one := range found.Items {
		in, err := h.Registrations.Institution(ctx, v.Caller, one.InstitutionID)
		if errors.Is(err, fault.NotFound) {
			in, err = catalogue.Gone(one.InstitutionID), nil
		}
		if err != nil {
			return nil, err
		}
		tasks = append(tasks, task{
			Group: taskConsent,
			What:  in.Name,
			Says:  tr.Say("home.consent", tr.Until(one.ExpiresAt)),
			URL:   link.Consent(one.ID),
			At:    one.ExpiresAt,
		})
	}
	if found.Next != "" {
		tasks = append(tasks, task{
			Group: taskConsent,
			What:  tr.Say("home.consents").Text,
			Says:  leftOver(tr, found.Count),
			URL:   link.ConsentsEnding(consentSoon),
			At:    endOfList,
		})
	}
	return tasks, nil
}
