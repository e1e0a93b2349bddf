package certificates

import (
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/vault"
	"github.com/sealkeeper/sealkeeper/web/ui/choice"
	"github.com/sealkeeper/sealkeeper/web/ui/form"
	"github.com/sealkeeper/sealkeeper/web/ui/link"
	"github.com/sealkeeper/sealkeeper/web/ui/page"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
)

// csrFormPage is the form that makes a CSR.
type csrFormPage struct {
	page.Page
	csrForm
	From   choice.Choice // organizations it can be filled in from
	Others choice.Choice // that can be replaced
}

// csrForm is filled in with what the firm is, or with what was typed.
type csrForm struct {
	Order     certs.CSRTemplate
	Domains   string // as typed
	Algorithm string
	Replaces  string // id of a certificate
}

// Kinds are what can be ordered.
func (csrFormPage) Kinds() []certs.Kind { return []certs.Kind{certs.QWAC, certs.QSealC} }

// PSPRoles are the roles of a payment service provider (TS 119 495 clause 5.1).
func (csrFormPage) PSPRoles() []string { return []string{"PSP_AI", "PSP_PI", "PSP_IC", "PSP_AS"} }

// Algorithms are the keys that can be generated, the usual one first.
func (csrFormPage) Algorithms() []string {
	return []string{vault.DefaultKeyAlgorithm, "rsa-4096", "ecdsa-p256", "ecdsa-p384", "rsa-2048"}
}

// Asks reports whether the order has the role.
func (f csrForm) Asks(role string) bool { return slices.Contains(f.Order.Roles, role) }

// More reports whether something is filled in that is folded away.
func (f csrForm) More() bool {
	return f.Order.CommonName+f.Order.Locality+f.Order.State+f.Order.NCAName != ""
}

// newCSRForm is filled in with what is known of the organization that was chosen.
func newCSRForm(c echo.Context, o registration.Organization) csrForm {
	f := csrForm{
		Order:     certs.CSRTemplate{Kind: certs.QWAC},
		Algorithm: vault.DefaultKeyAlgorithm,
		Replaces:  c.QueryParam("replaces"),
	}
	if o.ID == "" {
		return f
	}
	f.Order.Organization, f.Order.Country = o.LegalName, o.Country
	f.Order.OrganizationIdentifier = o.OrganizationIdentifier
	f.Order.NCAID = authority(o.OrganizationIdentifier)
	return f
}

// CSRForm shows the form.
func (h *Handler) CSRForm(c echo.Context, v session.Visit) error {
	return h.csrForm(c, v, nil, nil)
}

// csrForm shows the form. typed is what was refused, nil for nothing.
func (h *Handler) csrForm(c echo.Context, v session.Visit, typed *csrForm, refused error) error {
	data := csrFormPage{Page: h.Pages.Page(c, "certificates", "request.title")}
	of, err := h.fillFrom(c, v, &data)
	if err != nil {
		return err
	}
	if data.csrForm = newCSRForm(c, of); typed != nil {
		data.csrForm = *typed
	}
	data.Others, err = choice.Of(c, v.Caller, h.Vault, choice.Ask{Field: "replaces", Selected: data.Replaces})
	if err != nil {
		return err
	}
	status, why := h.Pages.Refusal(c, refused)
	data.Path, data.Problem = "/certificates/csr", why
	return h.Pages.Render(c, status, "certificates/csr_form", data)
}

// fillFrom is the organization that was chosen, or else the first one that the reader may see.
func (h *Handler) fillFrom(c echo.Context, v session.Visit, data *csrFormPage) (registration.Organization, error) {
	var err error
	data.From, err = choice.Organization(c, v.Caller, h.Registrations, choice.Ask{
		Field:    "from",
		Selected: c.QueryParam("organization"),
		Path:     "/certificates/csr",
	})
	if err != nil || len(data.From.Parties) == 0 {
		return registration.Organization{}, err
	}
	if !slices.ContainsFunc(data.From.Parties, func(p choice.Party) bool { return p.ID == data.From.Selected }) {
		data.From.Selected = data.From.Parties[0].ID
	}
	return h.Registrations.Organization(c.Request().Context(), v.Caller, data.From.Selected)
}

// CreateCSR has a key generated and shows the request made with it.
func (h *Handler) CreateCSR(c echo.Context, v session.Visit) error {
	values, err := form.Values(c)
	if err != nil {
		return err
	}
	typed := readCSRForm(values)
	made, err := h.Vault.CreateCSR(c.Request().Context(), v.Caller, vault.NewCSR{
		Template:  typed.Order,
		Algorithm: typed.Algorithm,
		Replaces:  typed.Replaces,
	})
	if err != nil {
		return h.csrForm(c, v, &typed, err)
	}
	return h.Pages.Done(c, "notice.ordered", link.CSR(made.ID))
}

func readCSRForm(values url.Values) csrForm {
	field := func(name string) string { return strings.TrimSpace(values.Get(name)) }
	order := certs.CSRTemplate{
		Kind:                   certs.Kind(field("kind")),
		Organization:           field("organization"),
		OrganizationIdentifier: field("organization_identifier"),
		Country:                strings.ToUpper(field("country")),
		CommonName:             field("common_name"),
		Locality:               field("locality"),
		State:                  field("state"),
		Roles:                  values["role"],
		NCAID:                  strings.ToUpper(field("nca_id")),
		NCAName:                field("nca_name"),
	}
	if order.NCAID == "" {
		order.NCAID = authority(order.OrganizationIdentifier)
	}
	if order.Kind == certs.QWAC { // the form hides the field otherwise
		order.DNSNames = domainNames(values.Get("domains"))
	}
	return csrForm{
		Order:     order,
		Domains:   values.Get("domains"),
		Algorithm: field("algorithm"),
		Replaces:  field("replaces"),
	}
}

// authority is the NCA an organizationIdentifier names, "FR-ACPR" of
// "PSDFR-ACPR-12345"; "" when it names none.
func authority(organizationIdentifier string) string {
	id, err := certs.ParseOrganizationID(organizationIdentifier)
	if err != nil || id.Authority == "" {
		return ""
	}
	return id.Country + "-" + id.Authority
}

// domainNames takes lines, and lists pasted from elsewhere.
func domainNames(text string) []string {
	var names []string
	for part := range strings.FieldsFuncSeq(text, func(r rune) bool { return strings.ContainsRune("\r\n,;", r) }) {
		if name := strings.TrimSpace(part); name != "" {
			names = append(names, name)
		}
	}
	return names
}
