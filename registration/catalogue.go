package registration

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"

	"go.yaml.in/yaml/v3"
)

//go:embed institutions/*.yaml
var embedded embed.FS

// groupFile is the shape of a catalogue file.
type groupFile struct {
	ID           string                     `yaml:"id"`
	Name         string                     `yaml:"name"`
	Country      string                     `yaml:"country"`
	Standard     string                     `yaml:"standard"`
	Source       string                     `yaml:"source"`
	Verified     string                     `yaml:"verified"`
	Portal       string                     `yaml:"portal"`
	SupportEmail string                     `yaml:"support_email"`
	Registration string                     `yaml:"registration"`
	Features     Features                   `yaml:"features"`
	Acceptance   Acceptance                 `yaml:"acceptance"`
	Profile      map[string]any             `yaml:"profile"`
	Environments map[string]environmentFile `yaml:"environments"`
	Segments     map[string]segmentFile     `yaml:"segments"`
	SCAUsers     map[string][]SCAUser       `yaml:"sca_users"`
	Institutions []institutionFile          `yaml:"institutions"`
}

type environmentFile struct {
	Name    string         `yaml:"name"`
	Profile map[string]any `yaml:"profile"`
	Steps   []Step         `yaml:"steps"`
}

type segmentFile struct {
	Name   string     `yaml:"name"`
	APIs   []API      `yaml:"apis"`
	Tokens TokenRules `yaml:"tokens"`
}

type institutionFile struct {
	ID          string         `yaml:"id"`
	Name        string         `yaml:"name"`
	Segment     string         `yaml:"segment"`
	Environment string         `yaml:"environment"`
	Scopes      []string       `yaml:"scopes"`
	Profile     map[string]any `yaml:"profile"`
}

// Live reports whether an institution is a bank's live environment. One that is
// no longer in the catalogue may have been.
func (c *Catalogue) Live(id string) bool {
	in, ok := c.Institution(id)
	return !ok || in.Environment == Live
}

// Catalogue is the set of institutions Sealkeeper knows.
type Catalogue struct {
	order []string
	byID  map[string]Institution
}

// EmbeddedCatalogue loads the catalogue built into the program.
func EmbeddedCatalogue() (*Catalogue, error) {
	sub, err := fs.Sub(embedded, "institutions")
	if err != nil {
		return nil, err
	}
	return LoadCatalogue(sub)
}

// LoadCatalogue reads every *.yaml file of dir, one bank group each. Errors
// name the file and, where the YAML itself is wrong, the line.
func LoadCatalogue(dir fs.FS) (*Catalogue, error) {
	names, err := fs.Glob(dir, "*.yaml")
	if err != nil {
		return nil, err
	}
	c := &Catalogue{byID: map[string]Institution{}}
	for _, name := range names {
		data, err := fs.ReadFile(dir, name)
		if err != nil {
			return nil, err
		}
		if err := c.add(data); err != nil {
			return nil, fmt.Errorf("catalogue file %s: %w", name, err)
		}
	}
	return c, nil
}

// Override merges profile settings over an institution's own: how a deployment
// corrects a host, or points a sandbox at the simulated bank.
func (c *Catalogue) Override(id string, profile map[string]any) error {
	in, ok := c.byID[id]
	if !ok {
		return fmt.Errorf("there is no institution %q in the catalogue", id)
	}
	in.Profile = merge(in.Profile, profile)
	c.byID[id] = in
	return nil
}

// All returns the institutions in the order of their files.
func (c *Catalogue) All() []Institution {
	all := make([]Institution, len(c.order))
	for i, id := range c.order {
		all[i] = c.byID[id]
	}
	return all
}

// Institution finds one by its id.
func (c *Catalogue) Institution(id string) (Institution, bool) {
	in, ok := c.byID[id]
	return in, ok
}

func (c *Catalogue) add(data []byte) error {
	var g groupFile
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	decoder.KnownFields(true) // a misspelt key is an error with its line, not a silent default
	if err := decoder.Decode(&g); err != nil {
		return err
	}
	group := Group{ID: g.ID, Name: g.Name, Country: g.Country, Standard: g.Standard, Source: g.Source, Verified: g.Verified,
		Portal: g.Portal, SupportEmail: g.SupportEmail, Registration: g.Registration, Features: g.Features, Acceptance: g.Acceptance}
	if group.ID == "" || group.Name == "" || len(g.Institutions) == 0 {
		return errors.New("a bank group needs an id, a name and at least one institution")
	}
	for _, f := range g.Institutions {
		environment, inCatalogue := g.Environments[f.Environment]
		segment, hasSegment := g.Segments[f.Segment]
		switch {
		case f.ID == "" || f.Name == "":
			return errors.New("every institution needs an id and a name")
		case !inCatalogue || (f.Environment != Sandbox && f.Environment != Live):
			return fmt.Errorf("institution %s: environment %q is not sandbox or live, or not described under environments", f.ID, f.Environment)
		case !hasSegment:
			return fmt.Errorf("institution %s: segment %q is not described under segments", f.ID, f.Segment)
		}
		if _, twice := c.byID[f.ID]; twice {
			return fmt.Errorf("institution %s is described twice", f.ID)
		}
		if err := checkSteps(environment.Steps); err != nil {
			return fmt.Errorf("environment %s: %w", f.Environment, err)
		}
		c.order = append(c.order, f.ID)
		c.byID[f.ID] = Institution{ID: f.ID, Name: f.Name, Segment: f.Segment, Environment: f.Environment, Scopes: f.Scopes,
			APIs: segment.APIs, Tokens: segment.Tokens, SCAUsers: g.SCAUsers[f.Environment], Steps: environment.Steps, Group: group,
			Profile: merge(merge(g.Profile, environment.Profile), f.Profile)}
	}
	return nil
}

// checkSteps demands that a step comes after the steps it needs, so there can be no circle.
func checkSteps(steps []Step) error {
	seen := []string{}
	for _, s := range steps {
		if s.ID == "" || s.Title.EN == "" || s.Title.FR == "" {
			return fmt.Errorf("step %q needs an id and a title in English and French", s.ID)
		}
		for _, need := range s.Needs {
			if !slices.Contains(seen, need) {
				return fmt.Errorf("step %q needs %q, which does not come before it", s.ID, need)
			}
		}
		seen = append(seen, s.ID)
	}
	return nil
}

// merge returns base with the settings of over, map by map. Neither is changed.
func merge(base, over map[string]any) map[string]any {
	out := maps.Clone(base)
	if out == nil {
		out = map[string]any{}
	}
	for key, value := range over {
		inner, innerIsMap := value.(map[string]any)
		below, belowIsMap := out[key].(map[string]any)
		if innerIsMap && belowIsMap {
			value = merge(below, inner)
		}
		out[key] = value
	}
	return out
}
