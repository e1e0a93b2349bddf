package sds

import (
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/client/source"
	"github.com/sealkeeper/sealkeeper/fault"
)

// find returns the entry for a name, and whether its trust anchors are meant. It is nil while nobody knows the name.
func (b *book) find(name string) (e *entry, trust bool) {
	registration, trust := strings.CutSuffix(name, trustSuffix)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.set == nil || b.ctx.Err() != nil {
		return nil, trust
	}
	if now := b.cfg.Now(); b.names == nil || now.Sub(b.named) >= time.Second || now.Before(b.named) {
		b.names, b.named = namesOf(b.set.Sources()), now
	}
	of := b.names[registration]
	if of == nil {
		return nil, trust
	}
	if e = b.entries[of]; e == nil {
		e = &entry{
			source:      of,
			poke:        make(chan struct{}, 1),
			certificate: answer{reading: true},
			trust:       answer{reading: true},
		}
		b.entries[of] = e
		b.tasks.Go(func() { b.keep(e) })
	}
	return e, trust
}

// namesOf are the names of registrations: the id, and APPLICATION@INSTITUTION with the name or the id of each. What
// several have in common names none.
func namesOf(sources []*source.Source) map[string]*source.Source {
	names, ambiguous := map[string]*source.Source{}, map[string]bool{}
	add := func(name string, s *source.Source) {
		if other := names[name]; other != nil && other != s {
			ambiguous[name] = true
		}
		names[name] = s
	}
	for _, s := range sources {
		n := s.Name()
		if n.ID == "" {
			continue
		}
		add(n.ID, s)
		c, _ := s.Configuration() // without one, the names that are known are enough
		for _, application := range []string{n.Application, c.ApplicationID} {
			for _, institution := range []string{n.Institution, c.InstitutionID} {
				if application != "" && institution != "" {
					add(application+"@"+institution, s)
				}
			}
		}
	}
	for name := range ambiguous {
		delete(names, name)
	}
	return names
}

// unknown is why a name that nobody knows is answered with nothing.
func unknown() error {
	return fault.New(fault.NotFound, "registration_unknown",
		"No registration of this service account has this name. It is ID or APPLICATION@INSTITUTION, and with "+
			trustSuffix+" at its end for the trust anchors of the bank.")
}
