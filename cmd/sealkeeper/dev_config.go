package main

import (
	"path/filepath"

	"go.yaml.in/yaml/v3"
)

// writeDevConfig writes DIR/config.yaml, with which the commands that take --config
// work on a dev environment: a second user for what takes two people, a backup, a check.
func (d *dev) writeDevConfig(dir string) error {
	if d.info.Custody != "embedded" { // with Vault the login is of one process alone
		return nil
	}
	absolute, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	data, err := yaml.Marshal(map[string]any{
		"listen":     d.listener.Addr().String(),
		"public_url": d.info.URL,
		"database":   map[string]string{"dsn": devDSN(dir).Reveal()},
		"custody":    map[string]string{"mode": "embedded", "master_key_file": filepath.Join(absolute, "master.key")},
	})
	if err != nil {
		return err
	}
	return writeFile(filepath.Join(dir, "config.yaml"), data)
}
