package sds

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/sealkeeper/sealkeeper/types/api"
)

const (
	// leftFor is how long what a proxy had is still reported when its stream has ended: it presents it, and connects
	// again.
	leftFor = 10 * time.Minute
	maxLeft = 10_000
)

// useKey is a secret on a stream.
type useKey struct {
	stream uint64
	name   string
}

// use is what a proxy has done with a secret, of which it keeps no key.
type use struct {
	node    string
	taken   *edition // the last one; nil: none
	refused *edition // since then; nil: none
	reason  string
	leftAt  time.Time // zero: the stream is open
}

// latest is what the proxy has, or would have if it had not refused it.
func (u use) latest() *edition {
	if u.taken != nil {
		return u.taken
	}
	return u.refused
}

// problem is why the newest is not in use, as the console shows it.
func (u use) problem() string {
	if u.refused == nil {
		return ""
	}
	what := ""
	if u.refused.trust {
		what = "trust anchors: "
	}
	text := api.ProblemRefusedByProxy + what + u.reason
	if u.node != "" {
		text += " (" + u.node + ")"
	}
	return text
}

// kept is a copy of its own, so that the key does not stay with it.
func (e edition) kept() *edition { return &e }

// uses are what all proxies have done. It is safe for concurrent use.
type uses struct {
	now     func() time.Time
	mu      sync.Mutex
	open    map[uint64]map[string]use // by stream and name
	left    map[leftKey]use           // of streams that have ended
	changed func()                    // has it reported
}

// leftKey is a secret of a proxy. Those that call themselves the same count as one.
type leftKey struct{ node, name string }

func newUses(now func() time.Time) *uses {
	return &uses{now: now, open: map[uint64]map[string]use{}, left: map[leftKey]use{}, changed: func() {}}
}

func (s *uses) taken(k useKey, node string, h *handed) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.set(k, use{node: node, taken: h.kept()})
}

func (s *uses) refused(k useKey, node string, h *handed, reason string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	had := s.open[k.stream][k.name].taken
	if had == nil {
		had = s.left[leftKey{node, k.name}].taken
	}
	s.set(k, use{node: node, taken: had, refused: h.kept(), reason: reason})
}

// set is with the lock held. What the proxy did on a stream that has ended does not count any more.
func (s *uses) set(k useKey, u use) {
	if s.open[k.stream] == nil {
		s.open[k.stream] = map[string]use{}
	}
	s.open[k.stream][k.name] = u
	delete(s.left, leftKey{u.node, k.name})
	s.changed()
}

// dropped notes that a proxy does not ask for a secret any more.
func (s *uses) dropped(k useKey) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.open[k.stream], k.name)
	s.changed()
}

// ended notes that a stream has ended.
func (s *uses) ended(stream uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.prune()
	for name, u := range s.open[stream] {
		u.leftAt = s.now()
		before, known := s.left[leftKey{u.node, name}]
		if !known && len(s.left) >= maxLeft || known && older(before, u) {
			continue
		}
		s.left[leftKey{u.node, name}] = u
	}
	delete(s.open, stream)
}

// older reports whether a use is of an older version than another.
func older(a, b use) bool {
	return a.taken != nil && (b.taken == nil || a.taken.version < b.taken.version)
}

func (s *uses) prune() {
	for k, u := range s.left {
		if s.now().Sub(u.leftAt) > leftFor {
			delete(s.left, k)
		}
	}
}

// each calls f for what every proxy has done, in the order of names.
func (s *uses) each(f func(name string, u use)) {
	type named struct {
		name string
		use
	}
	var all []named
	s.mu.Lock()
	s.prune()
	for _, names := range s.open {
		for name, u := range names {
			all = append(all, named{name, u})
		}
	}
	for k, u := range s.left {
		all = append(all, named{k.name, u})
	}
	s.mu.Unlock()
	slices.SortFunc(all, func(a, b named) int {
		return cmp.Or(strings.Compare(a.name, b.name), strings.Compare(a.node, b.node), a.leftAt.Compare(b.leftAt))
	})
	for _, u := range all {
		f(u.name, u.use)
	}
}

// report has each registration with the oldest version that a proxy has, and why it has no newer one.
func (s *uses) report() []api.CertificateUse {
	oldest, problems := map[string]*edition{}, map[string]string{}
	var order []string
	s.each(func(_ string, u use) {
		h := u.latest()
		if h == nil || h.trust && u.refused == nil {
			return
		}
		id := h.registrationID
		before := oldest[id]
		if before == nil {
			order = append(order, id)
		}
		if before == nil || before.trust && !h.trust || before.trust == h.trust && h.version < before.version {
			oldest[id] = h
		}
		if problems[id] == "" {
			problems[id] = u.problem()
		}
	})
	var all []api.CertificateUse
	for _, id := range order {
		h := oldest[id]
		for _, host := range h.hosts {
			all = append(all, api.CertificateUse{
				RegistrationID: id,
				Host:           host,
				Version:        h.version,
				SHA256:         h.sha256,
				Problem:        problems[id],
			})
		}
	}
	return all
}
