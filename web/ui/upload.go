package ui

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/vault"
	"github.com/sealkeeper/sealkeeper/web/intake"
	"github.com/sealkeeper/sealkeeper/web/problem"
)

type uploadPage struct {
	page
	Name     string // what was typed, to be typed once
	Previews []certificateView
}

// Storable reports whether every certificate of the preview came with its key.
func (p uploadPage) Storable() bool {
	for _, preview := range p.Previews {
		if !preview.HasKey {
			return false
		}
	}
	return true
}

func (u *UI) uploadPage(c echo.Context) uploadPage {
	p := uploadPage{page: u.page(c, "certificates", u.title(c, "upload.title"))}
	p.Path = "/certificates/upload"
	return p
}

func (u *UI) uploadForm(c echo.Context, _ visit) error {
	return u.render(c, http.StatusOK, "upload", u.uploadPage(c))
}

// check shows what is in the files and forgets them: no key waits on the server for a second click.
func (u *UI) check(c echo.Context, v visit) error {
	files, err := intake.Files(c.Response(), c.Request())
	if err != nil {
		return u.uploadRefused(c, files, err)
	}
	defer files.Passphrase.Wipe()
	previews, err := u.cfg.Vault.Inspect(c.Request().Context(), v.Caller, files)
	if err != nil {
		return u.uploadRefused(c, files, err)
	}
	data := u.uploadPage(c)
	data.Name = files.Name
	for _, p := range previews {
		data.Previews = append(data.Previews, certificateView{Leaf: p.Leaf, Chain: p.Chain, HasKey: p.HasKey, Checks: u.words(c).findings(p.Findings)})
	}
	return u.render(c, http.StatusOK, "upload", data)
}

func (u *UI) upload(c echo.Context, v visit) error {
	files, err := intake.Files(c.Response(), c.Request())
	if err != nil {
		return u.uploadRefused(c, files, err)
	}
	defer files.Passphrase.Wipe()
	stored, err := u.cfg.Vault.Import(c.Request().Context(), v.Caller, files)
	if err != nil {
		return u.uploadRefused(c, files, err)
	}
	u.confirm(c, "notice.stored")
	if len(stored) == 1 {
		return u.redirect(c, "/certificates/"+stored[0].ID)
	}
	return u.redirect(c, "/certificates")
}

func (u *UI) uploadRefused(c echo.Context, files vault.Files, err error) error {
	data := u.uploadPage(c)
	data.Name = files.Name
	data.Problem = u.words(c).problem(err)
	return u.render(c, problem.Of(err).Status, "upload", data)
}
