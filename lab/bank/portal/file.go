package portal

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"

	"github.com/sealkeeper/sealkeeper/secret"
)

// kept is the file of a portal that outlives its process. The secrets in it open a simulation.
type kept struct {
	Organizations []string  `json:"organizations"` // of the live catalogue
	Applications  []keptApp `json:"applications"`
}

type keptApp struct {
	ID           string   `json:"id"`
	Secret       string   `json:"secret"`
	Organization string   `json:"organization_identifier"`
	Environment  string   `json:"environment"`
	RedirectURIs []string `json:"redirect_uris"`
}

// KeepIn takes in what people did at the portal before, and writes what they do from now on, to a file.
func (p *Portal) KeepIn(path string) error {
	data, err := os.ReadFile(path)
	var before kept
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return err
	default:
		if err := json.Unmarshal(data, &before); err != nil {
			return err
		}
	}
	for _, a := range before.Applications {
		client := Client{
			ID:                     a.ID,
			Secret:                 secret.NewTextString(a.Secret),
			OrganizationIdentifier: a.Organization,
			Environment:            a.Environment,
			RedirectURIs:           a.RedirectURIs,
		}
		if err := p.Register(client); err != nil {
			return err
		}
		p.created[client.ID] = client
	}
	for _, organization := range before.Organizations {
		p.admitted[organization] = true
	}
	p.path = path
	return nil
}

// save writes the file, if there is one. The caller holds the lock.
func (p *Portal) save() error {
	if p.path == "" {
		return nil
	}
	now := kept{Organizations: []string{}, Applications: []keptApp{}}
	for organization := range p.admitted {
		now.Organizations = append(now.Organizations, organization)
	}
	for _, c := range p.created {
		now.Applications = append(now.Applications, keptApp{
			ID:           c.ID,
			Secret:       c.Secret.Reveal(),
			Organization: c.OrganizationIdentifier,
			Environment:  c.Environment,
			RedirectURIs: c.RedirectURIs,
		})
	}
	data, err := json.MarshalIndent(now, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(p.path+".new", append(data, '\n'), 0o600); err != nil {
		return err
	}
	return os.Rename(p.path+".new", p.path)
}
