package institutions

import (
	"context"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/internal/bankfiles"
	"github.com/sealkeeper/sealkeeper/web/ui/form"
	"github.com/sealkeeper/sealkeeper/web/ui/link"
	"github.com/sealkeeper/sealkeeper/web/ui/page"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
)

// Files are the catalogue files that a folder has brought.
type Files interface {
	Folder() string
	Overview(ctx context.Context, caller access.Caller) (bankfiles.Overview, error)
	File(ctx context.Context, caller access.Caller, bank, sha256 string) (bankfiles.File, error)
	ReadNow(ctx context.Context, caller access.Caller) error
	Take(ctx context.Context, caller access.Caller, bank, sha256, reason string) (approval.Request, bool, error)
	Decline(ctx context.Context, caller access.Caller, bank, sha256 string) error
	Reconsider(ctx context.Context, caller access.Caller, bank, sha256 string) error
}

type filesPage struct {
	page.Page
	bankfiles.Overview
	Folder string
	Reason string // that was typed, where it was refused
}

// ListFiles shows what the folder has brought.
func (h *Handler) ListFiles(c echo.Context, v session.Visit) error { return h.listFiles(c, v, nil) }

func (h *Handler) listFiles(c echo.Context, v session.Visit, refused error) error {
	o, err := h.Files.Overview(c.Request().Context(), v.Caller)
	if err != nil {
		return err
	}
	data := filesPage{
		Page:     h.Pages.Page(c, "institutions", "catalogue_files.title"),
		Overview: o,
		Folder:   h.Files.Folder(),
		Reason:   form.Text(c, "reason"),
	}
	status, why := h.Pages.Refusal(c, refused)
	data.Path, data.Problem = link.CatalogueFiles, why
	return h.Pages.Render(c, status, "institutions/files", data)
}

// ReadFiles has the folder read now.
func (h *Handler) ReadFiles(c echo.Context, v session.Visit) error {
	if err := h.Files.ReadNow(c.Request().Context(), v.Caller); err != nil {
		return h.listFiles(c, v, err)
	}
	return h.Pages.Done(c, "notice.catalogue_read", link.CatalogueFiles)
}

// DownloadFile hands out a file as it was found.
func (h *Handler) DownloadFile(c echo.Context, v session.Visit) error {
	f, err := h.Files.File(c.Request().Context(), v.Caller, c.Param("bank"), c.Param("sha256"))
	if err != nil {
		return err
	}
	return h.Pages.Download(c, f.Name, "application/yaml", f.Text)
}

// TakeFile takes what is proposed.
func (h *Handler) TakeFile(c echo.Context, v session.Visit) error {
	r, done, err := h.Files.Take(c.Request().Context(), v.Caller, c.Param("bank"), c.Param("sha256"),
		form.Text(c, "reason"))
	switch {
	case err != nil:
		return h.listFiles(c, v, err)
	case done:
		return h.Pages.Done(c, "notice.catalogue_taken", link.CatalogueFiles)
	}
	return h.Pages.Done(c, "notice.policy_requested", link.Approval(r.ID))
}

// DeclineFile declines what is proposed.
func (h *Handler) DeclineFile(c echo.Context, v session.Visit) error {
	if err := h.Files.Decline(c.Request().Context(), v.Caller, c.Param("bank"), c.Param("sha256")); err != nil {
		return h.listFiles(c, v, err)
	}
	return h.Pages.Done(c, "notice.catalogue_declined", link.CatalogueFiles)
}

// ReconsiderFile has what was declined be proposed again.
func (h *Handler) ReconsiderFile(c echo.Context, v session.Visit) error {
	err := h.Files.Reconsider(c.Request().Context(), v.Caller, c.Param("bank"), c.Param("sha256"))
	if err != nil {
		return h.listFiles(c, v, err)
	}
	return h.Pages.Done(c, "notice.catalogue_reconsidered", link.CatalogueFiles)
}
