package source

import (
	"cmp"
	"context"
	"log/slog"
	"time"

	"github.com/sealkeeper/sealkeeper/client"
	"github.com/sealkeeper/sealkeeper/connector/mtls"
	"github.com/sealkeeper/sealkeeper/types/api"
)

// Config says which service is followed, on whose behalf, and how banks are called.
type Config struct {
	// Client is how Sealkeeper is called. With TokenFunc a token that is replaced is taken up without a restart. A
	// Timeout of 0 means 15 seconds here.
	Client client.Config
	// CacheFile keeps what is public of the configurations over a restart, so that the program starts while
	// Sealkeeper does not answer; handshakes are signed by it all the same. Empty: nothing is kept. The file is
	// written with mode 0600, and one that others may write or read is refused.
	CacheFile string
	// Instance tells the processes of a service account apart in the console; it should stay the same over a
	// restart. Empty: as InstanceName has it, by the program and its CacheFile.
	Instance string
	// Connection has the time-outs, bounds and proxy of connections to banks; whom to trust is not taken from it.
	// Without a RequestTimeout it is mtls.Defaults().
	Connection mtls.Settings
	// SomeAreEnough has OpenAll return once each registration has been asked for and one is there, the others to come.
	SomeAreEnough bool
	// InUse says which certificates are presented, where the program hands them on and makes no connections by the Set;
	// nil: those that the Set presents. ReportSoon has it asked. It is called by the Set's own goroutines.
	InUse func() []api.CertificateUse
	// Logger is told of changes and of what goes wrong; nil: nobody is.
	Logger *slog.Logger
	// Now tells the time by which certificates end; nil: time.Now.
	Now func() time.Time
}

// callTime bounds each call of Sealkeeper.
const callTime = 15 * time.Second

func (c Config) withDefaults() (Config, error) {
	c.Client.Timeout = cmp.Or(c.Client.Timeout, callTime)
	if c.Connection.RequestTimeout == 0 {
		c.Connection = mtls.Defaults()
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	var err error
	c.Instance, err = InstanceName(c.Instance, c.program())
	return c, err
}

// Open returns the Source of one registration when its configuration is there: read from Sealkeeper, or from the
// cache. It waits as long as Sealkeeper does not answer or the registration is not ready, until ctx ends; the error
// says then what it has waited for. What waiting does not help with, such as a wrong token or an unknown registration,
// fails at once with the service's own kind and code.
func Open(ctx context.Context, cfg Config, registration Registration) (*Source, error) {
	set, err := OpenAll(ctx, cfg, registration)
	if err != nil {
		return nil, err
	}
	return set.Sources()[0], nil
}

// OpenAll is Open for several registrations, with one stream of changes for all of them. With none named, it is for
// all that the service account is bound to, those to come included. It waits for each that is named; with none named,
// or with Config.SomeAreEnough, until one is there and the others have been asked for.
func OpenAll(ctx context.Context, cfg Config, registrations ...Registration) (*Set, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	set, err := newSet(cfg, registrations)
	if err != nil {
		return nil, err
	}
	if err := set.start(ctx); err != nil {
		_ = set.Close() // which never fails
		return nil, err
	}
	return set, nil
}
