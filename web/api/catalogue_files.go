package api

import (
	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/bankfiles"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
	"github.com/sealkeeper/sealkeeper/types/api"
)

// catalogueFileRoutes are about the files that a folder has brought.
func (a *API) catalogueFileRoutes(g *echo.Group) {
	g.GET("/catalogue-files", serve(a.catalogueFiles))
	g.POST("/catalogue-files", serve(a.readCatalogueFiles))
	g.GET("/catalogue-files/:bank/:sha256", serve(a.catalogueFile))
	g.POST("/catalogue-files/:bank/:sha256/take", serve(a.takeCatalogueFile))
	g.POST("/catalogue-files/:bank/:sha256/decline", serve(a.declineCatalogueFile))
	g.POST("/catalogue-files/:bank/:sha256/reconsider", serve(a.reconsiderCatalogueFile))
}

func catalogueFileOf(f bankfiles.File) api.CatalogueFile {
	return api.CatalogueFile{
		Bank:          f.Bank,
		SHA256:        f.SHA256,
		Name:          f.Name,
		Text:          string(f.Text),
		State:         string(f.State),
		FoundAt:       f.FoundAt,
		DecidedBy:     f.DecidedBy,
		DecidedByName: f.DecidedByName,
		DecidedAt:     moment(f.DecidedAt),
	}
}

func proposalOf(p bankfiles.Proposal) api.CatalogueProposal {
	file := catalogueFileOf(p.File)
	file.Text = ""
	return api.CatalogueProposal{
		CatalogueFile: file,
		New:           p.New,
		TwoPeople:     p.Weighty,
		ApprovalID:    p.Waiting,
		Differences: each(p.Lines, func(l catalogue.Line) api.CatalogueDifference {
			return api.CatalogueDifference(l)
		}),
	}
}

func (a *API) catalogueFilesNow(c echo.Context) (api.CatalogueFiles, error) {
	o, err := a.BankFiles.Overview(c.Request().Context(), callerOf(c))
	return api.CatalogueFiles{
		Proposals: each(o.Proposals, proposalOf),
		Refusals: each(o.Refusals, func(r bankfiles.Refusal) api.CatalogueRefusal {
			return api.CatalogueRefusal(r)
		}),
		InForce:  each(o.InForce, catalogueFileOf),
		Declined: each(o.Declined, catalogueFileOf),
	}, err
}

func (a *API) catalogueFiles(r request[none]) (api.CatalogueFiles, error) {
	return a.catalogueFilesNow(r.echo)
}

func (a *API) readCatalogueFiles(r request[none]) (api.CatalogueFiles, error) {
	if err := a.BankFiles.ReadNow(r.echo.Request().Context(), r.caller); err != nil {
		return api.CatalogueFiles{}, err
	}
	return a.catalogueFilesNow(r.echo)
}

func (a *API) catalogueFile(r request[none]) (api.CatalogueFile, error) {
	f, err := a.BankFiles.File(r.echo.Request().Context(), r.caller, r.echo.Param("bank"), r.echo.Param("sha256"))
	return catalogueFileOf(f), err
}

func (a *API) takeCatalogueFile(r request[api.TakeCatalogueFile]) (api.CatalogueTaken, error) {
	asked, done, err := a.BankFiles.Take(r.echo.Request().Context(), r.caller, r.echo.Param("bank"),
		r.echo.Param("sha256"), r.body.Reason)
	out := api.CatalogueTaken{Taken: done}
	if !done {
		out.ApprovalID = asked.ID
	}
	return out, err
}

func (a *API) declineCatalogueFile(r request[none]) (api.CatalogueFiles, error) {
	err := a.BankFiles.Decline(r.echo.Request().Context(), r.caller, r.echo.Param("bank"), r.echo.Param("sha256"))
	if err != nil {
		return api.CatalogueFiles{}, err
	}
	return a.catalogueFilesNow(r.echo)
}

func (a *API) reconsiderCatalogueFile(r request[none]) (api.CatalogueFiles, error) {
	err := a.BankFiles.Reconsider(r.echo.Request().Context(), r.caller, r.echo.Param("bank"), r.echo.Param("sha256"))
	if err != nil {
		return api.CatalogueFiles{}, err
	}
	return a.catalogueFilesNow(r.echo)
}
