package ui

import (
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/vault"
	"github.com/sealkeeper/sealkeeper/web/problem"
	"github.com/sealkeeper/sealkeeper/web/ui/link"
	"github.com/sealkeeper/sealkeeper/web/ui/page"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
)

// requestPage is the form that orders a certificate, filled with what the firm
// is or with what was typed.
type requestPage struct {
	page.Page
	Organizations []registration.Organization
	Chosen        string // id of the organization the form is filled from
	Order         certs.Order
	Domains       string // as typed
	Algorithm     string
	Replaces      string         // id of a certificate
	Others        []vault.Record // that can be replaced
}

// Kinds are what can be ordered.
func (requestPage) Kinds() []certs.Kind { return []certs.Kind{certs.QWAC, certs.QSealC} }

// PSPRoles are the roles of a payment service provider (TS 119 495 clause 5.1).
func (requestPage) PSPRoles() []string { return []string{"PSP_AI", "PSP_PI", "PSP_IC", "PSP_AS"} }

// Algorithms are the keys that can be generated, the usual one first.
func (requestPage) Algorithms() []string {
	return []string{vault.DefaultKeyAlgorithm, "rsa-4096", "rsa-2048", "ecdsa-p256", "ecdsa-p384"}
}

// Asks reports whether the order has the role.
func (p requestPage) Asks(role string) bool { return slices.Contains(p.Order.Roles, role) }

// More reports whether something is filled in that is folded away.
func (p requestPage) More() bool {
	return p.Order.CommonName+p.Order.Locality+p.Order.State+p.Order.NCAName != ""
}

func (u *UI) requestForm(c echo.Context, v session.Visit) error {
	organizations, err := u.organizations(c, v)
	if err != nil {
		return err
	}
	data := requestPage{
		Organizations: organizations,
		Order:         certs.Order{Kind: certs.QWAC},
		Algorithm:     vault.DefaultKeyAlgorithm,
		Replaces:      c.QueryParam("replaces"),
	}
	chosen := slices.IndexFunc(organizations, func(o registration.Organization) bool {
		return o.ID == c.QueryParam("organization")
	})
	if len(organizations) > 0 {
		o := organizations[max(chosen, 0)]
		data.Chosen = o.ID
		data.Order.Organization, data.Order.Country, data.Order.OrganizationIdentifier = o.LegalName, o.Country, o.OrganizationIdentifier
		data.Order.NCAID = authority(o.OrganizationIdentifier)
	}
	return u.requestPage(c, data, http.StatusOK)
}

func (u *UI) requestPage(c echo.Context, data requestPage, status int) error {
	var err error
	if data.Others, err = u.replaceable(c, session.VisitOf(c)); err != nil {
		return err
	}
	problem := data.Problem
	data.Page = u.pages.Page(c, "certificates", "request.title")
	data.Path, data.Problem = "/certificates/request", problem
	return u.pages.Render(c, status, "certificates/csr_form", data)
}

// organizations are those the reader may see.
func (u *UI) organizations(c echo.Context, v session.Visit) ([]registration.Organization, error) {
	if !v.Caller.May(access.RegistrationRead) {
		return nil, nil
	}
	return u.cfg.Registrations.Organizations(c.Request().Context(), v.Caller)
}

// request has the key generated and shows the request made with it.
func (u *UI) request(c echo.Context, v session.Visit) error {
	form, err := c.FormParams()
	if err != nil {
		return err
	}
	field := func(name string) string { return strings.TrimSpace(form.Get(name)) }
	order := certs.Order{
		Kind:                   certs.Kind(field("kind")),
		Organization:           field("organization"),
		OrganizationIdentifier: field("organization_identifier"),
		Country:                strings.ToUpper(field("country")),
		CommonName:             field("common_name"),
		Locality:               field("locality"),
		State:                  field("state"),
		Roles:                  form["role"],
		NCAID:                  strings.ToUpper(field("nca_id")),
		NCAName:                field("nca_name"),
	}
	if order.NCAID == "" {
		order.NCAID = authority(order.OrganizationIdentifier)
	}
	if order.Kind == certs.QWAC { // the form hides the field otherwise
		order.DNSNames = domainNames(form.Get("domains"))
	}
	algorithm := field("algorithm")
	made, err := u.cfg.Vault.Order(c.Request().Context(), v.Caller, vault.NewRequest{
		Order:     order,
		Algorithm: algorithm,
		Replaces:  field("replaces"),
	})
	if err != nil {
		data := requestPage{
			Order:     order,
			Domains:   form.Get("domains"),
			Algorithm: algorithm,
			Replaces:  field("replaces"),
		}
		return u.requestRefused(c, v, data, err)
	}
	u.sessions.Confirm(c, "notice.ordered")
	return u.pages.Redirect(c, link.CSR(made.ID))
}

// requestRefused shows the form again as it was filled in, with the reason.
func (u *UI) requestRefused(c echo.Context, v session.Visit, data requestPage, why error) error {
	var err error
	if data.Organizations, err = u.organizations(c, v); err != nil {
		return err
	}
	data.Problem = u.pages.Translator(c).Problem(why)
	return u.requestPage(c, data, problem.Of(why).Status)
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
