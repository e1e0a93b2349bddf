// Command sealkeeper-sds hands the certificates in use to Envoy proxies, by Envoy's secret discovery service.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"github.com/sealkeeper/sealkeeper/client"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/secretfile"
	"github.com/sealkeeper/sealkeeper/internal/version"
	"github.com/sealkeeper/sealkeeper/secret"
)

// command is the command line.
type command struct {
	Server            string `env:"SK_SERVER" default:"http://127.0.0.1:8420" help:"Address of the service."`
	TokenFile         string `type:"path" help:"File with a service account's token." placeholder:"FILE"`
	WorkloadTokenFile string `type:"path" help:"Or a file with the platform's JWT." placeholder:"FILE"`
	Account           string `help:"Service account meant, if the JWT stands for several." placeholder:"NAME"`

	Socket     string   `type:"path" default:"sds.sock" help:"Unix socket to listen on, for this user alone."`
	Listen     string   `help:"Listen on TCP instead, by mutual TLS; it takes the four below." placeholder:"HOST:PORT"`
	TLSChain   string   `name:"tls-chain" type:"path" help:"This server's certificate and chain." placeholder:"FILE"`
	TLSKey     string   `name:"tls-key" type:"path" help:"File with its private key, as PEM." placeholder:"FILE"`
	ClientCA   string   `name:"client-ca" type:"path" help:"CAs of the proxies' certificates." placeholder:"FILE"`
	ClientName []string `name:"client-name" help:"DNS names or URIs of proxies that may ask." placeholder:"NAME"`

	StatusListen string        `help:"Address or socket of /status and /metrics." placeholder:"127.0.0.1:PORT"`
	Instance     string        `help:"Name in the console; default: host and socket." placeholder:"NAME"`
	SystemRoots  string        `type:"path" default:"/etc/ssl/certs/ca-certificates.crt" help:"CAs for other banks."`
	Streams      int           `default:"1000" help:"Most streams at a time."`
	Names        int           `default:"1000" help:"Most secrets that one stream asks for."`
	Wait         time.Duration `default:"60s" help:"How long to wait for the service at the start."`

	Version kong.VersionFlag `help:"Print which version this is."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	var c command
	kong.Parse(&c, kong.Name("sealkeeper-sds"), kong.Vars{"version": version.Of().String()},
		kong.Description("Hands the certificates in use to Envoy proxies, by Envoy's secret discovery service."))
	err := c.run(ctx, slog.New(slog.NewJSONHandler(os.Stderr, nil)))
	stop()
	if err == nil {
		return
	}
	fmt.Fprintln(os.Stderr, "sealkeeper-sds:", err)
	os.Exit(1)
}

// clientConfig is by what the service is called. Files are read again, so that a token that is replaced is taken up.
func (c command) clientConfig() (client.Config, error) {
	cfg := client.Config{URL: c.Server, Account: c.Account}
	switch {
	case (c.TokenFile == "") == (c.WorkloadTokenFile == ""):
		return cfg, fault.New(fault.Invalid, "token_missing",
			"Name the file with the token of a service account by --token-file, or that with the platform's JWT by "+
				"--workload-token-file.")
	case c.WorkloadTokenFile != "":
		cfg.WorkloadFunc = client.TokenFile(c.WorkloadTokenFile)
		return cfg, nil
	}
	cfg.TokenFunc = func(context.Context) (secret.Text, error) { return secretfile.Read(c.TokenFile) }
	_, err := secretfile.Read(c.TokenFile)
	return cfg, err
}

// systemRoots are the system's CA certificates as PEM.
func (c command) systemRoots() (string, error) {
	pem, err := os.ReadFile(c.SystemRoots)
	if err == nil && len(pem) > maxRoots {
		err = errors.New("it is too large")
	}
	if err != nil {
		return "", fault.Wrap(err, fault.Unavailable, "system_roots_missing",
			"The system's CA certificates cannot be read; name their file with --system-roots.")
	}
	return string(pem), nil
}

// maxRoots bounds what goes to a proxy in one answer: gRPC takes 4 MiB.
const maxRoots = 2 << 20
