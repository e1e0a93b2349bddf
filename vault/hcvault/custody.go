package hcvault

import (
	"context"
	"crypto/rsa"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
)

// Custody is a vault.Custody in HashiCorp Vault or OpenBao. It is safe for
// concurrent use. Close it when it is no longer needed.
type Custody struct {
	cfg      Config
	http     *http.Client
	vault    *client
	slow     *client // the same, with the time an import may take
	session  *session
	gate     *gate
	wrapping atomic.Pointer[rsa.PublicKey]

	allowedUntil atomic.Int64 // nanoseconds; until then Vault's word on the policy is taken
}

// Open logs in to Vault and keeps the login alive until Close. ctx bounds the
// first login only. An error is Invalid when the configuration is wrong, and
// Unavailable when Vault cannot be used now.
func Open(ctx context.Context, cfg Config) (*Custody, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	cfg = cfg.withDefaults()
	transport, err := newHTTPClient(cfg)
	if err != nil {
		return nil, err
	}
	vault, err := newClient(cfg, transport)
	if err != nil {
		return nil, err
	}
	session, err := startSession(ctx, cfg, transport, vault)
	if err != nil {
		transport.CloseIdleConnections()
		return nil, err
	}
	c := &Custody{cfg: cfg, http: transport, vault: vault, session: session, gate: newGate(cfg.Signatures, cfg.Waiting)}
	vault.refused = c.refused
	slow := *vault
	slow.timeout = cfg.ImportTimeout
	c.slow = &slow
	if session.problem.Load() == nil {
		err = vault.keepsVersions(ctx, cfg.KVMount)
	}
	if err != nil {
		_ = c.Close()
		return nil, err
	}
	return c, nil
}

// Close ends the login. Signers of this custody fail from then on.
func (c *Custody) Close() error {
	c.session.close()
	c.http.CloseIdleConnections()
	return nil
}

// Mode implements vault.Custody.
func (c *Custody) Mode() string { return "vault" }

// Health implements vault.Custody: Vault answers, is unsealed, knows our token
// and lets it do what every day needs.
func (c *Custody) Health(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, min(c.cfg.Timeout, 5*time.Second))
	defer cancel()
	health, err := readHealth(ctx, c.vault)
	if err != nil {
		return err
	}
	if err := health.usable(); err != nil {
		return err
	}
	return c.allowed(ctx)
}

// health is Vault's sys/health.
type health struct {
	Initialized   bool
	Sealed        bool
	Version       string
	ServerTimeUTC int64 `json:"server_time_utc"`
	Enterprise    *bool // HashiCorp's Vault alone says so
}

// readHealth asks in the root namespace, the only one that answers.
func readHealth(ctx context.Context, vault *client) (*health, error) {
	root := *vault
	root.api = vault.api.WithNamespace("")
	codes := url.Values{"sealedcode": {"200"}, "uninitcode": {"200"}, "standbyok": {"true"}, "perfstandbyok": {"true"}}
	var h health
	if err := root.get(ctx, "sys/health", codes, &h); err != nil {
		return nil, err
	}
	return &h, nil
}

func (h *health) usable() error {
	switch {
	case !h.Initialized:
		return fault.New(fault.Unavailable, "vault_not_set_up",
			"Vault has not been initialised; an operator must run `vault operator init`.")
	case h.Sealed:
		return fault.New(fault.Unavailable, "vault_sealed",
			"Vault is sealed; an operator must unseal it, then everything resumes by itself.")
	}
	return nil
}
