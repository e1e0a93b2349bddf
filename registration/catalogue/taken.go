package catalogue

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"go.yaml.in/yaml/v3"
)

// Usable says why an institution that is described as it should be cannot be used all the same.
type Usable func(Institution) error

// Check says what is wrong with a file that would stand beside those that there are, each mistake with its line, and
// returns the id of its bank group. If there is one of that id, the file would take its place.
func (c *Catalogue) Check(text []byte, usable Usable) (bank string, err error) {
	g, err := parseGroup(text, c.known.Load().others(text), usable)
	return g.ID, err
}

// others are the institutions of other bank groups than that of a file.
func (b *banks) others(text []byte) map[string]Institution {
	group := groupOf(text)
	others := maps.Clone(b.byID)
	maps.DeleteFunc(others, func(_ string, in Institution) bool { return in.Group.ID == group })
	return others
}

// groupOf is the id of a file's bank group; "" where it has none, which parseGroup says.
func groupOf(text []byte) string {
	var g struct {
		ID string `yaml:"id"`
	}
	_ = yaml.Unmarshal(text, &g)
	return g.ID
}

// Dropped are the ids of the institutions that a file would take away: of its bank group as it is described now, and
// not in the file.
func (c *Catalogue) Dropped(text []byte) (ids []string) {
	var g groupFile
	_ = yaml.Unmarshal(text, &g) // parseGroup says what is wrong with it
	for _, in := range c.All() {
		kept := slices.ContainsFunc(g.Institutions, func(f institutionFile) bool { return f.ID == in.ID })
		if in.Group.ID == g.ID && !kept {
			ids = append(ids, in.ID)
		}
	}
	return ids
}

// Take has files stand beside those built in, or in the place of those that describe the same bank group, and ends what
// was taken before. A file that this program cannot read is left out; the error says why.
func (c *Catalogue) Take(texts [][]byte, usable Usable) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	next := &banks{slices.Clone(c.builtIn.order), maps.Clone(c.builtIn.byID), maps.Clone(c.builtIn.texts)}
	for _, text := range texts { // all first: an institution may go from one bank group to another
		next.remove(groupOf(text))
	}
	var unread []error
	for _, text := range texts {
		g, err := parseGroup(text, next.others(text), usable)
		if err != nil {
			unread = append(unread, fmt.Errorf("the file of the bank group %q: %w", g.ID, err))
			next.restore(c.builtIn, groupOf(text))
			continue
		}
		next.add(g, text)
	}
	c.known.Store(next)
	c.correct()
	return errors.Join(unread...)
}

// restore has a bank group be described as it is built in, but for institutions that another one describes now.
func (b *banks) restore(builtIn *banks, group string) {
	for _, id := range builtIn.order {
		in := builtIn.byID[id]
		if _, taken := b.byID[id]; in.Group.ID == group && !taken {
			b.order, b.byID[id] = append(b.order, id), in
		}
	}
	if text, ok := builtIn.texts[group]; ok {
		b.texts[group] = text
	}
}

func (b *banks) remove(group string) {
	of := func(id string) bool { return b.byID[id].Group.ID == group }
	b.order = slices.DeleteFunc(b.order, of)
	maps.DeleteFunc(b.byID, func(id string, _ Institution) bool { return of(id) })
	delete(b.texts, group)
}

// Text is the file that describes a bank group now; nil: there is none.
func (c *Catalogue) Text(bank string) []byte { return c.known.Load().texts[bank] }
