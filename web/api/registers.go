package api

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/registers"
	"github.com/sealkeeper/sealkeeper/types/api"
	"github.com/sealkeeper/sealkeeper/web/intake"
)

// certificateAuthorisation is what registers say of the authorisation in a certificate.
func (a *API) certificateAuthorisation(r request[none]) (api.Authorisation, error) {
	v, err := a.Registers.OfCertificate(r.echo.Request().Context(), r.caller, r.echo.Param("id"))
	return AuthorisationOf(v, a.Now()), err
}

// organizationAuthorisation is what registers say of an organization.
func (a *API) organizationAuthorisation(r request[none]) (api.Authorisation, error) {
	v, err := a.Registers.OfOrganization(r.echo.Request().Context(), r.caller, r.echo.Param("id"))
	return AuthorisationOf(v, a.Now()), err
}

// registers are those that are configured, and how they stand.
func (a *API) registers(r request[none]) ([]api.Register, error) {
	all, err := a.Registers.List(r.echo.Request().Context(), r.caller)
	return RegistersOf(all, a.Now()), err
}

// importRegister reads the file of the form field "file" as it comes.
func (a *API) importRegister(c echo.Context) error {
	ctx, caller := c.Request().Context(), callerOf(c)
	// before a large body is read
	if err := a.Audit.Permit(ctx, caller, access.RegisterImport, c.Param("id")); err != nil {
		return err
	}
	file, err := intake.Stream(c.Request())
	if err != nil {
		return err
	}
	one, err := a.Registers.Import(ctx, caller, c.Param("id"), file)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, registerOf(one, a.Now()))
}

// AuthorisationOf is a verdict at a time as JSON.
func AuthorisationOf(v registers.Verdict, now time.Time) api.Authorisation {
	return api.Authorisation{
		State:      string(v.State),
		Identifier: v.Identifier,
		Roles:      append([]string{}, v.Roles...),
		Countries:  append([]string{}, v.Countries...),
		Readings: each(v.Readings, func(one registers.Reading) api.RegisterReading {
			return readingOf(one, now)
		}),
	}
}

func readingOf(one registers.Reading, now time.Time) api.RegisterReading {
	reading := api.RegisterReading{
		Register: registerOf(one.Standing, now),
		State:    string(one.State),
		Missing:  []api.MissingRole{},
	}
	for _, m := range one.Answer.Missing {
		reading.Missing = append(reading.Missing, api.MissingRole{Role: m.Role, Country: m.Country})
	}
	if one.Found() {
		reading.Entry = &api.ListedFirm{
			Name:      one.Answer.Name,
			Type:      one.Answer.Type,
			ActsFor:   one.Answer.Of,
			Since:     moment(one.Answer.Since),
			Services:  append([]string{}, one.Answer.Services...),
			Countries: append([]string{}, one.Answer.Abroad...),
		}
	}
	return reading
}

// RegistersOf are registers at a time as JSON.
func RegistersOf(all []registers.Standing, now time.Time) []api.Register {
	return each(all, func(one registers.Standing) api.Register { return registerOf(one, now) })
}

func registerOf(one registers.Standing, now time.Time) api.Register {
	r := api.Register{
		ID:       one.ID,
		Asked:    one.Asked,
		AsOf:     moment(one.AsOf),
		ReadAt:   moment(one.ReadAt),
		Stale:    one.Stale(now),
		Imported: one.Imported,
		Entries:  one.Count,
		SHA256:   one.SHA256,
	}
	if !one.TriedAt.IsZero() {
		r.Attempt = &api.RegisterAttempt{At: one.TriedAt, Cause: string(one.Cause)}
	}
	if one.Asked && one.AskAt.Unix() > 0 {
		r.AskAt = moment(one.AskAt)
	}
	return r
}
