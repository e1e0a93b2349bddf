package dev

import (
	"path/filepath"

	"go.yaml.in/yaml/v3"

	"github.com/sealkeeper/sealkeeper/internal/cli"
)

// writeConfig writes DIR/config.yaml, with which the commands that take --config
// work on a dev environment: a second user for what takes two people, a backup, a check.
func (e *Environment) writeConfig() error {
	if e.Info.Custody != "embedded" { // with Vault the login is of one process alone
		return nil
	}
	absolute, err := filepath.Abs(e.cfg.Dir)
	if err != nil {
		return err
	}
	data, err := yaml.Marshal(map[string]any{
		"listen":     e.listener.Addr().String(),
		"public_url": e.Info.URL,
		"database":   map[string]string{"dsn": dsn(e.cfg.Dir).Reveal()},
		"custody":    map[string]string{"mode": "embedded", "master_key_file": filepath.Join(absolute, "master.key")},
	})
	if err != nil {
		return err
	}
	return cli.WriteFile(filepath.Join(e.cfg.Dir, "config.yaml"), data)
}
