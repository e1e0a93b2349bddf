package api

import (
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/connector/calendar"
	"github.com/sealkeeper/sealkeeper/internal/keycopies"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/types/api"
)

// keyCopyRoutes are about copies of private keys outside custody.
func (a *API) keyCopyRoutes(g *echo.Group) {
	g.GET("/key-copies", list(keycopies.Listed, a.keyCopies))
	g.POST("/key-copies/:id/end", serve(a.endKeyCopy))
	g.GET("/certificates/:id/key-copies", serve(a.certificateKeyCopies))
	g.POST("/certificates/:id/key-copies", create(a.declareKeyCopy))
}

func (a *API) keyCopies(r request[none], q listing.Query) (listing.Page[api.KeyCopy], error) {
	page, err := a.KeyCopies.Page(r.echo.Request().Context(), r.caller, q)
	return listing.Map(page, KeyCopy), err
}

func (a *API) certificateKeyCopies(r request[none]) (api.KeyCopies, error) {
	key, err := a.KeyCopies.OfCertificate(r.echo.Request().Context(), r.caller, r.echo.Param("id"))
	return KeyCopies(key), err
}

func (a *API) declareKeyCopy(r request[api.NewKeyCopy]) (api.KeyCopy, error) {
	c, err := a.KeyCopies.Declare(r.echo.Request().Context(), r.caller, r.echo.Param("id"), keycopies.Declaration{
		Kind:   keycopies.Kind(r.body.Kind),
		Holder: r.body.Holder,
		Reason: r.body.Reason,
		Since:  r.body.Since.UTC(),
	})
	return KeyCopy(c), err
}

func (a *API) endKeyCopy(r request[api.EndKeyCopy]) (api.KeyCopy, error) {
	c, err := a.KeyCopies.End(r.echo.Request().Context(), r.caller, r.echo.Param("id"), r.body.How,
		r.body.DestroyedOn.UTC())
	return KeyCopy(c), err
}

// KeyCopies is what is known of a key as it is answered, for commands that say the same on the server.
func KeyCopies(k keycopies.Key) api.KeyCopies {
	return api.KeyCopies{
		Origin:       api.KeyOrigin{Kind: string(k.Origin.Kind), At: k.Origin.At, By: k.Origin.By},
		Certificates: each(k.Certificates, keyCertificateOf),
		Copies:       each(k.Copies, KeyCopy),
		Count:        k.Count.N,
		CountOver:    k.Count.Over,
	}
}

// KeyCopy is a copy as it is answered.
func KeyCopy(c keycopies.Copy) api.KeyCopy {
	out := api.KeyCopy{
		ID:           c.ID,
		Kind:         string(c.Kind),
		Holder:       c.Holder,
		HolderID:     c.HolderID,
		Format:       c.Format,
		FirstAt:      c.First,
		LastAt:       c.Last,
		Exports:      c.Times,
		Reason:       c.Reason,
		DeclaredBy:   c.DeclaredBy,
		RecordedAt:   c.CreatedAt,
		Certificates: each(c.Certificates, keyCertificateOf),
	}
	if c.Ended() {
		out.Ending = &api.KeyCopyEnding{
			How:         c.Ending.How,
			DestroyedOn: calendar.Of(c.Ending.On, time.UTC),
			By:          c.Ending.By,
			At:          c.Ending.At,
		}
	}
	return out
}

func keyCertificateOf(c keycopies.Certificate) api.KeyCertificate {
	return api.KeyCertificate{
		ID:       c.ID,
		Name:     c.Name,
		Kind:     c.Kind,
		State:    c.State,
		SHA256:   c.SHA256,
		NotAfter: c.NotAfter,
		InUse:    c.InUse,
		Registrations: each(c.Uses, func(u keycopies.Use) api.KeyRegistration {
			return api.KeyRegistration{ID: u.RegistrationID, InstitutionID: u.InstitutionID, Version: u.Version}
		}),
	}
}
