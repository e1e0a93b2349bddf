package main

import (
	"log/slog"
	"net"

	"github.com/sealkeeper/sealkeeper/internal/app"
	"github.com/sealkeeper/sealkeeper/internal/cli"
	"github.com/sealkeeper/sealkeeper/internal/config"
	"github.com/sealkeeper/sealkeeper/internal/identity"
	"github.com/sealkeeper/sealkeeper/internal/tracing/otlp"
)

type serveCmd struct{ cli.Configured }

// Run runs the service until it is told to stop.
func (c serveCmd) Run(env *cli.Environment) error {
	config.EaseGC()
	cfg, err := c.Load(env)
	if err != nil {
		return err
	}
	traces, err := app.ConfiguredTraces(cfg.Traces, env.Logger)
	if err != nil { // nobody is to be without the service for that
		env.Logger.Warn("no traces are sent", "error", err.Error())
		traces = otlp.Off()
	}
	defer traces.Close()
	s, closing, err := app.Open(env.Context, cfg, env.Logger, app.Opening{Migrate: true, Service: true, Traces: traces})
	if err != nil {
		return err
	}
	defer closing()
	listener, err := listen(cfg.Listen)
	if err != nil {
		return err
	}
	operators, err := listen(cfg.OperatorListen)
	if err != nil {
		return err
	}
	first, err := s.Identity.FirstLink(env.Context)
	if err != nil {
		return err
	}
	if !first.Empty() {
		env.Printf("first administrator (once, within %s): %s/join?token=%s\n", identity.LinkLifetime, cfg.PublicURL,
			first.Reveal())
	}
	settings, err := s.InForce.Settings(env.Context)
	if err != nil {
		return err
	}
	var inForce []any
	for _, setting := range settings {
		inForce = append(inForce, setting.Name, setting.Value)
	}
	env.Logger.Info("sealkeeper is serving", "address", listener.Addr().String(), "public_url", cfg.PublicURL,
		"custody", s.Vault.CustodyMode(), slog.Group("policy", inForce...))
	return s.Serve(env.Context, listener, operators)
}

// listen listens on an address; "" is no listener.
func listen(address string) (net.Listener, error) {
	if address == "" {
		return nil, nil
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, cli.Invalid("listen", "The address %s cannot be listened on: %v.", address, err)
	}
	return listener, nil
}
