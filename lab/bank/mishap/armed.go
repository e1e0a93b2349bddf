package mishap

import (
	"fmt"
	"slices"
	"sync"
)

// Call is one call of a client.
type Call struct {
	Environment, Segment string // "" where the call does not say
	Product              string // ais, pis, token, authorize or tls
	Operation            string
}

// Switch makes the next Count calls fail in one way. Empty fields match every call.
type Switch struct {
	Case        string `json:"case"` // name or number
	Count       int    `json:"count"`
	Detail      string `json:"detail,omitempty"`
	Environment string `json:"environment,omitempty"`
	Segment     string `json:"segment,omitempty"`
	Product     string `json:"product,omitempty"`
	Operation   string `json:"operation,omitempty"`
}

// Armed holds the switches that are on. Its zero value is ready, and safe for
// concurrent use.
type Armed struct {
	mu       sync.Mutex
	switches []Switch
}

// Arm switches a failure on. Several can be on at once; the one armed first
// wins a call that several match.
func (a *Armed) Arm(s Switch) error {
	c, ok := Find(s.Case)
	if !ok {
		return fmt.Errorf("there is no failure %q", s.Case)
	}
	if s.Count < 1 {
		return fmt.Errorf("the count must be at least 1, not %d", s.Count)
	}
	if s.Detail != "" && !c.open && !slices.Contains(c.Details, s.Detail) {
		return fmt.Errorf("%s has no detail %q", c.Name, s.Detail)
	}
	s.Case = c.Name
	a.mu.Lock()
	defer a.mu.Unlock()
	a.switches = append(a.switches, s)
	return nil
}

// Clear switches everything off.
func (a *Armed) Clear() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.switches = nil
}

// All lists what is on.
func (a *Armed) All() []Switch {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.switches)
}

// Take uses up one count of the first switch that matches the call and is
// among the cases named, of any case when none is.
func (a *Armed) Take(call Call, only ...string) (Switch, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for i := range a.switches {
		s := &a.switches[i]
		if len(only) > 0 && !slices.Contains(only, s.Case) || !s.matches(call) {
			continue
		}
		taken := *s
		if s.Count--; s.Count <= 0 {
			a.switches = slices.Delete(a.switches, i, i+1)
		}
		return taken, true
	}
	return Switch{}, false
}

// matches: a case that can happen anywhere means the two APIs, and the token
// endpoint only when the switch names it.
func (s *Switch) matches(call Call) bool {
	c, _ := Find(s.Case) // Arm has seen to it
	if c.where != nil && !slices.Contains(c.where, call.Operation) {
		return false
	}
	if c.where == nil && call.Product != "ais" && call.Product != "pis" && s.Product != call.Product {
		return false
	}
	fits := func(wanted, is string) bool { return wanted == "" || is == "" || wanted == is }
	return fits(s.Environment, call.Environment) && fits(s.Segment, call.Segment) &&
		(s.Product == "" || s.Product == call.Product) && (s.Operation == "" || s.Operation == call.Operation)
}
