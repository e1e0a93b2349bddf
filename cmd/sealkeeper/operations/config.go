// Package operations has the commands that look after an installation: its configuration, and whether
// everything that it needs is there and works.
package operations

import (
	"github.com/sealkeeper/sealkeeper/internal/app"
	"github.com/sealkeeper/sealkeeper/internal/cli"
	"github.com/sealkeeper/sealkeeper/internal/config"
)

// Config is the commands about the configuration.
type Config struct {
	Check configCheckCmd `cmd:"" help:"Say whether the configuration is right, before a restart."`
	Print configPrintCmd `cmd:"" help:"Print every setting and where it comes from; secrets are redacted."`
}

type configCheckCmd struct{ cli.Configured }

// Run checks the configuration and opens nothing.
func (c configCheckCmd) Run(env *cli.Environment) error {
	cfg, err := c.load(env)
	if err != nil {
		return err
	}
	if err := checkTraces(env, cfg); err != nil {
		return err
	}
	env.Printf("the configuration is right; `sealkeeper doctor` looks whether it works\n")
	return nil
}

// checkTraces says what keeps the service from sending traces. It would start without them.
func checkTraces(env *cli.Environment, cfg config.Config) error {
	traces, err := app.ConfiguredTraces(cfg.Traces, env.Logger)
	if err != nil {
		return err
	}
	traces.Close() // nothing was recorded
	return nil
}

// load reads the configuration and judges all of it, the corrections to the catalogue too.
func (c configCheckCmd) load(env *cli.Environment) (config.Config, error) {
	cfg, err := c.Load(env)
	if err != nil {
		return cfg, err
	}
	banks, err := foreseen(cfg)
	if err != nil {
		return cfg, err
	}
	if err := app.Corrigible(cfg, banks); err != nil {
		return cfg, err
	}
	_, err = app.Stated(cfg)
	return cfg, err
}

type configPrintCmd struct {
	cli.Configured
	JSON bool `help:"As JSON."`
}

// settingJSON is a setting as JSON.
type settingJSON struct {
	Key      string `json:"key,omitempty"`
	Variable string `json:"variable,omitempty"`
	Value    string `json:"value"`
	Source   string `json:"source"`
}

// Run prints the settings in force.
func (c configPrintCmd) Run(env *cli.Environment) error {
	cfg, err := c.Load(env)
	if err != nil {
		return err
	}
	list := []settingJSON{}
	rows := [][]string{{"SETTING", "VALUE", "FROM"}}
	for _, s := range cfg.Settings(env.Environ) {
		list = append(list, settingJSON{s.Key, s.Variable, s.Value, s.Source})
		name := s.Key
		if name == "" {
			name = s.Variable
		}
		rows = append(rows, []string{name, s.Value, s.Source})
	}
	if c.JSON {
		return env.JSON(list)
	}
	return env.Table(rows)
}
