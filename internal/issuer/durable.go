package issuer

import (
	"context"

	"github.com/sealkeeper/sealkeeper/registration"
)

// Durable makes changes of a registration that are in custody too when it returns; a *vault.Vault is one.
type Durable interface {
	Durably(ctx context.Context, registrationID string, change func() error) error
}

// DurableBundles returns bundles whose activation is in custody too when it is
// confirmed: a database that is lost afterwards does not take it along.
func DurableBundles(b registration.Bundles, custody Durable) registration.Bundles {
	return durableBundles{b, custody}
}

type records registration.Bundles // embedded under a name that is not one of its methods

type durableBundles struct {
	records
	custody Durable
}

// SwitchBundle implements registration.Bundles. Taking a bundle out of use does
// not wait for custody: that must work in an emergency, and its copy follows.
func (d durableBundles) SwitchBundle(ctx context.Context, from, to *registration.Bundle) error {
	if to == nil {
		return d.records.SwitchBundle(ctx, from, to)
	}
	return d.custody.Durably(ctx, to.RegistrationID, func() error { return d.records.SwitchBundle(ctx, from, to) })
}
