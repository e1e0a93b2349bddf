package api

import (
	"errors"
	"io"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/fault"
	"github.com/sealkeeper/sealkeeper/registration"
)

// formOverhead is what a form may have beside the file.
const formOverhead = 64 << 10

// addEvidence keeps the file of the form field "file": 201 with what is known of it.
func (a *API) addEvidence(c echo.Context) error {
	ctx, caller := c.Request().Context(), callerOf(c)
	if err := a.Audit.Permit(ctx, caller, access.EvidenceAdd, c.Param("id")); err != nil { // before a large body is read
		return err
	}
	name, content, err := formFile(c)
	if err != nil {
		return err
	}
	e, err := a.Registrations.AddEvidence(ctx, caller, c.Param("id"), c.Param("step"), name, content)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, evidenceOf(e))
}

func formFile(c echo.Context) (name string, content []byte, err error) {
	c.Request().Body = http.MaxBytesReader(c.Response(), c.Request().Body, registration.MaxEvidence+formOverhead)
	parts, err := c.Request().MultipartReader()
	if err != nil {
		return "", nil, fault.Wrap(err, fault.Invalid, "multipart_needed", "Send the file as multipart/form-data, in a field named file.")
	}
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return "", nil, fault.New(fault.Invalid, "no_file", "Send the file as multipart/form-data, in a field named file.")
		}
		if err == nil && part.FormName() == "file" {
			content, err = io.ReadAll(part)
		}
		if _, large := errors.AsType[*http.MaxBytesError](err); large {
			return "", nil, fault.Wrap(err, fault.TooLarge, "evidence_too_large", "The file is larger than %d MB.", registration.MaxEvidence>>20)
		}
		if err != nil {
			return "", nil, fault.Wrap(err, fault.Invalid, "upload_broken", "The upload could not be read to its end; send it again.")
		}
		if part.FormName() == "file" && (part.FileName() != "" || len(content) > 0) { // a browser sends an empty part when nothing was chosen
			return part.FileName(), content, nil
		}
	}
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
