// Package config is Sealkeeper's configuration: one commented YAML file and
// the environment over it. The comments of Config are the manual. Secrets come from
// files or the environment, never from flags; contradictions stop the program.
package config

import (
	"bytes"
	"errors"
	"net/netip"
	"net/url"
	"os"
	"regexp"
	"strings"
	"time"

	"github.com/caarlos0/env/v11"
	"go.yaml.in/yaml/v3"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/loopback"
	"github.com/sealkeeper/sealkeeper/internal/secretfile"
	"github.com/sealkeeper/sealkeeper/secret"
)

// Config is everything that can be configured. Every setting has an
// environment variable that wins over the file.
type Config struct {
	// Address the console and the API listen on.
	Listen string `yaml:"listen" env:"SEALKEEPER_LISTEN"`
	// Address for operators alone: readiness and metrics, which the other address then does not answer.
	OperatorListen string `yaml:"operator_listen" env:"SEALKEEPER_OPERATOR_LISTEN"`
	// How long the service goes on serving, not ready any more, when it is told to stop.
	DrainDelay time.Duration `yaml:"drain_delay" env:"SEALKEEPER_DRAIN_DELAY"`
	// URL under which people and banks reach Sealkeeper: sign-in links and published signing certificates begin with
	// it. Behind a proxy that ends TLS it is the proxy's. https, or http on this machine.
	PublicURL string `yaml:"public_url" env:"SEALKEEPER_PUBLIC_URL"`
	// For how long a bearer token that somebody makes themselves is valid at most: an hour to 90 days.
	OwnTokens time.Duration `yaml:"own_tokens" env:"SEALKEEPER_OWN_TOKENS"`
	// After how many months a review of access has to be closed again; 0: no case says so.
	AccessReviewMonths int `yaml:"access_review_months" env:"SEALKEEPER_ACCESS_REVIEW_MONTHS"`
	// Networks of your own reverse proxies, as 10.1.2.0/24: only what they write into X-Forwarded-For is
	// taken for the client's address.
	TrustedProxies []netip.Prefix `yaml:"trusted_proxies" env:"SEALKEEPER_TRUSTED_PROXIES"`
	// Where a change takes two people.
	FourEyes FourEyes `yaml:"four_eyes"`

	Database Database `yaml:"database"`
	Custody  Custody  `yaml:"custody"`
	Vault    Vault    `yaml:"vault"`
	Outgoing Outgoing `yaml:"outgoing"`
	// Whether issuers are looked up on the EU's trusted lists.
	TrustedLists TrustedLists `yaml:"trusted_lists"`
	// In which registers authorisations are looked up.
	Registers Registers `yaml:"registers"`
	Support   Support   `yaml:"support"`
	// For how long people's data is kept.
	Retention Retention `yaml:"retention"`
	Backup    Backup    `yaml:"backup"`
	Alerts    Alerts    `yaml:"alerts"`
	Audit     Audit     `yaml:"audit"`
	// Where it is sent what was done for each request, and for how long.
	Traces Traces `yaml:",inline"`

	// With which identity providers people can sign in, besides passkeys.
	Providers []Provider `yaml:"identity_providers" env:"-"`

	// Issuers of OpenID Connect whose word about workloads counts: of your Kubernetes clusters,
	// https://token.actions.githubusercontent.com, your GitLab. Service accounts name them.
	WorkloadIssuers []string `yaml:"workload_issuers" env:"SEALKEEPER_WORKLOAD_ISSUERS"`

	// How a proxy passes on the client certificates of services.
	ClientCertificates ClientCertificates `yaml:"client_certificates"`

	// Corrections to the built-in catalogue: institution id -> profile settings,
	// with the keys of the files in registration/catalogue/institutions.
	Institutions map[string]map[string]any `yaml:"institutions"`
	// A folder of catalogue files that people may take, besides those built in.
	CatalogueFolder string `yaml:"catalogue_folder" env:"SEALKEEPER_CATALOGUE_FOLDER"`

	// Which settings of FourEyes the file or the environment states; the rest are defaults.
	Stated Stated `yaml:"-"`
}

// Database is where records are kept. Give exactly one of DSN and DSNFile.
type Database struct {
	// "sqlite:///var/lib/sealkeeper/db.sqlite" or "postgres://user@host/name".
	DSN secret.Text `yaml:"dsn" env:"SEALKEEPER_DATABASE_DSN"`
	// A file that holds it, for one with a password.
	DSNFile string `yaml:"dsn_file" env:"SEALKEEPER_DATABASE_DSN_FILE"`
}

// Custody is where keys and secrets are kept.
type Custody struct {
	// "vault" (HashiCorp Vault or OpenBao) or "embedded" (sealed in the database; one machine).
	Mode string `yaml:"mode" env:"SEALKEEPER_CUSTODY_MODE"`
	// Embedded: exactly one of a key file, a key or a passphrase. `sealkeeper keys new FILE` makes a key file.
	MasterKeyFile string      `yaml:"master_key_file" env:"SEALKEEPER_MASTER_KEY_FILE"`
	MasterKey     secret.Text `yaml:"-" env:"SEALKEEPER_MASTER_KEY"`
	Passphrase    secret.Text `yaml:"-" env:"SEALKEEPER_MASTER_PASSPHRASE"`
}

// defaults are what a setting is when nobody sets it.
func defaults() Config {
	return Config{
		Listen:       "127.0.0.1:8420",
		DrainDelay:   5 * time.Second,
		OwnTokens:    30 * 24 * time.Hour,
		FourEyes:     FourEyes{Live: true, ExpiresAfter: 72 * time.Hour},
		Custody:      Custody{Mode: "vault"},
		Outgoing:     Outgoing{Enabled: true},
		TrustedLists: TrustedLists{URL: "https://ec.europa.eu/tools/lotl/eu-lotl.xml"},
		Registers:    Registers{EBAURL: "https://euclid.eba.europa.eu/register/api/filemetadata"},
		Alerts: Alerts{
			DigestAt:      "08:00",
			Zone:          "Europe/Paris",
			LeadDays:      21,
			EscalateAfter: 48 * time.Hour,
			SMTP:          SMTP{Port: 587, TLS: "starttls"},
		},
		Retention: Retention{ConsentsDays: 400, PaymentsDays: 1826, SessionsDays: 90, MessagesDays: 400},
		Vault: Vault{
			KVMount:        "sealkeeper",
			TransitMount:   "sealkeeper-transit",
			Timeout:        10 * time.Second,
			SnapshotMaxAge: 26 * time.Hour,
		},
	}
}

// Load reads the file (none if path is empty) and the environment, and checks the result.
func Load(path string, environ []string) (Config, error) {
	c, err := read(defaults(), path, environ)
	if err != nil {
		return c, err
	}
	opposite := defaults()
	opposite.FourEyes = opposite.FourEyes.opposite()
	other, err := read(opposite, path, environ)
	if err != nil {
		return c, err
	}
	c.Stated = statedIn(c.FourEyes, other.FourEyes)
	if err := c.readDSNFile(); err != nil {
		return c, err
	}
	c.PublicURL = strings.TrimSuffix(c.PublicURL, "/")
	return c, c.check()
}

// read reads the file and the environment over c.
func read(c Config, path string, environ []string) (Config, error) {
	if path != "" {
		data, err := os.ReadFile(path)
		if err != nil {
			return c, fault.Wrap(err, fault.Invalid, "config_unreadable", "The configuration file %s cannot be read.",
				path)
		}
		decoder := yaml.NewDecoder(bytes.NewReader(data))
		decoder.KnownFields(true)
		if err := decoder.Decode(&c); err != nil {
			return c, fault.New(fault.Invalid, "config_invalid", "The configuration file %s is not right: %s.", path,
				wrongAt(err))
		}
	}
	if err := checkNames(&c, environ); err != nil {
		return c, err
	}
	if err := env.ParseWithOptions(&c, env.Options{Environment: env.ToMap(environ)}); err != nil {
		return c, fault.New(fault.Invalid, "config_invalid",
			"A SEALKEEPER_ environment variable cannot be read; numbers, durations (10s) and true or false are "+
				"expected where the manual says so.")
	}
	return c, nil
}

var (
	unknownKey = regexp.MustCompile(`field (\S+) not found in type \S+`)
	wrongValue = regexp.MustCompile(`cannot unmarshal \S+ .*into \S+`)
)

// wrongAt is what the decoder says, in the words of the file, and without values: one in the wrong place may be a
// secret.
func wrongAt(err error) string {
	text := strings.ReplaceAll(strings.TrimPrefix(err.Error(), "yaml: unmarshal errors:\n  "), "\n  ", "; ")
	text = unknownKey.ReplaceAllString(text, "there is no setting $1 here")
	return wrongValue.ReplaceAllString(text, "the setting takes a value of another form")
}

func (c *Config) readDSNFile() error {
	if c.Database.DSNFile == "" {
		return nil
	}
	if !c.Database.DSN.Empty() {
		return contradiction("database.dsn and database.dsn_file are both set; keep one")
	}
	var err error
	c.Database.DSN, err = secretfile.Read(c.Database.DSNFile)
	return err
}

func (c Config) check() error {
	if c.Database.DSN.Empty() {
		return contradiction("database.dsn or database.dsn_file is needed: sqlite:///path or postgres://...")
	}
	if err := c.checkPublicURL(); err != nil {
		return err
	}
	if c.DrainDelay < 0 || c.DrainDelay > maxDrain {
		return contradiction("drain_delay is from 0s to 5m")
	}
	if c.OwnTokens < time.Hour || c.OwnTokens > maxOwnTokens {
		return contradiction("own_tokens is from 1h to 2160h")
	}
	if c.AccessReviewMonths < 0 || c.AccessReviewMonths > 36 {
		return contradiction("access_review_months is from 0 to 36")
	}
	for _, p := range c.TrustedProxies {
		if p.Bits() == 0 {
			return contradiction("trusted_proxies must name your own proxies, and " + p.String() + " is everybody")
		}
	}
	if err := c.FourEyes.check(); err != nil {
		return err
	}
	if err := c.Support.check(); err != nil {
		return err
	}
	if err := errors.Join(c.Outgoing.check(), c.Retention.check()); err != nil {
		return err
	}
	if c.Retention.AuditDays > 0 && c.Audit.ArchiveFolder == "" {
		return contradiction("retention.audit_days needs audit.archive_folder: entries leave the database for files " +
			"alone")
	}
	if err := errors.Join(c.Alerts.check(), c.Audit.check(), c.TrustedLists.check(), c.Registers.check(),
		c.Traces.check()); err != nil {
		return err
	}
	if err := errors.Join(c.checkProviders(), c.checkWorkloadIssuers(), c.checkClientCertificates()); err != nil {
		return err
	}
	switch c.Custody.Mode {
	case "vault":
		return c.checkVault()
	case "embedded":
		return c.checkEmbedded()
	}
	return contradiction(`custody.mode is "vault" or "embedded"`)
}

// maxDrain is longer than any load balancer takes to notice.
const maxDrain = 5 * time.Minute

// maxOwnTokens is as long as nobody has to look again whether a program still needs its token.
const maxOwnTokens = 90 * 24 * time.Hour

func (c Config) checkPublicURL() error {
	public, err := url.Parse(c.PublicURL)
	switch {
	case err != nil || public.Hostname() == "" || (public.Scheme != "https" && public.Scheme != "http"):
		return contradiction("public_url must be the https:// address under which people and banks reach Sealkeeper")
	case public.User != nil || public.RawQuery != "" || public.Fragment != "":
		return contradiction("public_url is an address alone: it is in what people and banks are sent, so leave out " +
			"user, password and whatever follows a ? or #")
	case public.Scheme == "http" && !loopback.Host(public.Hostname()):
		return contradiction("public_url must begin with https:// unless it is an address of this machine: session " +
			"cookies and sign-in links would cross the network in clear")
	}
	return nil
}

func (c Config) checkEmbedded() error {
	switch n := c.Custody.masterKeys(); {
	case c.Vault.Address != "":
		return contradiction("custody.mode is embedded, but vault.address is set; remove one of them")
	case n == 0:
		return contradiction("embedded custody needs custody.master_key_file, SEALKEEPER_MASTER_KEY or " +
			"SEALKEEPER_MASTER_PASSPHRASE")
	case n > 1:
		return contradiction("more than one master key is set; keep one")
	}
	return nil
}

func (c Custody) masterKeys() int {
	n := 0
	for _, set := range []bool{c.MasterKeyFile != "", !c.MasterKey.Empty(), !c.Passphrase.Empty()} {
		if set {
			n++
		}
	}
	return n
}

func contradiction(what string) error {
	return fault.New(fault.Invalid, "config_contradiction", "Configuration: %s.", what)
}
