package app

import (
	"context"

	"github.com/sealkeeper/sealkeeper/internal/config"
	"github.com/sealkeeper/sealkeeper/internal/installation"
	"github.com/sealkeeper/sealkeeper/web/ui/page"
)

func (s *Services) newInstallation() *installation.Service {
	return installation.New(installation.Config{
		Settings: s.cfg.Settings,
		Custody:  s.cfg.Custody.Mode(),
		Database: s.databaseFacts,
		Parts: []installation.Part{
			{Name: "database", Health: s.databaseHealth},
			{Name: "audit_guard", Health: s.DB.Guarded},
			{Name: "clock", Health: s.clockHealth},
			{Name: "audit", Health: s.Audit.Health},
			{Name: "custody", Health: s.Vault.Health, Warning: s.loginWarning},
			{Name: "policy", Health: healthy, Warning: s.Policy.Warning},
		},
		Audit: s.Audit,
		Now:   s.cfg.Now,
	})
}

func (s *Services) databaseFacts(ctx context.Context) (kind string, schema int64, err error) {
	steps, err := s.DB.Applied(ctx)
	if len(steps) > 0 {
		schema = steps[len(steps)-1].Version
	}
	return s.DB.Kind(), schema, err
}

func (s *Services) clockHealth(ctx context.Context) error {
	return installation.CompareClocks(ctx, s.DB.Clock)
}

// settingsOf are the settings in force as people are shown them.
func settingsOf(cfg config.Config, environ []string) []installation.Setting {
	var all []installation.Setting
	for _, one := range cfg.Settings(environ) {
		name := one.Key
		if name == "" {
			name = one.Variable
		}
		all = append(all, installation.Setting{Name: name, Value: one.Value, Source: one.Source})
	}
	return all
}

// supportOf is whom the console names to those who get stuck.
func supportOf(c config.Support) page.Support {
	s := page.Support{
		Contact:       page.Contact{Name: c.Name, Email: c.Email, Link: c.Link},
		Organizations: map[string]page.Contact{},
	}
	for number, contact := range c.Organizations {
		s.Organizations[number] = page.Contact(contact)
	}
	return s
}
