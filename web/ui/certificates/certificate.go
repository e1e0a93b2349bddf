package certificates

import (
	"cmp"
	"context"
	"errors"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/certs/rules"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/incident"
	"github.com/sealkeeper/sealkeeper/internal/registers"
	"github.com/sealkeeper/sealkeeper/vault"
	"github.com/sealkeeper/sealkeeper/web/ui/choice"
	"github.com/sealkeeper/sealkeeper/web/ui/ending"
	"github.com/sealkeeper/sealkeeper/web/ui/link"
	"github.com/sealkeeper/sealkeeper/web/ui/page"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
	"github.com/sealkeeper/sealkeeper/web/ui/wording"
)

// certificateView is a certificate as its page and the upload preview show it.
type certificateView struct {
	Leaf   *certs.Certificate
	Chain  []*certs.Certificate
	Checks []wording.Finding
	Passed int // checks of which nothing is to be said
}

// Roles are the PSD2 roles by name.
func (v certificateView) Roles() []string { return roleNames(v.Leaf.PSD2) }

func roleNames(statement *certs.PSD2) []string {
	if statement == nil {
		return nil
	}
	names := make([]string, len(statement.Roles))
	for i, role := range statement.Roles {
		names[i] = cmp.Or(role.Canonical(), role.Name)
	}
	return names
}

// Owner is the organization's name.
func (v certificateView) Owner() string {
	return cmp.Or(v.Leaf.SubjectName.Organization(), v.Leaf.SubjectName.CommonName(), v.Leaf.Subject)
}

// Issuer is the name of the QTSP.
func (v certificateView) Issuer() string {
	return cmp.Or(v.Leaf.IssuerName.Organization(), v.Leaf.IssuerName.CommonName(), v.Leaf.Issuer)
}

type certificatePage struct {
	page.Page
	certificateView
	lifeCycle
	Record vault.Record
	By     string
	Uses   []ending.Use
	Used   int           // how many there are; Uses has the first of them
	Others choice.Choice // to compare with
	Before predecessors  // whose place it may take, while it takes nobody's

	Revocation []revocationRow // of the certificate and its chain
	Asking     bool            // whether anybody is asked
	Trust      trustRow
	Authorised registers.Verdict
	Key        keyPart
	Incident   string // id of the one that freezes it; empty: none does
}

// Reasons are those for which a certificate is declared compromised.
func (certificatePage) Reasons() []string { return incident.Reasons() }

// Show shows a certificate.
func (h *Handler) Show(c echo.Context, v session.Visit) error {
	return h.show(c, v, nil)
}

func (h *Handler) show(c echo.Context, v session.Visit, refused error) error {
	ctx := c.Request().Context()
	r, err := h.Vault.Get(ctx, v.Caller, c.Param("id"))
	if err != nil {
		return err
	}
	data := certificatePage{
		Page:   h.Pages.Named(c, "certificates", r.Name),
		Record: r,
		By:     h.People.Name(ctx, r.CreatedBy),
		certificateView: certificateView{
			Leaf:   r.Leaf,
			Chain:  r.Chain,
			Checks: h.Pages.Translator(c).Findings(r.Findings(h.Now())),
			Passed: rules.Passed(r.Leaf, r.Findings(h.Now())),
		},
	}
	status, why := h.Pages.Refusal(c, refused)
	data.Path, data.Problem = link.Certificate(r.ID), why
	if data.lifeCycle, err = h.lifeCycle(c, v, r); err != nil {
		return err
	}
	if err := h.uses(ctx, v, &data); err != nil {
		return err
	}
	if err := h.revocation(c, v, &data); err != nil {
		return err
	}
	if err := h.trust(c, v, &data); err != nil {
		return err
	}
	if err := h.authorisation(c, v, &data); err != nil {
		return err
	}
	if data.Key, err = h.keyPart(c, v, r.ID); err != nil {
		return err
	}
	switch i, err := h.Incidents.OfCertificate(ctx, v.Caller, r.ID); {
	case err == nil:
		data.Incident = i.ID
	case !errors.Is(err, fault.NotFound):
		return err
	}
	if data.Others, err = h.others(c, v, r); err != nil {
		return err
	}
	if r.State == vault.Stored && r.Line.Version == 1 && len(data.Line) == 1 {
		found, err := h.Vault.Predecessors(ctx, v.Caller, r.Leaf)
		if err != nil {
			return err
		}
		data.Before = predecessorsOf(found)
	}
	return h.Pages.Render(c, status, "certificates/certificate", data)
}

// uses says which registrations have the certificate.
func (h *Handler) uses(ctx context.Context, v session.Visit, data *certificatePage) error {
	if !v.Caller.MaySomewhere(access.RegistrationRead) || !v.Caller.MaySomewhere(access.CertList) {
		return nil
	}
	named, err := h.Vault.Named(ctx, v.Caller, []string{data.Record.ID})
	if err != nil {
		return err
	}
	data.Used = named[data.Record.ID].Uses
	all, err := h.Vault.Uses(ctx, v.Caller, data.Record.ID, ending.UsesShown)
	if err != nil {
		return err
	}
	data.Uses, err = h.endings().Named(ctx, v.Caller, all)
	return err
}

// Download is the public half: leaf and chain.
func (h *Handler) Download(c echo.Context, v session.Visit) error {
	r, err := h.Vault.Get(c.Request().Context(), v.Caller, c.Param("id"))
	if err != nil {
		return err
	}
	name := string(r.Leaf.Kind) + "-" + r.Leaf.SHA256[:12] + ".pem"
	return h.Pages.Download(c, name, "application/x-pem-file", []byte(r.ChainPEM()))
}
