package ui

import (
	"cmp"
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/vault"
	"github.com/sealkeeper/sealkeeper/web/ui/link"
	"github.com/sealkeeper/sealkeeper/web/ui/page"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
	"github.com/sealkeeper/sealkeeper/web/ui/wording"
)

// certificateRow is one certificate of a list.
type certificateRow struct {
	vault.Record
	Worst certs.Severity // of its findings, "" for none
	Count int            // of findings
}

type certificatesPage struct {
	page.Page
	Rows     []certificateRow
	Requests []vault.Request // whose certificate has not come
	Ended    []vault.Record  // retired, and what is known of destroyed ones
}

func (u *UI) certificates(c echo.Context, v session.Visit) error {
	ctx := c.Request().Context()
	records, err := u.cfg.Vault.List(ctx, v.Caller)
	if err != nil {
		return err
	}
	waiting, err := u.waitingRequests(ctx, v)
	if err != nil {
		return err
	}
	ended, err := u.cfg.Vault.Ended(ctx, v.Caller)
	if err != nil {
		return err
	}
	data := certificatesPage{
		Page:     u.pages.Page(c, "certificates", "certificates.title"),
		Rows:     u.certificateRows(records),
		Requests: waiting,
		Ended:    ended,
	}
	return u.pages.Render(c, http.StatusOK, "certificates/list", data)
}

// certificateRows judges the records, those that end first coming first.
func (u *UI) certificateRows(records []vault.Record) []certificateRow {
	rows := make([]certificateRow, len(records))
	for i, r := range records {
		findings := r.Findings(u.cfg.Now())
		rows[i] = certificateRow{Record: r, Worst: worst(findings), Count: len(findings)}
	}
	slices.SortStableFunc(rows, func(a, b certificateRow) int { return a.Leaf.NotAfter.Compare(b.Leaf.NotAfter) })
	return rows
}

// certificateView is a certificate as its page and the upload preview show it.
type certificateView struct {
	Leaf   *certs.Certificate
	Chain  []*certs.Certificate
	Checks []wording.Finding
}

// Worst is the most serious severity, "" for none.
func (v certificateView) Worst() certs.Severity {
	if len(v.Checks) == 0 {
		return ""
	}
	return v.Checks[0].Severity
}

// Roles are the PSD2 roles by name.
func (v certificateView) Roles() []string { return roleNames(v.Leaf.PSD2) }

// worst is the most serious of the findings, "" when there are none. Judge puts it first.
func worst(findings []certs.Finding) certs.Severity {
	if len(findings) == 0 {
		return ""
	}
	return findings[0].Severity
}

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
	certificateLife
	Record vault.Record
	By     string
	Uses   []use
	Others []vault.Record // to compare with
}

// use is a registration whose bundle has the certificate.
type use struct {
	Registration registration.View
	Version      int
	State        registration.BundleState
}

func (u *UI) certificatePage(c echo.Context, v session.Visit, status int, why *wording.Sentence) error {
	ctx := c.Request().Context()
	r, err := u.cfg.Vault.Get(ctx, v.Caller, c.Param("id"))
	if err != nil {
		return err
	}
	data := certificatePage{
		Page:   u.pages.Named(c, "certificates", r.Name),
		Record: r,
		By:     u.people.Name(ctx, r.CreatedBy),
		certificateView: certificateView{
			Leaf:   r.Leaf,
			Chain:  r.Chain,
			Checks: u.pages.Translator(c).Findings(r.Findings(u.cfg.Now())),
		},
	}
	if data.certificateLife, err = u.certificateLife(ctx, v, r); err != nil {
		return err
	}
	data.Path, data.Problem, data.Reason = link.Certificate(r.ID), why, c.FormValue("reason")
	if v.Caller.May(access.RegistrationRead) {
		views, err := u.cfg.Registrations.List(ctx, v.Caller)
		if err != nil {
			return err
		}
		data.Uses = uses(views, r.ID)
	}
	if v.Caller.May(access.CertList) {
		records, err := u.cfg.Vault.List(ctx, v.Caller)
		if err != nil {
			return err
		}
		data.Others = comparable(records, r.Leaf)
	}
	return u.pages.Render(c, status, "certificates/certificate", data)
}

func uses(views []registration.View, certificateID string) []use {
	var found []use
	for _, view := range views {
		for _, b := range view.Bundles {
			if (b.QWACID == certificateID || b.QSealCID == certificateID) && b.State != registration.Superseded {
				found = append(found, use{Registration: view, Version: b.Version, State: b.State})
			}
		}
	}
	return found
}

// certificatePEM is the public half: leaf and chain.
func (u *UI) certificatePEM(c echo.Context, v session.Visit) error {
	r, err := u.cfg.Vault.Get(c.Request().Context(), v.Caller, c.Param("id"))
	if err != nil {
		return err
	}
	name := string(r.Leaf.Kind) + "-" + r.Leaf.SHA256[:12] + ".pem"
	return u.pages.Download(c, name, "application/x-pem-file", []byte(r.ChainPEM()))
}
