package main

import (
	"cmp"
	"context"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/sealkeeper/sealkeeper/client/source"
	"github.com/sealkeeper/sealkeeper/connector/duration"
	"github.com/sealkeeper/sealkeeper/connector/mtls"
	"github.com/sealkeeper/sealkeeper/internal/cli"
	"github.com/sealkeeper/sealkeeper/internal/egress"
	"github.com/sealkeeper/sealkeeper/internal/local"
	"github.com/sealkeeper/sealkeeper/internal/secretfile"
	"github.com/sealkeeper/sealkeeper/secret"
)

type egressCmd struct {
	cli.Service
	cli.Workload
	Registration []string `help:"Registrations to serve; default: all the account is bound to." placeholder:"ID"`

	Socket         string `type:"path" default:"egress.sock" help:"Unix socket to listen on, for this user alone."`
	Listen         string `help:"Listen on TCP instead; takes --proxy-token-file." placeholder:"127.0.0.1:PORT"`
	ProxyTokenFile string `type:"path" help:"File with the token of Proxy-Authorization." placeholder:"FILE"`
	StatusListen   string `help:"Address of /status, /healthz and /metrics." placeholder:"127.0.0.1:PORT"`

	Cache       string        `type:"path" help:"File that keeps what is public over a restart." placeholder:"FILE"`
	Instance    string        `help:"Name in the console; default: host and socket." placeholder:"NAME"`
	Timeout     time.Duration `default:"60s" help:"Longest time of one request, answer included."`
	Connections int           `default:"64" help:"Most connections to each server of a bank."`
	Wait        time.Duration `default:"60s" help:"How long to wait for the service at the start."`
}

// Run serves programs on this machine until it is told to stop, or another process has taken over.
func (c egressCmd) Run(env *cli.Environment) error {
	token, err := c.proxyToken()
	if err != nil {
		return err
	}
	again := make(chan os.Signal, 1)
	signal.Notify(again, syscall.SIGHUP)
	defer signal.Stop(again)
	set, err := c.open(env)
	if err != nil {
		return err
	}
	closing := set.Close
	defer func() { _ = closing() }()
	listener, err := c.listener(env)
	if err != nil {
		return err
	}
	if _, tcp := listener.Addr().(*net.TCPAddr); tcp && token.Empty() {
		return tokenMissing()
	}
	proxy := egress.New(egress.Config{Sources: set, Token: token, Within: c.Timeout, Logger: env.Logger})
	if c.StatusListen != "" {
		if err := proxy.ServeStatus(env.Context, c.StatusListen, egress.HandedOver(env.Variable)); err != nil {
			return err
		}
	}
	env.Logger.Info("egress is serving", "address", listener.Addr().String(), "registrations", len(set.Sources()))
	handedOver, err := egress.NewServer(proxy, listener).Run(env.Context, again)
	if handedOver {
		closing = set.HandOver
	}
	return err
}

func (c egressCmd) proxyToken() (secret.Text, error) {
	switch {
	case c.Listen == "" && c.ProxyTokenFile == "":
		return secret.Text{}, nil
	case c.ProxyTokenFile == "":
		return secret.Text{}, tokenMissing()
	}
	token, err := secretfile.Read(c.ProxyTokenFile)
	if err == nil && len(token.Bytes()) < 16 {
		err = cli.Invalid("proxy_token_short", "The proxy's token must have 16 characters at least.")
	}
	return token, err
}

func tokenMissing() error {
	return cli.Invalid("proxy_token_missing",
		"By TCP every program and every web page on this machine could call the bank: give a token with "+
			"--proxy-token-file.")
}

func (c egressCmd) open(env *cli.Environment) (*source.Set, error) {
	connection := mtls.Defaults()
	connection.RequestTimeout = duration.Duration(c.Timeout)
	connection.MaxPerHost = c.Connections
	var registrations []source.Registration
	for _, id := range c.Registration {
		registrations = append(registrations, source.Registration{ID: id})
	}
	to, err := c.ClientConfig(env, c.Workload)
	if err != nil {
		return nil, err
	}
	instance, err := source.InstanceName(c.Instance, cmp.Or(c.Listen, c.Socket))
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(env.Context, c.Wait)
	defer cancel()
	return source.OpenAll(ctx, source.Config{
		Client:     to,
		CacheFile:  c.Cache,
		Instance:   instance,
		Connection: connection,
		Logger:     env.Logger,

		SomeAreEnough: true,
	}, registrations...)
}

// listener is the one that was handed over, or a new one.
func (c egressCmd) listener(env *cli.Environment) (net.Listener, error) {
	if handed, err := egress.Inherited(env.Variable); handed != nil || err != nil {
		return handed, err
	}
	if c.Listen != "" {
		return local.Loopback(c.Listen)
	}
	return local.Unix(c.Socket)
}
