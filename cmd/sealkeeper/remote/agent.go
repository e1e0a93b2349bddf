package remote

import (
	"strings"
	"syscall"
	"time"

	"github.com/sealkeeper/sealkeeper/client"
	"github.com/sealkeeper/sealkeeper/client/source"
	"github.com/sealkeeper/sealkeeper/internal/agent"
	"github.com/sealkeeper/sealkeeper/internal/cli"
	"github.com/sealkeeper/sealkeeper/internal/keyfile"
	"github.com/sealkeeper/sealkeeper/internal/local"
)

// Agent writes files for programs that only read files.
type Agent struct {
	cli.Service
	cli.Workload
	Dir      string   `required:"" type:"path" help:"Folder to write into: DIR/current." placeholder:"DIR"`
	Format   []string `default:"pem" enum:"pem,pkcs12,jks" help:"pem, pkcs12, jks, or several of them."`
	PIDFile  string   `type:"path" help:"After a change, signal the process with the id in it." placeholder:"FILE"`
	Signal   string   `default:"HUP" enum:"HUP,USR1,USR2" help:"The signal: HUP, USR1 or USR2."`
	Instance string   `help:"How this agent calls itself in reports; after the host and DIR if left out."`

	StatusListen string `help:"Address or socket of /status, /healthz and /metrics." placeholder:"127.0.0.1:PORT"`

	Registration string   `arg:"" help:"Id of the registration, or APPLICATION@INSTITUTION."`
	Command      []string `arg:"" optional:"" passthrough:"" help:"After --: what to run on a change, without a shell."`
}

// Run writes files until it is told to stop.
func (c Agent) Run(env *cli.Environment) error {
	to, err := c.ClientConfig(env, c.Workload)
	if err != nil {
		return err
	}
	to.Timeout = time.Minute
	service, err := client.New(to)
	if err != nil {
		return err
	}
	cfg := agent.Config{
		Service: service,
		Folder:  c.Dir,
		Logger:  env.Logger,
		Now:     time.Now,
	}
	if cfg.Notifier, err = c.notifier(env); err != nil {
		return err
	}
	for _, f := range c.Format {
		cfg.Formats = append(cfg.Formats, keyfile.Format(f))
	}
	if at := strings.LastIndex(c.Registration, "@"); at > 0 {
		cfg.Application, cfg.Institution = c.Registration[:at], c.Registration[at+1:]
	} else {
		cfg.Registration = c.Registration
	}
	if cfg.Instance, err = source.InstanceName(c.Instance, c.Dir); err != nil {
		return err
	}
	writer := agent.New(cfg)
	if c.StatusListen != "" {
		pages, err := local.Listen(c.StatusListen)
		if err != nil {
			return err
		}
		go local.Serve(env.Context, pages, writer.Pages())
	}
	return writer.Run(env.Context)
}

func (c Agent) notifier(env *cli.Environment) (agent.Notifier, error) {
	arguments := c.Command
	if len(arguments) > 0 && arguments[0] == "--" {
		arguments = arguments[1:]
	}
	switch {
	case len(arguments) > 0 && c.PIDFile != "":
		return nil, cli.Invalid("notify_twice", "Give a command or a pid file, not both.")
	case len(arguments) > 0:
		return agent.Command{Arguments: arguments, Environ: env.Environ}, nil
	case c.PIDFile != "":
		return agent.NewSignal(c.PIDFile, map[string]syscall.Signal{
			"HUP":  syscall.SIGHUP,
			"USR1": syscall.SIGUSR1,
			"USR2": syscall.SIGUSR2,
		}[c.Signal]), nil
	}
	return nil, nil
}
