package command

import (
	"log/slog"
	"path/filepath"

	"github.com/sealkeeper/sealkeeper/internal/cli"
	"github.com/sealkeeper/sealkeeper/internal/config"
	"github.com/sealkeeper/sealkeeper/lab/bank"
	"github.com/sealkeeper/sealkeeper/lab/dev"
	"github.com/sealkeeper/sealkeeper/secret"
)

type devCmd struct {
	Data   string `default:".data" type:"path" help:"Folder for everything that is kept." placeholder:"DIR"`
	Listen string `default:"127.0.0.1:8420" help:"Address to listen on; port 0 picks one." placeholder:"HOST:PORT"`
}

// Run runs the environment until it is told to stop.
func (c devCmd) Run(env *cli.Environment) error {
	config.EaseGC()
	e, err := dev.Start(env.Context, environment(env, c.Data, c.Listen, env.Logger))
	if err != nil {
		return err
	}
	defer e.Close()
	link, err := e.Services.Identity.NewEvaluationLink(env.Context, dev.User)
	if err != nil {
		return err
	}
	return e.Serve(env.Context, func() {
		env.Printf("ready %s\n", e.Info.URL)
		env.Printf("start here: %s/ (two people sign in, the bank's portal, a demo)\n", e.Info.DeskURL)
		env.Printf("sign in (once, within 10 minutes): %s/sign-in?token=%s\n", e.Info.URL, link.Reveal())
		env.Printf("sample certificates: %s\n", filepath.Join(c.Data, "samples"))
		env.Printf("simulated bank: portal at %s%s, APIs at %s\n", e.Info.Bank.BrowserURL, bank.PortalPath,
			e.Info.BankURL)
	})
}

// environment is configured by the variables of Vault's own tools.
func environment(env *cli.Environment, dir, listen string, logger *slog.Logger) dev.Config {
	return dev.Config{
		Dir:    dir,
		Listen: listen,
		Logger: logger,
		Vault: dev.Vault{
			Address:   env.Variable("VAULT_ADDR"),
			Namespace: env.Variable("VAULT_NAMESPACE"),
			CAFile:    env.Variable("VAULT_CACERT"),
			Token:     secret.NewTextString(env.Variable("VAULT_TOKEN")),
		},
	}
}
