package campaigns

import (
	"slices"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/campaign"
	"github.com/sealkeeper/sealkeeper/secret"
	"github.com/sealkeeper/sealkeeper/web/ui/form"
	"github.com/sealkeeper/sealkeeper/web/ui/page"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
)

type secretsPage struct {
	page.Page
	Name          string
	Until         string // day
	Eves          bool
	Registrations []string // ids, in place of institutions
	Institutions  []institution
}

// institution is one whose client secrets may be replaced.
type institution struct {
	campaign.SecretUse
	Chosen bool
}

// SecretsForm asks for a campaign that replaces client secrets: of all registrations in use at institutions, or of one.
func (h *Handler) SecretsForm(c echo.Context, v session.Visit) error { return h.secretsForm(c, v, nil) }

func (h *Handler) secretsForm(c echo.Context, v session.Visit, refused error) error {
	values, err := form.Values(c)
	if err != nil {
		return err
	}
	data := secretsPage{
		Page:          h.Pages.Page(c, "campaigns", "campaign.new_secrets"),
		Name:          form.Text(c, "name"),
		Until:         form.Text(c, "until"),
		Eves:          c.FormValue("eves") != "",
		Registrations: values["registration"],
	}
	if len(data.Registrations) == 0 {
		uses, err := h.Service.SecretUses(c.Request().Context(), v.Caller)
		if err != nil {
			return err
		}
		for _, u := range uses {
			data.Institutions = append(data.Institutions,
				institution{u, slices.Contains(values["institution"], u.Institution.ID)})
		}
	}
	status, why := h.Pages.Refusal(c, refused)
	data.Problem = why
	return h.Pages.Render(c, status, "campaigns/secrets", data)
}

// CreateSecrets plans it.
func (h *Handler) CreateSecrets(c echo.Context, v session.Visit) error {
	values, err := form.Values(c)
	if err != nil {
		return err
	}
	until, err := form.ParseDay(form.Text(c, "until"))
	if err != nil {
		return h.secretsForm(c, v, err)
	}
	return h.create(c, v, campaign.Intent{
		Name: form.Text(c, "name"),
		Eves: c.FormValue("eves") != "",
		Secrets: &campaign.SecretScope{
			Registrations: values["registration"],
			Institutions:  values["institution"],
			Until:         until,
		},
	}, h.secretsForm)
}

// recordSecret takes the secret that was typed, and the moment where the bank lets us choose one.
func (h *Handler) recordSecret(c echo.Context, v session.Visit) error {
	n := campaign.NewSecret{Text: secret.NewTextString(form.Text(c, "client_secret"))}
	defer n.Text.Wipe()
	if form.Text(c, "switch_at") != "" {
		at, err := h.moment(c, v)
		if err != nil {
			return err
		}
		n.SwitchAt = at
	}
	return h.Service.RecordSecret(c.Request().Context(), v.Caller, c.Param("id"), c.Param("registration"), n)
}
