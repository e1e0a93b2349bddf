package ui

import (
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/vault"
	"github.com/sealkeeper/sealkeeper/web/intake"
	"github.com/sealkeeper/sealkeeper/web/problem"
	"github.com/sealkeeper/sealkeeper/web/ui/link"
	"github.com/sealkeeper/sealkeeper/web/ui/page"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
)

type uploadPage struct {
	page.Page
	Name     string // what was typed, to be typed once
	Previews []preview

	KeyStored  bool // chosen; with the reason
	KeepReason string
	Replaces   string         // id of a certificate
	Others     []vault.Record // that can be replaced
}

// preview is one certificate found in the files.
type preview struct {
	certificateView
	HasKey       bool        // among the files
	KeyInCustody bool        // it was requested here, or renews a stored one
	Against      *comparison // with the one it may take the place of, if there is one
}

// Storable reports whether the key of every certificate of the preview is there.
func (p uploadPage) Storable() bool {
	for _, preview := range p.Previews {
		if !preview.HasKey && !preview.KeyInCustody {
			return false
		}
	}
	return true
}

// uploadPage has what was typed filled in again.
func (u *UI) uploadPage(c echo.Context, v session.Visit, files vault.Files) (uploadPage, error) {
	p := uploadPage{
		Page:       u.pages.Page(c, "certificates", "upload.title"),
		Name:       files.Name,
		KeyStored:  files.KeyMode == vault.KeyStored,
		KeepReason: files.KeepReason,
	}
	if len(files.Replaces) > 0 {
		p.Replaces = files.Replaces[0]
	}
	p.Path = "/certificates/upload"
	var err error
	p.Others, err = u.replaceable(c, v)
	return p, err
}

func (u *UI) uploadForm(c echo.Context, v session.Visit) error {
	data, err := u.uploadPage(c, v, vault.Files{})
	if err != nil {
		return err
	}
	return u.pages.Render(c, http.StatusOK, "certificates/upload", data)
}

// check shows what is in the files and forgets them: no key waits on the server for a second click.
func (u *UI) check(c echo.Context, v session.Visit) error {
	files, err := intake.Files(c.Response(), c.Request())
	if err != nil {
		return u.uploadRefused(c, v, files, err)
	}
	defer files.Passphrase.Wipe()
	previews, err := u.cfg.Vault.Inspect(c.Request().Context(), v.Caller, files)
	if err != nil {
		return u.uploadRefused(c, v, files, err)
	}
	data, err := u.uploadPage(c, v, files)
	if err != nil {
		return err
	}
	if data.Previews, err = u.previews(c, v, previews); err != nil {
		return err
	}
	return u.pages.Render(c, http.StatusOK, "certificates/upload", data)
}

func (u *UI) previews(c echo.Context, v session.Visit, found []vault.Preview) ([]preview, error) {
	var records []vault.Record
	if v.Caller.May(access.CertList) {
		var err error
		if records, err = u.cfg.Vault.List(c.Request().Context(), v.Caller); err != nil {
			return nil, err
		}
	}
	w, all := u.pages.Translator(c), make([]preview, len(found))
	for i, f := range found {
		all[i] = preview{
			HasKey:          f.HasKey,
			KeyInCustody:    f.KeyInCustody,
			certificateView: certificateView{Leaf: f.Leaf, Chain: f.Chain, Checks: w.Findings(f.Findings)},
		}
		others := comparable(records, f.Leaf)
		if len(others) > 0 && others[0].Leaf.OrganizationIdentifier == f.Leaf.OrganizationIdentifier {
			c := compare(w, storedOne(others[0]), compared{Name: w.Say("compare.upload").Text, Leaf: f.Leaf})
			all[i].Against = &c
		}
	}
	return all, nil
}

func (u *UI) upload(c echo.Context, v session.Visit) error {
	files, err := intake.Files(c.Response(), c.Request())
	if err != nil {
		return u.uploadRefused(c, v, files, err)
	}
	defer files.Passphrase.Wipe()
	waiting, err := u.waitingRequests(c.Request().Context(), v)
	if err != nil {
		return u.uploadRefused(c, v, files, err)
	}
	stored, err := u.cfg.Vault.Import(c.Request().Context(), v.Caller, files)
	if err != nil {
		return u.uploadRefused(c, v, files, err)
	}
	switch {
	case len(stored) == 1 && stored[0].KeyMode == vault.KeyStored:
		u.sessions.Confirm(c, "notice.key_stored")
	case keysFound(stored, waiting):
		u.sessions.Confirm(c, "notice.key_found")
	default:
		u.sessions.Confirm(c, "notice.stored")
	}
	if len(stored) == 1 {
		return u.pages.Redirect(c, link.Certificate(stored[0].ID))
	}
	return u.pages.Redirect(c, "/certificates")
}

// keysFound reports whether the key of all that was stored was in custody
// before: a certificate that was requested has its request's id, and one that
// renews another without a new key has the other's key.
func keysFound(stored []vault.Record, requests []vault.Request) bool {
	for _, s := range stored {
		if s.KeyID == s.ID && !slices.ContainsFunc(requests, func(r vault.Request) bool { return r.ID == s.ID }) {
			return false
		}
	}
	return true
}

func (u *UI) uploadRefused(c echo.Context, v session.Visit, files vault.Files, why error) error {
	data, err := u.uploadPage(c, v, files)
	if err != nil {
		return err
	}
	data.Problem = u.pages.Translator(c).Problem(why)
	return u.pages.Render(c, problem.Of(why).Status, "certificates/upload", data)
}
