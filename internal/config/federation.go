package config

import (
	"net/url"
	"regexp"

	"github.com/sealkeeper/sealkeeper/internal/loopback"
	"github.com/sealkeeper/sealkeeper/internal/secretfile"
	"github.com/sealkeeper/sealkeeper/secret"
)

// Provider is an identity provider of the firm's that people sign in with (OpenID Connect).
type Provider struct {
	// Part of the redirect URI, PUBLIC_URL/sign-in/account/ID/callback: letters, digits and hyphens.
	ID string `yaml:"id"`
	// What the button on the sign-in page says.
	Name string `yaml:"name"`
	// As the provider says it, https.
	Issuer   string `yaml:"issuer"`
	ClientID string `yaml:"client_id"`
	// A file with the client's secret; none for a public client.
	ClientSecretFile string `yaml:"client_secret_file"`
	// To ask for beside openid and profile, such as [groups].
	Scopes []string `yaml:"scopes"`
	// The claim that lists somebody's groups; "groups" if it is empty.
	GroupsClaim string `yaml:"groups_claim"`
	// Which role a group stands for: compliance, engineer, auditor, admin, emergency or limited, or one of them on a
	// part, such as "engineer environment:sandbox". Who has no role everywhere by them does not come in.
	Groups map[string]string `yaml:"groups"`
}

// Secret reads the client's secret.
func (p Provider) Secret() (secret.Text, error) {
	if p.ClientSecretFile == "" {
		return secret.Text{}, nil
	}
	return secretfile.Read(p.ClientSecretFile)
}

var providerID = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`)

func (c Config) checkProviders() error {
	ids, issuers := map[string]bool{}, map[string]bool{}
	for _, p := range c.Providers {
		switch {
		case !c.Outgoing.Enabled:
			return contradiction("identity_providers need to be asked, and outgoing is off")
		case !providerID.MatchString(p.ID) || ids[p.ID]:
			return contradiction("identity_providers: each has an id of its own, of small letters, digits and hyphens")
		case p.Name == "" || p.ClientID == "":
			return contradiction("identity_providers: " + p.ID + " needs name and client_id")
		case len(p.Groups) == 0:
			return contradiction("identity_providers: " + p.ID + " needs groups, or nobody could sign in with it")
		case issuers[p.Issuer]:
			return contradiction("identity_providers: two have the same issuer")
		}
		ids[p.ID], issuers[p.Issuer] = true, true
		if u, err := url.Parse(p.Issuer); err != nil || u.RawQuery != "" || u.Fragment != "" {
			return contradiction("identity_providers: the issuer of " + p.ID + " is no address")
		}
		if err := loopback.CheckURL(p.Issuer); err != nil {
			return contradiction("identity_providers: the issuer of " + p.ID + " " + err.Error())
		}
	}
	return nil
}

// maxWorkloadIssuers bounds how many issuers of workloads are configured.
const maxWorkloadIssuers = 50

func (c Config) checkWorkloadIssuers() error {
	if len(c.WorkloadIssuers) > 0 && !c.Outgoing.Enabled {
		return contradiction("workload_issuers need to be asked, and outgoing is off")
	}
	if len(c.WorkloadIssuers) > maxWorkloadIssuers {
		return contradiction("workload_issuers: there are more than 50")
	}
	known := map[string]bool{}
	for _, issuer := range c.WorkloadIssuers {
		u, err := url.Parse(issuer)
		if err != nil || u.RawQuery != "" || u.Fragment != "" || known[issuer] {
			return contradiction("workload_issuers: " + issuer + " is no address, or is there twice")
		}
		if err := loopback.CheckURL(issuer); err != nil {
			return contradiction("workload_issuers: " + issuer + " " + err.Error())
		}
		known[issuer] = true
	}
	return nil
}
