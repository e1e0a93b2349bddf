// Package api is the JSON interface under /v1: what the console does, for programs.
package api

import (
	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/identity"
	"github.com/sealkeeper/sealkeeper/internal/issuer"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/vault"
)

// API serves /v1.
type API struct {
	Vault         *vault.Vault
	Registrations *registration.Service
	Issuer        *issuer.Issuer
	Identity      *identity.Service
	Audit         *audit.Log
}

// Register adds the routes. Every one of them needs a bearer token.
func (a *API) Register(e *echo.Echo) {
	g := e.Group("/v1", a.authenticate)

	g.GET("/institutions", serve(a.institutions))
	g.GET("/institutions/:id", serve(a.institution))

	g.GET("/certificates", serve(a.certificates))
	g.POST("/certificates", a.importCertificates)
	g.POST("/certificates/inspect", a.inspectCertificates)
	g.GET("/certificates/:id", serve(a.certificate))
	g.POST("/certificates/:id/signatures", serve(a.sign))

	g.GET("/organizations", serve(a.organizations))
	g.POST("/organizations", create(a.addOrganization))
	g.GET("/applications", serve(a.applications))
	g.POST("/applications", create(a.addApplication))

	g.GET("/registrations", serve(a.registrations))
	g.POST("/registrations", create(a.addRegistration))
	g.GET("/registrations/:id", serve(a.registration))
	g.PUT("/registrations/:id/steps/:step", serve(a.setStep))
	g.PUT("/registrations/:id/bundle", serve(a.saveBundle))
	g.POST("/registrations/:id/test", serve(a.test))
	g.POST("/registrations/:id/bundles/:version/activate", serve(a.activate))
	g.POST("/registrations/:id/authorizations", create(a.authorize))
	g.POST("/accounts", serve(a.accounts))

	g.GET("/audit", serve(a.audit))

	g.Any("/*", func(echo.Context) error { return echo.ErrNotFound })
}

// request is what a handler works with.
type request[T any] struct {
	echo   echo.Context
	caller access.Caller
	body   T
}
