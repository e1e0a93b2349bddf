// Package hcvault keeps keys and documents in HashiCorp Vault or OpenBao.
//
// Keys are imported into the Transit engine as not exportable and never come
// out again; Vault signs with them. Documents are in the KV engine, version 2,
// written with check-and-set. The package uses only what HashiCorp Vault 1.17
// and OpenBao 2.3 both have, and is the only importer of Vault's client library.
package hcvault

import (
	"crypto/tls"
	"log/slog"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/loopback"
	"github.com/sealkeeper/sealkeeper/secret"
	"github.com/sealkeeper/sealkeeper/vault/internal/accept"
)

// Config says which Vault to use and how. Fields left zero get the defaults named.
type Config struct {
	Address    string // https://vault.example:8200; http only for this machine, see PlainHTTP
	Namespace  string // "": none
	CACertFile string // PEM of the CAs to trust for Address; "": the system's
	PlainHTTP  bool   // allow http to another machine; for a closed test network only

	KVMount      string // "sealkeeper": a KV engine, version 2
	TransitMount string // "sealkeeper-transit": a Transit engine used by nothing else
	Prefix       string // "main": keeps installations apart that share the KV mount

	Auth Auth

	Name     string      // as Prefix: names the policies and the AppRole, sealkeeper-NAME
	AuditTo  AuditTo     // Bootstrap only
	SecretID NewSecretID // Bootstrap only

	// Patient has Open not fail when Vault refuses the login, and wait for another
	// credential: a service that ends is started again, and refused again, until the role is locked.
	Patient bool

	Timeout       time.Duration // 10s: of one request with its repetitions
	ImportTimeout time.Duration // 60s: of a key's import; Vault's first one makes an RSA-4096 key
	Signatures    int           // 64: signatures under way at once
	Waiting       int           // 1024: signatures waiting for their turn; more are refused at once

	// Watch is told of each request: the engine (kv, transit, auth, sys), the HTTP method, and how it was
	// answered, 0 where it was not. It may be nil.
	Watch func(engine, method string, status int, took time.Duration)

	Log *slog.Logger // slog.Default()
}

// Auth is how to log in: one of a token, an AppRole, a JWT and a TLS certificate.
// What is shown to Vault is read anew for each login.
type Auth struct {
	Token Source // an operator's, kept alive while Vault renews it, or what a Vault agent writes

	AppRoleMount    string // "approle"
	RoleID          Source
	SecretID        Source
	SecretIDWrapped bool // SecretID is a response-wrapping token: it opens once, so each start needs a new one

	JWT      Source // a workload's own token, as Kubernetes mounts it
	JWTMount string // "kubernetes"; or where the JWT login is mounted
	JWTRole  string

	Certificate func() (*tls.Certificate, error) // a client certificate with its chain and private key
	CertMount   string                           // "cert"
	CertRole    string                           // "": whichever role trusts the certificate
}

// Source reads a secret, anew each time.
type Source func() (secret.Text, error)

// Fixed is the source of a secret that stays as it is.
func Fixed(text secret.Text) Source {
	return func() (secret.Text, error) { return text, nil }
}

func (cfg Config) withDefaults() Config {
	setDefault(&cfg.KVMount, "sealkeeper")
	setDefault(&cfg.TransitMount, "sealkeeper-transit")
	setDefault(&cfg.Prefix, "main")
	setDefault(&cfg.Name, cfg.Prefix)
	setDefault(&cfg.Auth.AppRoleMount, "approle")
	setDefault(&cfg.Auth.JWTMount, "kubernetes")
	setDefault(&cfg.Auth.CertMount, "cert")
	setDefault(&cfg.Timeout, 10*time.Second)
	setDefault(&cfg.ImportTimeout, time.Minute)
	setDefault(&cfg.Signatures, 64)
	setDefault(&cfg.Waiting, 1024)
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	return cfg
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// mountForm keeps wildcards, dots and quotes out of paths and of the policy's text.
var mountForm = regexp.MustCompile(`^[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*$`)

// Validate reports the first contradiction in a configuration.
func (cfg Config) Validate() error {
	cfg = cfg.withDefaults()
	address, err := url.Parse(cfg.Address)
	if err != nil || address.Host == "" || (address.Scheme != "https" && address.Scheme != "http") {
		return invalid("Vault's address %q is not a URL; it looks like https://vault.example:8200.", cfg.Address)
	}
	if address.Scheme == "http" && !cfg.PlainHTTP && !loopback.Host(address.Hostname()) {
		return invalid("Vault's address %s is not https: tokens would cross the network in the clear; use https, or "+
			"allow plain HTTP for a closed test network.", cfg.Address)
	}
	if accept.ID(cfg.Prefix) != nil || len(cfg.Prefix) > 32 {
		return invalid("Vault's prefix %q must be 1 to 32 characters of a-z, 0-9 and '-'.", cfg.Prefix)
	}
	if accept.ID(cfg.Name) != nil || len(cfg.Name) > 32 || strings.HasSuffix(cfg.Name, signingSuffix) ||
		strings.HasSuffix(cfg.Name, rotationSuffix) {
		return invalid("The name %q must be 1 to 32 characters of a-z, 0-9 and '-', and not end in %s or %s, which "+
			"are for the policies that allow that alone.", cfg.Name, signingSuffix, rotationSuffix)
	}
	for _, mount := range []string{
		cfg.KVMount, cfg.TransitMount, cfg.Auth.AppRoleMount, cfg.Auth.JWTMount, cfg.Auth.CertMount,
	} {
		if !mountForm.MatchString(mount) {
			return invalid("Vault's mount %q must be a path of letters, digits, '-' and '_', such as team/sealkeeper.",
				mount)
		}
	}
	if cfg.KVMount == cfg.TransitMount {
		return invalid("Vault's KV and Transit engines cannot both be mounted at %q; name two paths.", cfg.KVMount)
	}
	return cfg.Auth.validate()
}

func (a Auth) validate() error {
	ways := 0
	for _, given := range []bool{a.Token != nil, a.RoleID != nil, a.JWT != nil, a.Certificate != nil} {
		if given {
			ways++
		}
	}
	switch {
	case ways == 0:
		return invalid("There is nothing to log in to Vault with; give a token, a role id with a secret id, a JWT " +
			"with a role, or a TLS certificate with its key.")
	case ways > 1:
		return invalid("Several ways to log in to Vault are given; give one of token, role id, JWT and TLS " +
			"certificate.")
	case (a.RoleID == nil) != (a.SecretID == nil):
		return invalid("Logging in to Vault with a role id needs a secret id.")
	case a.JWT != nil && a.JWTRole == "":
		return invalid("Logging in to Vault with a JWT needs the name of the role.")
	}
	return nil
}

func invalid(format string, args ...any) error {
	return fault.New(fault.Invalid, "vault_config", format, args...)
}
