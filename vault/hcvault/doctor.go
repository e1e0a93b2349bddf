package hcvault

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
)

const maxClockDifference = 30 * time.Second

// Diagnosis is one thing Examine looked at.
type Diagnosis struct {
	Check   string // what was looked at, in words
	Problem error  // a *fault.Error that says what to do; nil when all is well
	Warning error  // the same for what is no problem yet
}

// warning is what a look found that is no problem yet.
type warning struct{ error }

// Examine looks for what could be wrong with a Vault, from the network up to the
// policy, and stops where going on makes no sense. It changes nothing in Vault,
// and looks at a wrapped secret id without opening it, which ends the examination.
func Examine(ctx context.Context, cfg Config) []Diagnosis {
	e := &examination{cfg: cfg.withDefaults()}
	defer func() { e.end(ctx) }()
	var found []Diagnosis
	for _, step := range []struct {
		check    string
		look     func(context.Context) error
		decisive bool // nothing after it can be looked at when it fails
	}{
		{"the configuration is free of contradictions", e.configuration, true},
		{"what to log in with can be read, and by nobody else", e.credential, true},
		{"Vault answers and is unsealed", e.reachable, true},
		{"Vault's version is one Sealkeeper works with", e.version, false},
		{"Vault's clock agrees with this machine's", e.clock, false},
		{"the login works", e.login, true},
		{"the login does not end soon", e.lasting, false},
		{"the policy allows what Sealkeeper does", e.policyWideEnough, false},
		{"the policy allows nothing dangerous", e.policyNarrowEnough, false},
		{"the KV engine answers, and is of version 2", e.documents, false},
		{"the Transit engine answers", e.keys, false},
		{"no key was rotated in Vault", e.unrotated, false},
	} {
		d := Diagnosis{Check: step.check, Problem: step.look(ctx)}
		if w, ok := d.Problem.(warning); ok { //nolint:errorlint // a look returns it as it is
			d.Problem, d.Warning = nil, w.error
		}
		found = append(found, d)
		if step.decisive && (d.Problem != nil || e.loginSpared) {
			break
		}
	}
	return found
}

type examination struct {
	cfg   Config
	http  *http.Client
	vault *client // nil until the login has worked
	door  login
	shown credential
	// loginSpared: a wrapped secret id was left to the service.
	loginSpared bool
	health      *health
	asked       time.Time
}

func (e *examination) configuration(context.Context) error {
	if err := e.cfg.Validate(); err != nil {
		return err
	}
	var err error
	e.http, err = newHTTPClient(e.cfg)
	return err
}

func (e *examination) reachable(ctx context.Context) error {
	vault, err := newClient(e.cfg, e.http)
	if err != nil {
		return err
	}
	e.asked = time.Now()
	if e.health, err = readHealth(ctx, vault); err != nil {
		return err
	}
	return e.health.usable()
}

// version compares with the oldest releases Sealkeeper is made for.
func (e *examination) version(context.Context) error {
	var major, minor int
	if _, err := fmt.Sscanf(e.health.Version, "%d.%d", &major, &minor); err != nil {
		return fault.New(fault.Unavailable, "vault_version",
			"Vault's version %q cannot be read; check that the address is Vault's.", e.health.Version)
	}
	switch {
	case major < 1 || (major == 1 && minor < 17):
		return fault.New(fault.Unavailable, "vault_version", "Vault %s is too old; update it to 1.17 or later.",
			e.health.Version)
	case major == 2 && minor < 3 && e.health.Enterprise == nil:
		return fault.New(fault.Unavailable, "vault_version", "OpenBao %s is too old; update it to 2.3 or later.",
			e.health.Version)
	}
	return nil
}

func (e *examination) clock(context.Context) error {
	difference := time.Unix(e.health.ServerTimeUTC, 0).Sub(e.asked)
	if difference.Abs() > maxClockDifference {
		return fault.New(fault.Unavailable, "vault_clock",
			"Vault's clock is %s away from this machine's; set both by NTP.", difference.Round(time.Second))
	}
	return nil
}

func (e *examination) documents(ctx context.Context) error {
	custody := &Custody{cfg: e.cfg, vault: e.vault}
	if _, err := custody.List(ctx); err != nil {
		return err
	}
	return e.vault.keepsVersions(ctx, e.cfg.KVMount)
}

func (e *examination) keys(ctx context.Context) error {
	custody := &Custody{cfg: e.cfg, vault: e.vault}
	_, err := custody.readKey(ctx, "no-such-key")
	return ignoreNotFound(err)
}

// unrotated looks for keys that have a version Sealkeeper did not make. They
// sign as before, and somebody has been at work who should not have been.
func (e *examination) unrotated(ctx context.Context) error {
	custody := &Custody{cfg: e.cfg, vault: e.vault}
	ids, err := custody.ListKeys(ctx)
	if err != nil {
		return err
	}
	for _, id := range ids {
		key, err := custody.readKey(ctx, id)
		if ignoreNotFound(err) != nil {
			return err
		}
		if err == nil && len(key.Keys) > 1 {
			return fault.New(fault.Conflict, "vault_key_rotated",
				"Somebody rotated the key %s in Vault. Its certificate is still served by the first version; find "+
					"out who it was, and renew certificates with a new request instead.", id)
		}
	}
	return nil
}

func (e *examination) end(ctx context.Context) {
	if e.vault != nil {
		_ = e.door.logout(ctx, e.vault) // it ends by itself, only later
	}
	if e.http != nil {
		e.http.CloseIdleConnections()
	}
}
