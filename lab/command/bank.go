package command

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/cli"
	"github.com/sealkeeper/sealkeeper/lab/bank"
	"github.com/sealkeeper/sealkeeper/lab/bank/payment"
	"github.com/sealkeeper/sealkeeper/lab/bank/portal"
	"github.com/sealkeeper/sealkeeper/lab/bank/segments"
	"github.com/sealkeeper/sealkeeper/lab/dev"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
)

// bankCmd runs the simulated bank alone.
type bankCmd struct {
	Data      string `default:".bank" type:"path" help:"Folder for certificates and clients." placeholder:"DIR"`
	Listen    string `default:"127.0.0.1:0" help:"Address of token endpoint and APIs (mTLS)." placeholder:"HOST:PORT"`
	Host      string `help:"Name by which a service on another machine reaches that address." placeholder:"NAME"`
	Browser   string `default:"127.0.0.1:0" help:"Address of the customer's pages." placeholder:"HOST:PORT"`
	Admin     string `default:"127.0.0.1:0" help:"Address of the switches; loopback only." placeholder:"HOST:PORT"`
	Endpoints string `type:"path" help:"Write the endpoints to this file, not to stdout." placeholder:"FILE"`
	QTSPRoots string `name:"qtsp-roots" type:"path" help:"PEM roots; default: its own." placeholder:"FILE"`
	Clients   string `type:"path" help:"YAML file of applications; default: clients.yaml." placeholder:"FILE"`

	bankRules
}

// bankRules are the bank's decisions.
type bankRules struct {
	Acceptance       string        `default:"organization_identifier" help:"How a client's QWAC is recognised."`
	Fail             []string      `sep:"none" help:"Failure of docs/bank.md, as case=12,count=3." placeholder:"SWITCH"`
	Revoke           []string      `help:"Serial, in hex, of a certificate taken for revoked." placeholder:"SERIAL"`
	ClockOffset      time.Duration `help:"How far the bank's clock is from this machine's."`
	Latency          time.Duration `help:"Wait before every answer."`
	TLS12            bool          `name:"tls12" help:"Negotiate TLS 1.2 at most."`
	RequirePKCE      bool          `name:"require-pkce" help:"Refuse authorize requests without a code challenge."`
	OConfirmation    bool          `name:"o-confirmation" help:"Confirm payments with a code's token."`
	Calendar         bool          `help:"Payments keep to business days and the cut-off of 17:30 in Paris."`
	LateRefused      bool          `help:"With --calendar: refuse what misses the cut-off instead of moving it."`
	Signatories      int           `default:"1" help:"Customers who must approve a payment."`
	AnnouncedRefresh bool          `help:"Enterprises' refresh tokens: 24 hours, four uses."`
	RemoteKeys       bool          `help:"Fetch QSealCs from other machines too."`
	PageSize         int           `default:"40" help:"Transactions on a page."`
}

// Help lists how the bank can recognise a QWAC; another word is refused when it starts.
func (bankCmd) Help() string {
	return "--acceptance is organization_identifier, subject_dn, fingerprint, one_certificate or registration."
}

// Run runs the bank until it is told to stop.
func (c bankCmd) Run(env *cli.Environment) error {
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return cli.Invalid("data_folder", "The folder %s cannot be made: %v.", c.Data, err)
	}
	issuing, _, err := dev.Mint(c.Data, "")
	if err != nil {
		return err
	}
	config, err := c.config(issuing, c.Host)
	if err != nil {
		return err
	}
	config.Log = env.Logger
	if config.Clients, err = bankClients(c.Clients, c.Data); err != nil {
		return err
	}
	if c.QTSPRoots != "" {
		if config.QTSPRoots, err = rootsFile(c.QTSPRoots); err != nil {
			return err
		}
	}
	server, err := c.start(config)
	if err != nil {
		return err
	}
	defer server.Close()
	if c.Host != "" {
		_, port, err := net.SplitHostPort(strings.TrimPrefix(server.APIURL, "https://"))
		if err != nil {
			return err
		}
		server.APIURL = "https://" + net.JoinHostPort(c.Host, port)
	}
	snippet, err := yaml.Marshal(map[string]any{"institutions": dev.Profiles(server, issuing)})
	if err != nil {
		return err
	}
	if c.Endpoints != "" {
		if err := os.WriteFile(c.Endpoints, snippet, 0o600); err != nil {
			return err
		}
	} else {
		env.Print(string(snippet))
	}
	env.Printf("# ready; pages at %s, switches at %s/admin/state\n", server.BrowserURL, server.AdminURL)
	<-env.Context.Done()
	return nil
}

func (c bankCmd) start(config bank.Config) (*bank.Server, error) {
	sim, err := bank.New(config)
	if err != nil {
		return nil, err
	}
	switches, err := parseSwitches(c.Fail)
	if err == nil {
		err = sim.Arm(switches...)
	}
	if err != nil {
		return nil, cli.Invalid("failure_switch", "--fail: %v.", err)
	}
	for _, serial := range c.Revoke {
		sim.Revoke(serial)
	}
	sim.MoveClock(c.ClockOffset)
	sim.Delay(c.Latency)
	server, err := sim.Start(c.Listen, c.Browser)
	if err != nil {
		return nil, cli.Invalid("listen", "The bank cannot listen: %v.", err)
	}
	if err := server.StartAdmin(c.Admin); err != nil {
		server.Close()
		return nil, cli.Invalid("listen", "The switches cannot listen: %v.", err)
	}
	return server, nil
}

// config is the bank's configuration as far as the rules make it.
func (r bankRules) config(issuing *qtsp.QTSP, host string) (bank.Config, error) {
	config, err := dev.BankConfig(issuing, host)
	config.Acceptance = portal.Acceptance(r.Acceptance)
	config.RequirePKCE, config.OConfirmation = r.RequirePKCE, r.OConfirmation
	config.RemoteKeys, config.PageSize = r.RemoteKeys, r.PageSize
	config.Payments = payment.Rules{Calendar: r.Calendar, LateRefused: r.LateRefused, Signatories: r.Signatories}
	if r.TLS12 {
		config.MaxTLSVersion = tls.VersionTLS12
	}
	if r.AnnouncedRefresh {
		config.Segments = segments.WithAnnouncedRefresh(config.Segments)
	}
	return config, err
}

func rootsFile(path string) (*x509.CertPool, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "qtsp_roots", "The file %s cannot be read.", path)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(data) {
		return nil, cli.Invalid("qtsp_roots", "There is no PEM certificate in %s.", path)
	}
	return pool, nil
}

// clientsPath is the clients file, and whether it is the bank's own to make.
func clientsPath(path, dir string) (string, bool) {
	if path != "" {
		return path, false
	}
	path = filepath.Join(dir, "clients.yaml")
	_, err := os.Stat(path)
	return path, errors.Is(err, fs.ErrNotExist)
}
