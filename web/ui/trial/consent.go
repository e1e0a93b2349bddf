package trial

import (
	"context"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/connector/ais"
	"github.com/sealkeeper/sealkeeper/connector/oauth"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/consent"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/web/ui/link"
	"github.com/sealkeeper/sealkeeper/web/ui/page"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
	"github.com/sealkeeper/sealkeeper/web/ui/wording"
)

// Consents keeps customers' consents and reads accounts with them.
type Consents interface {
	ConsentGiver
	ConsentKeeper
	AccountReader
}

// ConsentGiver leads a customer through the bank.
type ConsentGiver interface {
	Start(ctx context.Context, caller access.Caller, r consent.Request) (consent.Started, error)
	Callback(ctx context.Context, caller access.Caller, r oauth.Return) (consent.Consent, error)
	Revoke(ctx context.Context, caller access.Caller, id string) (consent.Consent, error)
}

// ConsentKeeper knows the consents there are.
type ConsentKeeper interface {
	Get(ctx context.Context, caller access.Caller, id string) (consent.Consent, error)
	Page(ctx context.Context, caller access.Caller, q listing.Query) (listing.Page[consent.Consent], error)
	State(c consent.Consent) consent.State
}

// AccountReader reads at the bank what a consent gives access to.
type AccountReader interface {
	Accounts(ctx context.Context, caller access.Caller, id string) ([]ais.Account, error)
	Identity(ctx context.Context, caller access.Caller, id string) (ais.Identity, error)
	Transactions(
		ctx context.Context, caller access.Caller, id, accountID string, query ais.TransactionQuery,
	) (ais.TransactionList, error)
}

// consentPage is one consent and what it gives access to.
type consentPage struct {
	page.Page
	consentRow
	Registration registration.View
	Identity     *ais.Identity // nil: not granted, or not read
	Accounts     []ais.Account
	Failed       *wording.Sentence // why nothing could be read
	MayRevoke    bool
}

// ShowConsent shows a consent.
func (h *Handler) ShowConsent(c echo.Context, v session.Visit) error {
	return h.showConsent(c, v, nil)
}

func (h *Handler) showConsent(c echo.Context, v session.Visit, refused error) error {
	ctx := c.Request().Context()
	one, err := h.Consents.Get(ctx, v.Caller, c.Param("id"))
	if err != nil {
		return err
	}
	view, err := h.Registrations.Registration(ctx, v.Caller, one.RegistrationID)
	if err != nil {
		return err
	}
	may, err := h.Log.May(ctx, v.Caller, access.ConsentRevoke, one.ID)
	if err != nil {
		return err
	}
	data := consentPage{
		Page:         h.Pages.Page(c, "try", "consent.title"),
		consentRow:   h.consentRow(ctx, v, one, view.Institution.Name),
		Registration: view,
		MayRevoke:    may,
	}
	status, why := h.Pages.Refusal(c, refused)
	data.Path, data.Problem = link.Consent(one.ID), why
	if data.Open {
		h.readAccounts(c, v, &data)
	}
	return h.Pages.Render(c, status, "trial/consent", data)
}

// readAccounts asks the bank. What it does not answer is no reason to show no page.
func (h *Handler) readAccounts(c echo.Context, v session.Visit, data *consentPage) {
	ctx := c.Request().Context()
	accounts, err := h.Consents.Accounts(ctx, v.Caller, data.ID)
	if err != nil {
		data.Failed = h.Pages.Translator(c).Problem(err)
		return
	}
	data.Accounts = accounts
	if who, err := h.Consents.Identity(ctx, v.Caller, data.ID); err == nil {
		data.Identity = &who
	}
}

// RevokeConsent ends a consent.
func (h *Handler) RevokeConsent(c echo.Context, v session.Visit) error {
	id := c.Param("id")
	if _, err := h.Consents.Revoke(c.Request().Context(), v.Caller, id); err != nil {
		return h.showConsent(c, v, err)
	}
	return h.Pages.Done(c, "notice.revoked", link.Consent(id))
}
