// Package catalogue knows which banks there are and what is known of each: hosts,
// procedure, token rules, how certificates are recognised. A bank group is a YAML file.
package catalogue

import (
	"embed"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/sealkeeper/sealkeeper/internal/environment"
)

//go:embed institutions/*.yaml
var embedded embed.FS

// Live reports whether an institution is a bank's live environment. One that is
// no longer in the catalogue may have been.
func (c *Catalogue) Live(id string) bool {
	in, ok := c.Institution(id)
	return !ok || in.Environment == environment.Live
}

// Catalogue is the set of institutions Sealkeeper knows. It is safe for concurrent use; Override is not.
type Catalogue struct {
	builtIn   *banks
	known     atomic.Pointer[banks]                      // those built in, with what was taken beside them
	corrected atomic.Pointer[map[string]Institution]     // those that differ from known
	recorded  atomic.Pointer[map[string]map[string]Fact] // what was recorded, by bank group or institution, and key

	mu       sync.Mutex                // of Take and Correct
	profiles map[string]map[string]any // what is corrected, by institution
}

// banks are the institutions of some files. They do not change once they are read by others.
type banks struct {
	order []string
	byID  map[string]Institution
	texts map[string][]byte // the files, by bank group
}

// Embedded loads the catalogue built into the program.
func Embedded() (*Catalogue, error) {
	sub, err := fs.Sub(embedded, "institutions")
	if err != nil {
		return nil, err
	}
	return Load(sub)
}

// Load reads every *.yaml file of dir, one bank group each. Errors
// name the file and the line, and everything that is wrong at once.
func Load(dir fs.FS) (*Catalogue, error) {
	names, err := fs.Glob(dir, "*.yaml")
	if err != nil {
		return nil, err
	}
	b := &banks{byID: map[string]Institution{}, texts: map[string][]byte{}}
	groups := map[string]string{}
	for _, name := range names {
		data, err := fs.ReadFile(dir, name)
		if err != nil {
			return nil, err
		}
		g, err := parseGroup(data, b.byID, nil)
		if err != nil {
			return nil, fmt.Errorf("catalogue file %s: %w", name, err)
		}
		if other, twice := groups[g.ID]; twice {
			return nil, fmt.Errorf("catalogue file %s: the bank group %s is described in %s already", name, g.ID, other)
		}
		groups[g.ID] = name
		b.add(g, data)
	}
	c := &Catalogue{builtIn: b}
	c.known.Store(b)
	return c, nil
}

// Override is how an evaluation or a test points an institution at the simulated bank, before anybody reads it.
func (c *Catalogue) Override(id string, profile map[string]any) error {
	in, err := c.Corrected(id, profile)
	if err != nil {
		return err
	}
	c.builtIn.byID[id] = in
	return nil
}

// PortalAt is how an evaluation leads people to a simulated bank's portal: the institution's links and those of
// its steps go to address, except the e-mail to the bank. As Override, before anybody reads the catalogue.
func (c *Catalogue) PortalAt(id, address string) {
	in, ok := c.builtIn.byID[id]
	if !ok {
		return
	}
	in.Group.Portal = address
	in.Steps, in.Links, in.Products = slices.Clone(in.Steps), slices.Clone(in.Links), slices.Clone(in.Products)
	for i := range in.Steps {
		if strings.HasPrefix(in.Steps[i].Link, "https://") {
			in.Steps[i].Link = address
		}
	}
	for i := range in.Links {
		in.Links[i].URL = address
	}
	for i := range in.Products {
		in.Products[i].Link = address
	}
	c.builtIn.byID[id] = in
}

// Corrected returns the institution with profile settings merged over its own.
func (c *Catalogue) Corrected(id string, profile map[string]any) (Institution, error) {
	in, ok := c.known.Load().byID[id]
	if !ok {
		return in, fmt.Errorf("there is no institution %q in the catalogue", id)
	}
	in.Profile = merge(in.Profile, profile)
	in.zone = zoneOf(in.Profile)
	return in, nil
}

// Correct merges profile settings over those of institutions, in place of what was
// corrected before: how the policy in force moves a host while others read the catalogue.
// An institution that is no longer in the catalogue is left out.
func (c *Catalogue) Correct(profiles map[string]map[string]any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.profiles = profiles
	c.correct()
}

func (c *Catalogue) correct() {
	corrected := map[string]Institution{}
	for id, profile := range c.profiles {
		if in, err := c.Corrected(id, profile); err == nil {
			corrected[id] = in
		}
	}
	c.corrected.Store(&corrected)
}

// All returns the institutions in the order of their files.
func (c *Catalogue) All() []Institution {
	order := c.known.Load().order
	all := make([]Institution, 0, len(order))
	for _, id := range order {
		if in, ok := c.Institution(id); ok { // what was taken meanwhile may lack it
			all = append(all, in)
		}
	}
	return all
}

// Institution finds one by its id.
func (c *Catalogue) Institution(id string) (Institution, bool) {
	in, ok := c.known.Load().byID[id]
	if corrected := c.corrected.Load(); ok && corrected != nil {
		if other, found := (*corrected)[id]; found {
			in = other
		}
	}
	if recorded := c.recorded.Load(); ok && recorded != nil {
		in = in.with((*recorded)[in.Group.ID]).with((*recorded)[in.ID])
	}
	return in, ok
}

// with returns the institution with recorded facts in place of what it has under their keys.
func (in Institution) with(facts map[string]Fact) Institution {
	for key, f := range facts {
		in.Acceptance = in.Acceptance.With(key, f)
		if key == KeyAnnouncedTokens && in.Tokens.Announced != nil {
			in.AnnouncedTokens = f
			in.Profile = merge(in.Profile, map[string]any{"oauth": map[string]any{key: f.Value == "yes"}})
		}
	}
	return in
}

// Record has facts that were recorded stand in place of those of the files, and of what was recorded before. They
// are keyed by the id of a bank group, or of an institution, which comes before its group, and by their own keys.
func (c *Catalogue) Record(facts map[string]map[string]Fact) { c.recorded.Store(&facts) }

// With returns the acceptance with a fact in place of what it has under the key.
func (a Acceptance) With(key string, f Fact) Acceptance {
	if into := a.fact(key); into != nil {
		*into = f
	}
	return a
}

// OfGroup returns an institution of the group in the environment: all have the
// same enrolment steps.
func (c *Catalogue) OfGroup(groupID string, env environment.Name) (Institution, bool) {
	known := c.known.Load()
	for _, id := range known.order {
		if in := known.byID[id]; in.Group.ID == groupID && in.Environment == env {
			return c.Institution(id)
		}
	}
	return Institution{}, false
}

// add takes in a group that was found to be right.
func (b *banks) add(g groupFile, text []byte) {
	b.texts[g.ID] = text
	group := Group{
		ID:           g.ID,
		Name:         g.Name,
		Country:      g.Country,
		Standard:     g.Standard,
		Source:       g.Source,
		Verified:     g.Verified,
		Portal:       g.Portal,
		SupportEmail: g.SupportEmail,
		Registration: g.Registration,
		Features:     g.Features,
		Keys:         g.Keys,
		keyPoints:    g.KeyPoints,
	}
	for _, f := range g.Institutions {
		env, segment := g.Environments[f.Environment], g.Segments[f.Segment]
		in := Institution{
			ID:          f.ID,
			Name:        f.Name,
			Segment:     f.Segment,
			Environment: f.Environment,
			Scopes:      f.Scopes,
			APIs:        segment.APIs,
			Tokens:      segment.Tokens,
			SCAUsers:    g.SCAUsers[f.Environment],
			Steps:       env.Steps,
			Products:    env.Products,
			Group:       group,
			Acceptance:  g.Acceptance.over(env.Acceptance).over(f.Acceptance),
			Credentials: g.given(f.Environment),
			Profile:     merge(merge(g.Profile, env.Profile), f.Profile),
			Facts:       map[string]Fact{},
		}
		in.zone = zoneOf(in.Profile)
		for _, l := range g.Links {
			if l.Environment == "" || l.Environment == f.Environment {
				in.Links = append(in.Links, l)
			}
		}
		for _, facts := range []map[string]Fact{g.Facts, env.Facts, f.Facts} {
			maps.Copy(in.Facts, facts)
		}
		b.order = append(b.order, f.ID)
		b.byID[f.ID] = in
	}
}

// given are the credentials of an environment.
func (g groupFile) given(env environment.Name) []Credential {
	for _, all := range [][]Credential{g.Environments[env].Credentials, g.Credentials} {
		if len(all) > 0 {
			return all
		}
	}
	return standard
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
