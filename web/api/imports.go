package api

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/registration/existing"
	"github.com/sealkeeper/sealkeeper/types/api"
	"github.com/sealkeeper/sealkeeper/web/intake"
)

func (a *API) importRoutes(g *echo.Group) {
	g.GET("/registration-imports", list(existing.Imports, a.imports))
	g.POST("/registration-imports", a.requestImport)
	g.POST("/registration-imports/check", a.checkImport)
	g.GET("/registration-imports/:id", serve(a.registrationImport))
	g.GET("/registration-imports/:id/registrations", list(existing.Lines, a.importLines))
}

func importRow(i existing.Import) api.RegistrationImportRow {
	return api.RegistrationImportRow{
		ID:         i.ID,
		Name:       i.Name,
		SHA256:     i.SHA256,
		State:      string(i.State),
		Reason:     i.Reason,
		CreatedBy:  i.CreatedBy,
		CreatedAt:  i.CreatedAt,
		ApprovedBy: i.ApprovedBy,
		ApprovedAt: moment(i.ApprovedAt),
	}
}

func checkedList(j existing.Judged) api.RegistrationImportCheck {
	return api.RegistrationImportCheck{
		SHA256:  j.SHA256,
		Refused: j.Refused(),
		Registrations: each(j.Lines, func(l existing.JudgedLine) api.CheckedRegistration {
			return api.CheckedRegistration{
				Position:      l.Position,
				Line:          l.Line,
				InstitutionID: l.Institution,
				Application:   l.Application,
				Verdict:       string(l.Verdict),
				Steps:         l.Steps,
				Lacking:       l.Lacking,
			}
		}),
		Problems: each(j.Complaints, func(c existing.Complaint) api.RegistrationListFault {
			return api.RegistrationListFault{Line: c.Line, Code: c.Err.Code, Message: c.Err.Message}
		}),
		Organizations: listed(j.Organizations),
		Applications:  listed(j.Applications),
		Missing: each(j.Lacking, func(m existing.Missing) api.MissingListCertificate {
			return api.MissingListCertificate{SHA256: m.SHA256, Kind: string(m.Kind), Registrations: m.Registrations}
		}),
	}
}

// uploaded reads the files of an import, once the caller is known to be allowed it.
func (a *API) uploaded(c echo.Context) (existing.Files, error) {
	err := a.Audit.Permit(c.Request().Context(), callerOf(c), access.RegistrationImport, "")
	if err != nil {
		return existing.Files{}, err
	}
	return intake.Registrations(c.Response(), c.Request())
}

func (a *API) checkImport(c echo.Context) error {
	files, err := a.uploaded(c)
	defer files.Secrets.Wipe()
	if err != nil {
		return err
	}
	j, err := a.Imports.Check(c.Request().Context(), callerOf(c), files.List, files.Secrets)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, checkedList(j))
}

func (a *API) requestImport(c echo.Context) error {
	files, err := a.uploaded(c)
	defer files.Secrets.Wipe()
	if err != nil {
		return err
	}
	i, _, _, err := a.Imports.Request(c.Request().Context(), callerOf(c), files)
	if err != nil {
		return err
	}
	out, err := a.importOf(c, i.ID)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, out)
}

func (a *API) registrationImport(r request[none]) (api.RegistrationImport, error) {
	return a.importOf(r.echo, r.echo.Param("id"))
}

func (a *API) importOf(c echo.Context, id string) (api.RegistrationImport, error) {
	i, counts, waiting, err := a.Imports.Import(c.Request().Context(), callerOf(c), id)
	if err != nil {
		return api.RegistrationImport{}, err
	}
	out := api.RegistrationImport{
		RegistrationImportRow: importRow(i),
		States:                map[string]int{},
		Lacking:               counts.Lacking,
	}
	for state, n := range counts.States {
		out.States[string(state)] = n
	}
	if waiting != nil {
		out.ApprovalID = waiting.ID
	}
	return out, nil
}

func (a *API) imports(r request[none], q listing.Query) (listing.Page[api.RegistrationImportRow], error) {
	page, err := a.Imports.Page(r.echo.Request().Context(), r.caller, q)
	return listing.Map(page, importRow), err
}

func (a *API) importLines(r request[none], q listing.Query) (listing.Page[api.ImportedRegistration], error) {
	page, err := a.Imports.LinePage(r.echo.Request().Context(), r.caller, r.echo.Param("id"), q)
	return listing.Map(page, func(l existing.Line) api.ImportedRegistration {
		return api.ImportedRegistration{
			Position:       l.Position,
			Line:           l.Line,
			InstitutionID:  l.InstitutionID,
			Application:    l.Application,
			State:          string(l.State),
			RegistrationID: l.RegistrationID,
			QWAC:           l.QWAC,
			QSealC:         l.QSealC,
			Lacking:        l.Lacking,
			FailedCode:     l.Failure.Code,
			FailedText:     l.Failure.Text,
		}
	}), err
}
