package command

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/cli"
	"github.com/sealkeeper/sealkeeper/lab/bank/mishap"
	"github.com/sealkeeper/sealkeeper/lab/bank/portal"
	"github.com/sealkeeper/sealkeeper/lab/bank/segments"
	"github.com/sealkeeper/sealkeeper/lab/dev"
	"github.com/sealkeeper/sealkeeper/secret"
)

// bankClient is an entry of the clients file, which docs/bank.md explains.
type bankClient struct {
	ID                     string   `yaml:"id"`
	Secret                 string   `yaml:"secret"`
	OrganizationIdentifier string   `yaml:"organization_identifier"`
	Environment            string   `yaml:"environment,omitempty"`
	RedirectURIs           []string `yaml:"redirect_uris"`
	Subject                string   `yaml:"subject,omitempty"`
	Certificates           []string `yaml:"certificates,omitempty"`
}

// bankClients reads the clients file. The default one is made with a client
// per environment for the sample organization.
func bankClients(path, dir string) ([]portal.Client, error) {
	path, missing := clientsPath(path, dir)
	if missing {
		if err := newClientsFile(path); err != nil {
			return nil, err
		}
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "clients_file", "The file %s cannot be read.", path)
	}
	defer clear(data)
	var entries []bankClient
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	decoder.KnownFields(true)
	if err := decoder.Decode(&entries); err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "clients_file",
			"The file %s is not a list of clients; see docs/bank.md.", path)
	}
	clients := make([]portal.Client, len(entries))
	for i, e := range entries {
		clients[i] = portal.Client{
			ID:                     e.ID,
			Secret:                 secret.NewTextString(e.Secret),
			OrganizationIdentifier: e.OrganizationIdentifier,
			RedirectURIs:           e.RedirectURIs,
			Environment:            e.Environment,
			Subject:                e.Subject,
			Certificates:           e.Certificates,
		}
	}
	return clients, nil
}

func newClientsFile(path string) error {
	var entries []bankClient
	for _, environment := range []string{segments.Sandbox, segments.Live} {
		entries = append(entries, bankClient{
			ID:                     dev.RandomHex(),
			Secret:                 dev.RandomHex(),
			OrganizationIdentifier: dev.Organization,
			Environment:            environment,
			RedirectURIs:           []string{"http://127.0.0.1:8420/callback"},
		})
	}
	data, err := yaml.Marshal(entries) //nolint:gosec // a throw-away secret, into a file for its owner only
	if err != nil {
		return err
	}
	return cli.WriteFile(path, data)
}

// parseSwitches reads "case=12,count=3,detail=60,segment=pri".
func parseSwitches(texts []string) ([]mishap.Switch, error) {
	switches := make([]mishap.Switch, len(texts))
	for i, text := range texts {
		one := mishap.Switch{Count: 1}
		fields := map[string]*string{
			"case":        &one.Case,
			"detail":      &one.Detail,
			"environment": &one.Environment,
			"segment":     &one.Segment,
			"product":     &one.Product,
			"operation":   &one.Operation,
		}
		for part := range strings.SplitSeq(text, ",") {
			name, value, _ := strings.Cut(part, "=")
			switch field, known := fields[name]; {
			case known:
				*field = value
			case name == "count":
				count, err := strconv.Atoi(value)
				if err != nil {
					return nil, fmt.Errorf("%q is no count", value)
				}
				one.Count = count
			default:
				return nil, fmt.Errorf("%q is not understood; write case=12,count=3", part)
			}
		}
		switches[i] = one
	}
	return switches, nil
}
