package config

import (
	"go.yaml.in/yaml/v3"

	"github.com/sealkeeper/sealkeeper/internal/loopback"
)

// Outgoing is what the service may ask of the internet, banks apart: the issuers of certificates. `outgoing: off` is
// short for `outgoing: {enabled: false}`: then nobody is asked.
type Outgoing struct {
	Enabled bool `yaml:"enabled" env:"SEALKEEPER_OUTGOING"`
	// Hosts, addresses and networks (10.1.2.0/24) of your own that may be asked too. Others inside
	// a network are refused.
	Allow []string `yaml:"allow" env:"SEALKEEPER_OUTGOING_ALLOW"`
	// Your own proxy on the way out: https, or http on this machine, and the files with the user
	// and password it asks for.
	ProxyURL          string `yaml:"proxy_url" env:"SEALKEEPER_OUTGOING_PROXY_URL"`
	ProxyUserFile     string `yaml:"proxy_user_file" env:"SEALKEEPER_OUTGOING_PROXY_USER_FILE"`
	ProxyPasswordFile string `yaml:"proxy_password_file" env:"SEALKEEPER_OUTGOING_PROXY_PASSWORD_FILE"`
}

// UnmarshalYAML reads both forms. What the long one leaves out keeps its default.
func (o *Outgoing) UnmarshalYAML(node *yaml.Node) error {
	if node.Kind == yaml.ScalarNode {
		return node.Decode(&o.Enabled)
	}
	type plain Outgoing
	return decodeKnown(node, (*plain)(o))
}

func (o Outgoing) check() error {
	switch {
	case (o.ProxyUserFile == "") != (o.ProxyPasswordFile == "") || (o.ProxyUserFile != "" && o.ProxyURL == ""):
		return contradiction("outgoing.proxy_user_file and outgoing.proxy_password_file go together, and with " +
			"outgoing.proxy_url")
	case o.ProxyURL != "":
		if err := loopback.CheckURL(o.ProxyURL); err != nil {
			return contradiction("outgoing.proxy_url " + err.Error())
		}
	}
	return nil
}
