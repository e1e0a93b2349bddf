package api

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/registration/evidence"
	"github.com/sealkeeper/sealkeeper/types/api"
	"github.com/sealkeeper/sealkeeper/web/intake"
)

func evidenceOf(e evidence.File) api.Evidence {
	return api.Evidence{
		ID:      e.ID,
		Name:    e.Name,
		Type:    e.Type,
		Size:    e.Size,
		SHA256:  e.SHA256,
		AddedBy: e.AddedBy,
		AddedAt: e.AddedAt,
	}
}

// addEvidence keeps the file of the form field "file": 201 with what is known of it.
func (a *API) addEvidence(c echo.Context) error {
	ctx, caller := c.Request().Context(), callerOf(c)
	// before a large body is read
	if err := a.Audit.Permit(ctx, caller, access.EvidenceAdd, c.Param("id")); err != nil {
		return err
	}
	name, content, err := intake.One(c.Response(), c.Request(), evidence.MaxSize)
	if err != nil {
		return err
	}
	e, err := a.Registrations.AddEvidence(ctx, caller, c.Param("id"), c.Param("step"), name, content)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, evidenceOf(e))
}

// evidence answers with a file as a download: whatever it is, no browser shows it as a page of ours.
func (a *API) evidence(c echo.Context) error {
	e, content, err := a.Registrations.OpenEvidence(c.Request().Context(), callerOf(c), c.Param("id"))
	if err != nil {
		return err
	}
	h := c.Response().Header()
	h.Set("Content-Disposition", e.Disposition())
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("Cache-Control", "no-store")
	return c.Blob(http.StatusOK, "application/octet-stream", content)
}
