package hcvault

import (
	"context"
	"errors"
	"net/netip"
	"strings"
	"time"

	"github.com/hashicorp/vault/api"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/secret"
)

const (
	secretIDTTL = 90 * 24 * time.Hour
	wrapTTL     = 15 * time.Minute
)

// NewSecretID says what a secret id is to be like. It lasts 90 days, or as long
// as its role allows, and logs in any number of times.
type NewSecretID struct {
	Wrapped bool     // it comes in a wrapping that opens once, within 15 minutes
	CIDRs   []string // the addresses it and its tokens are good for; none: those of its role
}

func (n NewSecretID) validate() error {
	for _, cidr := range n.CIDRs {
		if _, err := netip.ParsePrefix(cidr); err != nil {
			return invalid("The addresses %q are not in CIDR form, such as 10.1.2.0/24 or 10.1.2.3/32.", cidr)
		}
	}
	return nil
}

// SecretID is one that Vault made.
type SecretID struct {
	Text    secret.Text // itself, or the token of its wrapping
	Wrapped bool
	Ends    time.Time // or its wrapping; zero: it does not
}

// MakeSecretID makes a secret id for the role of cfg.Name. The token in cfg.Auth
// must be allowed to, as RotationPolicy does; it is renewed, so that a timer can
// go on with it.
func MakeSecretID(ctx context.Context, cfg Config, how NewSecretID) (*SecretID, error) {
	if err := how.validate(); err != nil {
		return nil, err
	}
	cfg = cfg.withDefaults()
	vault, closing, err := privileged(cfg)
	if err != nil {
		return nil, err
	}
	defer closing()
	if err := vault.post(ctx, "auth/token/renew-self", nil, nil); err != nil {
		cfg.Log.DebugContext(ctx, "the token was not renewed", "error", err)
	}
	return vault.makeSecretID(ctx, cfg.rolePath(), how)
}

// DestroySecretID ends a secret id of the role of cfg.Name. One that has ended is no error.
func DestroySecretID(ctx context.Context, cfg Config, secretID secret.Text) error {
	cfg = cfg.withDefaults()
	vault, closing, err := privileged(cfg)
	if err != nil {
		return err
	}
	defer closing()
	return vault.post(ctx, cfg.rolePath()+"/secret-id/destroy", map[string]string{"secret_id": secretID.Reveal()}, nil)
}

// Role is the name of the AppRole, and of its policy.
func (cfg Config) Role() string { return "sealkeeper-" + cfg.withDefaults().Name }

func (cfg Config) rolePath() string {
	return "auth/" + cfg.withDefaults().Auth.AppRoleMount + "/role/" + cfg.Role()
}

// privileged is a client with the operator's token.
func privileged(cfg Config) (vault *client, closing func(), err error) {
	if err := cfg.Validate(); err != nil {
		return nil, nil, err
	}
	if cfg.Auth.Token == nil {
		return nil, nil, invalid("Setting up Vault needs a token that may mount engines and write policies.")
	}
	token, err := cfg.Auth.Token()
	if err != nil {
		return nil, nil, err
	}
	transport, err := newHTTPClient(cfg)
	if err != nil {
		return nil, nil, err
	}
	if vault, err = newClient(cfg, transport); err != nil {
		return nil, nil, err
	}
	vault.timeout = cfg.ImportTimeout
	vault.api.SetToken(token.Reveal())
	return vault, transport.CloseIdleConnections, nil
}

// makeSecretID asks for 90 days. A role whose secret ids live shorter refuses that, and decides itself.
func (c *client) makeSecretID(ctx context.Context, role string, how NewSecretID) (*SecretID, error) {
	request := map[string]any{"ttl": secretIDTTL.String()}
	if len(how.CIDRs) > 0 {
		request["cidr_list"], request["token_bound_cidrs"] = how.CIDRs, how.CIDRs
	}
	made, err := c.askSecretID(ctx, role, request, how.Wrapped)
	if a, ok := errors.AsType[*answer](err); ok && strings.Contains(a.Text, "secret_id_ttl") {
		delete(request, "ttl")
		made, err = c.askSecretID(ctx, role, request, how.Wrapped)
	}
	if a, ok := errors.AsType[*answer](err); ok && strings.Contains(a.Text, "CIDR") {
		return nil, fault.Wrap(err, fault.Invalid, "vault_config",
			"Vault does not bind the secret id to %s: the role allows other addresses.", strings.Join(how.CIDRs, ", "))
	}
	return made, err
}

func (c *client) askSecretID(
	ctx context.Context, role string, request map[string]any, wrapped bool,
) (*SecretID, error) {
	asked := *c
	if wrapped {
		wrapping, err := c.api.CloneWithHeaders()
		if err != nil {
			return nil, fault.Wrap(err, fault.Internal, "vault_client", "The secret id could not be asked for.")
		}
		wrapping.SetToken(c.api.Token())
		wrapping.SetWrappingLookupFunc(func(string, string) string { return wrapTTL.String() })
		asked.api = wrapping
	}
	var answer struct {
		WrapInfo *api.SecretWrapInfo `json:"wrap_info"`
		Data     struct {
			SecretID secret.Text `json:"secret_id"`
			TTL      int64       `json:"secret_id_ttl"`
		}
	}
	if err := asked.post(ctx, role+"/secret-id", request, &answer); err != nil {
		return nil, err
	}
	switch {
	case wrapped == (answer.WrapInfo == nil) || !wrapped && answer.Data.SecretID.Empty():
		return nil, fault.New(fault.Unavailable, "vault_answer",
			"Vault answered with a secret id in a form that was not asked for; check what is between "+
				"Sealkeeper and Vault.")
	case wrapped:
		return &SecretID{secret.NewTextString(answer.WrapInfo.Token), true, time.Now().Add(wrapTTL)}, nil
	}
	made := &SecretID{Text: answer.Data.SecretID}
	if answer.Data.TTL > 0 {
		made.Ends = time.Now().Add(time.Duration(answer.Data.TTL) * time.Second)
	}
	return made, nil
}
