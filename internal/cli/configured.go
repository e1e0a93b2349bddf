package cli

import (
	"log/slog"

	"github.com/sealkeeper/sealkeeper/internal/app"
	"github.com/sealkeeper/sealkeeper/internal/config"
	"github.com/sealkeeper/sealkeeper/internal/store"
)

// Configured is the flag of every command that works on a configured service.
type Configured struct {
	Config string `help:"Configuration file; SEALKEEPER_ variables win over it." type:"path" placeholder:"FILE"`
}

// Load reads the configuration.
func (c Configured) Load(env *Environment) (config.Config, error) {
	return config.Load(c.Config, env.Environ)
}

// Database opens the configured database without changing its schema.
func (c Configured) Database(env *Environment) (*store.DB, error) {
	cfg, err := c.Load(env)
	if err != nil {
		return nil, err
	}
	return store.Open(env.Context, cfg.Database.DSN)
}

// WithRecords runs f on what needs the configured database and no custody.
func (c Configured) WithRecords(env *Environment, f func(app.Records, config.Config) error) error {
	cfg, err := c.Load(env)
	if err != nil {
		return err
	}
	db, err := store.Open(env.Context, cfg.Database.DSN)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	// Whoever sets a service up makes its first user before its first start.
	if err := db.Migrate(env.Context); err != nil {
		return err
	}
	stated, err := app.Stated(cfg)
	if err != nil {
		return err
	}
	records := app.NewRecords(db, nil, stated)
	policies, err := app.NewPolicy(env.Context, records, env.Logger)
	if err != nil {
		return err
	}
	if err := policies.Watch(env.Context, Operator()); err != nil {
		return err
	}
	return f(records, cfg)
}

// WithServices runs f on the configured database and custody. What a running
// service would log is not for whoever runs a command.
func (c Configured) WithServices(
	env *Environment, how app.Opening, f func(*app.Services, config.Config) error,
) error {
	cfg, err := c.Load(env)
	if err != nil {
		return err
	}
	s, closing, err := app.Open(env.Context, cfg, slog.New(slog.DiscardHandler), how)
	if err != nil {
		return err
	}
	defer closing()
	return f(s, cfg)
}
