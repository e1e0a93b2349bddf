package main

import (
	"net"

	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/internal/config"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/registration"
)

type serveCmd struct{ configured }

// Run runs the service until it is told to stop.
func (c serveCmd) Run(env *environment) error {
	config.EaseGC()
	cfg, err := c.load(env)
	if err != nil {
		return err
	}
	db, err := store.Open(env.ctx, cfg.Database.DSN)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	if err := db.Migrate(env.ctx); err != nil {
		return err
	}
	custody, closeCustody, err := openCustody(env.ctx, env, cfg, db)
	if err != nil {
		return err
	}
	defer closeCustody()
	catalogue, err := configuredCatalogue(cfg)
	if err != nil {
		return err
	}
	a, err := newApp(parts{
		db:        db,
		custody:   custody,
		catalogue: catalogue,
		publicURL: cfg.PublicURL,
		fourEyes:  policy(cfg.FourEyes),
		logger:    env.logger,
	})
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", cfg.Listen)
	if err != nil {
		return invalid("listen", "The address %s cannot be listened on: %v.", cfg.Listen, err)
	}
	env.logger.Info("sealkeeper is serving", "address", listener.Addr().String(), "public_url", cfg.PublicURL,
		"custody", custody.Mode())
	go a.background(env.ctx)
	return serveUntil(env.ctx, listener, a.handler, env.logger)
}

// policy is the configuration of four-eyes by environment.
func policy(f config.FourEyes) approval.Policy {
	return approval.Policy{
		TwoPeople:    map[string]bool{registration.Live: f.Live, registration.Sandbox: f.Sandbox},
		ExpiresAfter: f.ExpiresAfter,
	}
}

// configuredCatalogue is the embedded catalogue with the deployment's corrections.
func configuredCatalogue(cfg config.Config) (*registration.Catalogue, error) {
	catalogue, err := registration.EmbeddedCatalogue()
	if err != nil {
		return nil, err
	}
	for id, profile := range cfg.Institutions {
		if err := catalogue.Override(id, profile); err != nil {
			return nil, invalid("config_invalid", "Configuration: institutions: %v.", err)
		}
	}
	return catalogue, nil
}
