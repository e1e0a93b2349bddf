package issuer

import (
	"context"

	"github.com/sealkeeper/sealkeeper/connector"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
)

// rolePIS is the PSD2 role of a payment initiator (ETSI TS 119 495).
const rolePIS = "PSP_PI"

// PaymentAccess is what somebody who makes payments needs of a registration.
type PaymentAccess struct {
	Client       *connector.Client
	Initiator    string   // the firm's legal name
	RedirectURIs []string // of the application
}

// Payments returns the client for a registration that is ready for payments: its
// active bundle is ready, and the bank's payment interface is subscribed, which
// the checks of the bundle allow only with a QWAC that carries the role.
func (i *Issuer) Payments(ctx context.Context, caller access.Caller, registrationID string) (PaymentAccess, error) {
	client, err := i.Client(ctx, caller, registrationID)
	if err != nil {
		return PaymentAccess{}, err
	}
	view, _, err := i.cfg.Registrations.ActiveBundle(ctx, registrationID)
	if err != nil {
		return PaymentAccess{}, err
	}
	if !subscribed(view, rolePIS) {
		return PaymentAccess{}, fault.New(fault.Conflict, "payments_not_subscribed",
			"The application is not subscribed to %s's payment interface; do that step of the checklist, with a QWAC "+
				"that carries the role %s.", view.Institution.Name, rolePIS)
	}
	return PaymentAccess{
		Client:       client,
		Initiator:    view.Organization.LegalName,
		RedirectURIs: view.Application.RedirectURIs,
	}, nil
}
