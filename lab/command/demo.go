package command

import (
	"context"
	"log/slog"
	"os"

	"github.com/sealkeeper/sealkeeper/client"
	"github.com/sealkeeper/sealkeeper/internal/cli"
	"github.com/sealkeeper/sealkeeper/lab/dev"
	"github.com/sealkeeper/sealkeeper/lab/journey"
	"github.com/sealkeeper/sealkeeper/secret"
)

type demoCmd struct{}

// Run sets an environment up in a temporary folder, does the whole main job in
// it over HTTP, and takes it down again.
func (demoCmd) Run(env *cli.Environment) error {
	dir, err := os.MkdirTemp("", "sealkeeper-demo-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	ctx, stop := context.WithCancel(env.Context)
	defer stop()
	e, err := dev.Start(ctx, environment(env, dir, "127.0.0.1:0", slog.New(slog.DiscardHandler)))
	if err != nil {
		return err
	}
	defer e.Close()
	served := make(chan error, 1)
	go func() { served <- e.Serve(ctx, func() {}) }()

	env.Printf("console %s, simulated bank %s, custody %s\n", e.Info.URL, e.Info.BankURL, e.Info.Custody)
	service := client.Config{URL: e.Info.URL, Token: secret.NewTextString(e.Info.Token)}
	j, err := journey.New(service, e.Info.Samples, e.Info.Bank)
	if err != nil {
		return err
	}
	err = journey.Walk(ctx, env.Out, append(j.Steps(), journey.Step{Name: "verify the audit log", Do: e.VerifyAudit}))
	stop()
	if stopped := <-served; err == nil {
		return stopped
	}
	return cli.ErrSilent // Walk has said which step failed and why
}
