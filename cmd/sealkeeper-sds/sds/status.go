package sds

import (
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
)

// Status is how the server is, as JSON.
type Status struct {
	Healthy       bool         `json:"healthy"`
	Error         string       `json:"error,omitempty"`
	Streams       int          `json:"streams"` // open
	ChangesKnown  *time.Time   `json:"changes_known_at"`
	ChangesError  string       `json:"changes_error,omitempty"`
	Registrations []Registered `json:"registrations"` // that proxies have asked for
	Proxies       []Proxy      `json:"proxies"`       // 1,000 at most
}

// Registered is one registration that proxies have asked for.
type Registered struct {
	RegistrationID string     `json:"registration_id"`
	Application    string     `json:"application"`
	Institution    string     `json:"institution"`
	Healthy        bool       `json:"healthy"`
	Streams        int        `json:"streams"` // that ask for the key now
	Version        int        `json:"version"` // that is handed out; 0: none
	SHA256         string     `json:"sha256"`
	NotAfter       *time.Time `json:"not_after"`
	ConfirmedAt    *time.Time `json:"confirmed_at"`
	Error          string     `json:"error,omitempty"`
	Problem        string     `json:"problem,omitempty"` // why nothing newer is handed out
}

// Proxy is what a proxy has done with a secret.
type Proxy struct {
	Proxy    string     `json:"proxy"` // how it calls itself
	Name     string     `json:"name"`  // of the secret
	Version  int        `json:"version"`
	SHA256   string     `json:"sha256"`
	NotAfter *time.Time `json:"not_after"`
	Refused  string     `json:"refused,omitempty"` // why it has not taken a newer one
	Left     bool       `json:"left"`              // its stream has ended
}

const maxProxies = 1000

// Status returns how the server is. It is never healthy while a proxy asks for what cannot be handed out, while one has
// a certificate that has ended, or while Sealkeeper refuses this account.
func (s *Server) Status() Status {
	now := s.cfg.Now()
	out := Status{
		Healthy:       true,
		Streams:       int(s.streams.Load()),
		Registrations: []Registered{},
		Proxies:       []Proxy{},
	}
	bad := func(why string) {
		out.Healthy = false
		if out.Error == "" {
			out.Error = why
		}
	}
	if link := s.book.link(); link != nil {
		out.ChangesKnown, out.ChangesError = moment(link.HeardAt), fault.Sentence(link.Err)
	}
	if err := s.book.refused(); err != nil {
		bad(fault.Sentence(err))
	}
	for _, e := range s.book.asked() {
		r := e.registered(now)
		if r.Streams > 0 && !r.Healthy {
			bad(r.RegistrationID + ": " + r.Error)
		}
		out.Registrations = append(out.Registrations, r)
	}
	s.uses.each(func(name string, u use) {
		h := u.latest()
		if h == nil {
			return
		}
		if u.leftAt.IsZero() && !h.trust && !now.Before(h.notAfter) {
			bad(name + ": " + fault.Sentence(ended(*h)))
		}
		if len(out.Proxies) < maxProxies {
			out.Proxies = append(out.Proxies, Proxy{
				Proxy:    u.node,
				Name:     name,
				Version:  h.version,
				SHA256:   h.sha256,
				NotAfter: moment(h.notAfter),
				Refused:  u.problem(),
				Left:     !u.leftAt.IsZero(),
			})
		}
	})
	return out
}

// registered is how an entry is at a moment.
func (e *entry) registered(now time.Time) Registered {
	at := e.source.Status()
	e.mu.Lock()
	defer e.mu.Unlock()
	r := Registered{
		RegistrationID: at.Registration.ID,
		Application:    at.Registration.Application,
		Institution:    at.Registration.Institution,
		Streams:        e.wanted,
		ConfirmedAt:    moment(at.HeardAt),
		Problem:        fault.Sentence(e.problem),
	}
	if at.Problem != nil {
		r.Problem = fault.Sentence(at.Problem)
	}
	h := e.certificate.handed
	switch {
	case h == nil && e.certificate.err != nil:
		r.Error = fault.Sentence(e.certificate.err)
	case h == nil:
		r.Error = "The key has not been read yet."
	case !now.Before(h.notAfter):
		r.Error = fault.Sentence(ended(h.edition))
	}
	if h != nil {
		r.Version, r.SHA256, r.NotAfter = h.version, h.sha256, moment(h.notAfter)
	}
	r.Healthy = r.Error == ""
	return r
}

func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC().Truncate(time.Second)
	return &t
}
