package institutions

import (
	"context"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/connector/calendar"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
	"github.com/sealkeeper/sealkeeper/web/ui/form"
	"github.com/sealkeeper/sealkeeper/web/ui/link"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
)

// BankFacts are what banks have said.
type BankFacts interface {
	BankFacts(ctx context.Context, caller access.Caller, institutionID string) ([]registration.BankFact, error)
	RecordBankFact(
		ctx context.Context, caller access.Caller, institutionID string, wholeBank bool, f registration.BankFact,
	) (registration.BankFact, error)
	WithdrawBankFact(ctx context.Context, caller access.Caller, institutionID, id string) error
}

// Known are the facts of how the bank takes a change, in order.
func (p institutionPage) Known() []acceptanceFact { return p.acceptance(true) }

// Unknown are those that the bank has not published.
func (p institutionPage) Unknown() []acceptanceFact { return p.acceptance(false) }

func (p institutionPage) acceptance(known bool) []acceptanceFact {
	var all []acceptanceFact
	for _, key := range catalogue.AcceptanceKeys {
		fact := p.Acceptance.Fact(key)
		if said := fact.Value != "" && fact.Value != catalogue.Unknown; said == known {
			all = append(all, acceptanceFact{key, fact})
		}
	}
	return all
}

// acceptanceFact is one of them with its key.
type acceptanceFact struct {
	Key string
	catalogue.Fact
}

// RecordFact records what the bank has said.
func (h *Handler) RecordFact(c echo.Context, v session.Visit) error {
	id := c.Param("id")
	on, err := calendar.Parse(form.Text(c, "said_on"))
	if err != nil {
		return h.show(c, v, id, form.InvalidDay(err))
	}
	_, err = h.Service.RecordBankFact(c.Request().Context(), v.Caller, id, c.FormValue("whole") != "",
		registration.BankFact{
			Key:      form.Text(c, "key"),
			Value:    form.Text(c, "value"),
			Source:   form.Text(c, "source"),
			SaidOn:   on,
			Evidence: form.Text(c, "evidence"),
		})
	if h.Pages.ChangeRequested(err) {
		return h.Pages.Done(c, "notice.change_requested", link.Institution(id))
	}
	if err != nil {
		return h.show(c, v, id, err)
	}
	return h.Pages.Done(c, "notice.bank_fact", link.Institution(id))
}

// WithdrawFact takes one back.
func (h *Handler) WithdrawFact(c echo.Context, v session.Visit) error {
	id := c.Param("id")
	err := h.Service.WithdrawBankFact(c.Request().Context(), v.Caller, id, c.Param("fact"))
	if h.Pages.ChangeRequested(err) {
		return h.Pages.Done(c, "notice.change_requested", link.Institution(id))
	}
	if err != nil {
		return err
	}
	return h.Pages.Done(c, "notice.bank_fact", link.Institution(id))
}
