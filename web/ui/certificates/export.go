package certificates

import (
	"context"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/exportlink"
	"github.com/sealkeeper/sealkeeper/internal/keyfile"
	"github.com/sealkeeper/sealkeeper/secret"
	"github.com/sealkeeper/sealkeeper/vault"
	"github.com/sealkeeper/sealkeeper/web/ui/link"
	"github.com/sealkeeper/sealkeeper/web/ui/page"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
)

// Exports hands exportable keys out by link.
type Exports interface {
	Make(ctx context.Context, caller access.Caller, certificateID string, f keyfile.Format) (exportlink.Made, error)
	Look(ctx context.Context, token secret.Text) (exportlink.Link, error)
	Fetch(ctx context.Context, token secret.Text) (exportlink.File, error)
}

// Formats are those in which a key is exported.
func (p certificatePage) Formats() []keyfile.Format { return keyfile.Formats }

// exportPage shows a link and the file's passphrase, once.
type exportPage struct {
	page.Page
	Record           vault.Record
	Link, Passphrase string
	Made             exportlink.Made
}

// MakeExportLink makes a link by which the private key is fetched once.
func (h *Handler) MakeExportLink(c echo.Context, v session.Visit) error {
	ctx, id := c.Request().Context(), c.Param("id")
	made, err := h.Exports.Make(ctx, v.Caller, id, keyfile.Format(c.FormValue("format")))
	if err != nil {
		return h.show(c, v, err)
	}
	r, err := h.Vault.Get(ctx, v.Caller, id)
	if err != nil {
		return err
	}
	data := exportPage{
		Page:       h.Pages.Page(c, "certificates", "export.title"),
		Record:     r,
		Link:       link.Export(c, h.PublicURL, made.Token.Reveal()),
		Passphrase: made.Passphrase.Reveal(),
		Made:       made,
	}
	data.Path = link.Certificate(id)
	return h.Pages.Render(c, http.StatusOK, "certificates/export", data)
}

// fetchPage is what a link opens. Whoever has it need not be signed in.
type fetchPage struct {
	page.Page
	Link   exportlink.Link
	Token  string
	Closed bool // the link does not work
}

// FetchForm shows what a link is to, without using it up: browsers and mail programs open links by themselves.
func (h *Handler) FetchForm(c echo.Context) error {
	if strings.Contains(c.Request().Header.Get("Sec-Purpose"), "prefetch") {
		return c.NoContent(http.StatusNoContent)
	}
	token := secret.NewTextString(c.QueryParam("token"))
	l, err := h.Exports.Look(c.Request().Context(), token)
	return h.fetch(c, l, token, err)
}

func (h *Handler) fetch(c echo.Context, l exportlink.Link, token secret.Text, refused error) error {
	status, why := h.Pages.Refusal(c, refused)
	data := fetchPage{
		Page:   h.Pages.Page(c, "", "export.fetch"),
		Link:   l,
		Token:  token.Reveal(),
		Closed: refused != nil,
	}
	data.Path, data.Problem = "/sign-in", why // not the address: it holds the token
	return h.Pages.Render(c, status, "certificates/fetch", data)
}

// Fetch uses a link up and answers with the file.
func (h *Handler) Fetch(c echo.Context) error {
	token := secret.NewTextString(c.FormValue("token")) // of the form, or of the address for programs
	file, err := h.Exports.Fetch(c.Request().Context(), token)
	if err != nil {
		return h.fetch(c, exportlink.Link{}, token, err)
	}
	defer clear(file.Data)
	return h.Pages.Download(c, file.Name, contentTypes[file.Format], file.Data)
}

var contentTypes = map[keyfile.Format]string{
	keyfile.PEM:    "application/x-pem-file",
	keyfile.PKCS12: "application/x-pkcs12",
	keyfile.JKS:    "application/x-java-keystore",
}
