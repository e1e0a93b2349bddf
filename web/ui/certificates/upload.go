package certificates

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/certs/rules"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/registration/checklist"
	"github.com/sealkeeper/sealkeeper/vault"
	"github.com/sealkeeper/sealkeeper/web/intake"
	"github.com/sealkeeper/sealkeeper/web/ui/choice"
	"github.com/sealkeeper/sealkeeper/web/ui/link"
	"github.com/sealkeeper/sealkeeper/web/ui/page"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
)

// Intake looks into files and takes what is in them into custody.
type Intake interface {
	Inspect(ctx context.Context, caller access.Caller, files vault.Files) ([]vault.Preview, error)
	Import(ctx context.Context, caller access.Caller, files vault.Files) ([]vault.Record, error)
}

// uploadPage is the form, with what was typed filled in again.
type uploadPage struct {
	page.Page
	Name     string
	Previews []preview

	KeyExportable bool // chosen; with the reason
	ExportReason  string
	Replaces      choice.Choice // which certificate takes the place of

	Confirms bool // something has expired, which is asked before it is stored
	Accepted bool
}

// preview is one certificate found in the files.
type preview struct {
	certificateView
	HasKey       bool // among the files
	KeyInCustody bool // it was requested here, or renews a stored one
	Expired      bool
	Before       predecessors
	Against      *comparison // with the likeliest whose place it may take, if there is one
}

// Storable reports whether the key of every certificate of the preview is there.
func (p uploadPage) Storable() bool {
	return !slices.ContainsFunc(p.Previews, func(p preview) bool { return !p.HasKey && !p.KeyInCustody })
}

// UploadForm shows the empty form.
func (h *Handler) UploadForm(c echo.Context, v session.Visit) error {
	return h.uploadForm(c, v, vault.Files{}, nil, nil)
}

// uploadForm shows what was typed, with what is in the files or the reason why they were refused.
func (h *Handler) uploadForm(
	c echo.Context, v session.Visit, typed vault.Files, found []vault.Preview, refused error,
) error {
	data := uploadPage{
		Page:          h.Pages.Page(c, "certificates", "upload.title"),
		Name:          typed.Name,
		KeyExportable: typed.KeyMode == vault.KeyExportable,
		ExportReason:  typed.ExportReason,
		Accepted:      typed.AcceptExpired,
	}
	ask := choice.Ask{Field: "replaces"}
	if len(typed.Replaces) > 0 {
		ask.Selected = typed.Replaces[0]
	}
	var err error
	if data.Replaces, err = choice.Of(c, v.Caller, h.Vault, ask); err != nil {
		return err
	}
	if data.Previews, err = h.previews(c, v, found); err != nil {
		return err
	}
	code := fault.Code(refused)
	data.Confirms = code == "expired_unconfirmed" || slices.ContainsFunc(data.Previews, func(p preview) bool {
		return p.Expired
	})
	status, why := h.Pages.Refusal(c, refused)
	data.Path, data.Problem = "/certificates/upload", why
	return h.Pages.Render(c, status, "certificates/upload", data)
}

// Check shows what is in the files and forgets them: no key waits on the server for a second click.
func (h *Handler) Check(c echo.Context, v session.Visit) error {
	files, err := intake.Files(c.Response(), c.Request())
	if err != nil {
		return h.uploadForm(c, v, files, nil, err)
	}
	defer files.Passphrase.Wipe()
	found, err := h.Vault.Inspect(c.Request().Context(), v.Caller, files)
	if err != nil {
		return h.orOffers(c, v, files, err)
	}
	return h.uploadForm(c, v, files, found, err)
}

func (h *Handler) previews(c echo.Context, v session.Visit, found []vault.Preview) ([]preview, error) {
	tr, all := h.Pages.Translator(c), make([]preview, len(found))
	for i, f := range found {
		all[i] = preview{
			HasKey:       f.HasKey,
			KeyInCustody: f.KeyInCustody,
			certificateView: certificateView{
				Leaf:   f.Leaf,
				Chain:  f.Chain,
				Checks: tr.Findings(f.Findings),
				Passed: rules.Passed(f.Leaf, f.Findings),
			},
			Expired: !h.Now().Before(f.Leaf.NotAfter),
		}
		all[i].Before = predecessorsOf(f.Renews)
		if len(f.Renews) > 0 {
			before, err := h.Vault.Get(c.Request().Context(), v.Caller, cmp.Or(all[i].Before.Likely, f.Renews[0].ID))
			if err != nil {
				return nil, err
			}
			against := compare(tr, storedSide(before), side{Name: tr.Say("compare.upload").Text, Leaf: f.Leaf})
			all[i].Against = &against
		}
	}
	return all, nil
}

// Upload takes the files into custody.
func (h *Handler) Upload(c echo.Context, v session.Visit) error {
	ctx := c.Request().Context()
	files, err := intake.Files(c.Response(), c.Request())
	if err != nil {
		return h.uploadForm(c, v, files, nil, err)
	}
	defer files.Passphrase.Wipe()
	stored, err := h.Vault.Import(ctx, v.Caller, files)
	if err != nil {
		return h.orOffers(c, v, files, err)
	}
	to, err := h.next(ctx, v, stored)
	if err != nil {
		return err
	}
	notice, err := h.uploadNotice(ctx, v.Caller, stored)
	if err != nil {
		return err
	}
	return h.Pages.Done(c, notice, to)
}

// next is the page to go on at: that of the firm, where the certificates are of a payment firm that is not recorded
// yet, and else what was stored.
func (h *Handler) next(ctx context.Context, v session.Visit, stored []vault.Record) (string, error) {
	if v.Caller.May(access.RegistrationWrite) {
		for _, certificate := range stored {
			if !checklist.IsAgreementNumber(certificate.Leaf.OrganizationIdentifier) {
				continue // no organization can be recorded from it; its page says what is wrong
			}
			_, err := h.Registrations.OrganizationNamed(ctx, v.Caller, certificate.Leaf.OrganizationIdentifier)
			if errors.Is(err, fault.NotFound) {
				return "/firm", nil
			}
			if err != nil {
				return "", err
			}
		}
	}
	if len(stored) == 1 {
		return link.Certificate(stored[0].ID), nil
	}
	return "/certificates", nil
}

// uploadNotice says where the keys are, and where they came from.
func (h *Handler) uploadNotice(
	ctx context.Context, caller access.Caller, stored []vault.Record,
) (string, error) {
	if len(stored) == 1 && stored[0].KeyMode == vault.KeyExportable {
		return "notice.key_exportable", nil
	}
	found, err := h.keysFound(ctx, caller, stored)
	switch {
	case err != nil:
		return "", err
	case found:
		return "notice.key_found", nil
	case len(stored) > 1:
		return "notice.stored_all", nil
	}
	return "notice.stored", nil
}

// keysFound reports whether the key of all that was stored was in custody
// before: a certificate that was requested has its request's id, and one that
// renews another without a new key has the other's key.
func (h *Handler) keysFound(ctx context.Context, caller access.Caller, stored []vault.Record) (bool, error) {
	if !caller.May(access.CertList) {
		return false, nil
	}
	for _, s := range stored {
		if s.KeyID != s.ID {
			continue
		}
		_, err := h.Vault.CSR(ctx, caller, s.ID)
		if errors.Is(err, fault.NotFound) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
	}
	return true, nil
}
