package usage

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
)

// Report is what an instance of a service says that it presents to a host.
type Report struct {
	AccountID      string
	Instance       string
	RegistrationID string
	Host           string
	Version        int
	SHA256         string
	UsedAt         time.Time // zero: it has not said
	ToldAt         time.Time
	Stopped        bool
	Problem        string
	Server         Server
	Mismatched     bool // the version has another certificate, or there is none; the store finds out
}

// Server is what an instance says that the host has shown at its last handshake. It is said, not seen: nothing follows
// from it but that it is shown.
type Server struct {
	SHA256   string // of its certificate; empty: none came
	Issuer   string // distinguished name
	NotAfter time.Time
	Sent     int       // certificates
	Reason   string    // why the handshake failed, as mtls.Reason; empty: it did not
	SeenAt   time.Time // zero: it has not said
}

// reasonOf is what a reason looks like.
var reasonOf = regexp.MustCompile(`^[a-z_]{0,30}$`)

func (s Server) valid() bool {
	digest := s.SHA256 == "" || len(s.SHA256) == 64 && strings.Trim(s.SHA256, "0123456789abcdef") == ""
	year := s.NotAfter.Year()
	return digest && line(s.Issuer, maxProblem) && s.Sent >= 0 && s.Sent <= maxSent && reasonOf.MatchString(s.Reason) &&
		(s.NotAfter.IsZero() || year >= 1970 && year < 10_000)
}

const (
	maxInstance = 100
	maxReports  = 1000
	maxHost     = 260
	maxProblem  = 500
	maxSent     = 100

	// An instance that has stopped is forgotten after stoppedFor, one that has said nothing after silentFor.
	stoppedFor = 24 * time.Hour
	silentFor  = 30 * 24 * time.Hour

	// Every is how often an instance reports.
	Every = time.Minute
	// Silence is after what time an instance that has said nothing counts as silent.
	Silence = 15 * time.Minute
)

// bounds are of one account. The overview of a registration reads what all instances say of it.
var bounds = Bounds{Instances: 1000, Reports: 50_000}

func line(text string, most int) bool {
	return utf8.RuneCountInString(text) <= most &&
		!strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f })
}

func reportInvalid() error {
	return fault.New(fault.Invalid, "report_invalid",
		"Say which instance reports, in at most %d characters, and at most %d uses, each with a host, a version and "+
			"the certificate's SHA-256.", maxInstance, maxReports)
}

// Report takes what an instance says, in place of what it said before. What it is not bound to is left out: it may
// have been bound when it used it.
func (m *Meter) Report(
	ctx context.Context, caller access.Caller, instance string, reports []Report, stopped bool,
) error {
	if err := m.cfg.Audit.Permit(ctx, caller, access.TLSReport, ""); err != nil {
		return err
	}
	if strings.TrimSpace(instance) == "" || !line(instance, maxInstance) || len(reports) > maxReports {
		return reportInvalid()
	}
	now := m.cfg.Now()
	seen := map[[2]string]bool{}
	var kept []Report
	for _, r := range reports {
		digest := len(r.SHA256) == 64 && strings.Trim(r.SHA256, "0123456789abcdef") == ""
		said := line(r.Problem, maxProblem) && r.Server.valid()
		if r.Host == "" || !line(r.Host, maxHost) || r.Version < 1 || !digest || !said {
			return reportInvalid()
		}
		at := [2]string{r.RegistrationID, r.Host}
		if seen[at] || !caller.Knows(r.RegistrationID) {
			continue
		}
		seen[at] = true
		r.AccountID, r.Instance, r.ToldAt, r.Stopped = caller.ID, instance, now, stopped
		if r.UsedAt.After(now) {
			r.UsedAt = now
		}
		if r.Server.SeenAt.After(now) {
			r.Server.SeenAt = now
		}
		kept = append(kept, r)
	}
	if stopped && len(kept) == 0 {
		return m.cfg.Store.StopServiceInstance(ctx, caller.ID, instance, now)
	}
	saved, err := m.cfg.Store.SaveServiceReports(ctx, caller.ID, instance, kept, bounds)
	if err == nil && !saved {
		err = fault.New(fault.Conflict, "instances_at_limit",
			"This service account has %d instances, or %d uses that they report, already; give an instance the same "+
				"name after each restart. One that has said that it stopped is forgotten after a day.",
			bounds.Instances, bounds.Reports)
	}
	return err
}

// Prune forgets instances that stopped a day ago, or have said nothing for 30 days. It is for a job that
// runs every hour.
func (m *Meter) Prune(ctx context.Context) error {
	now := m.cfg.Now()
	return m.cfg.Store.PruneServiceReports(ctx, now.Add(-stoppedFor), now.Add(-silentFor))
}

// Progress is how far an instance is.
type Progress string

// The states of an instance.
const (
	Over    Progress = "over"    // it uses the active version
	Behind  Progress = "behind"  // it uses a former one
	Held    Progress = "held"    // it cannot use the active one, and says why
	Silent  Progress = "silent"  // it uses a former one, and has said nothing for a while
	Stopped Progress = "stopped" // it has said that it stops
	Unused  Progress = "unused"  // it may use the registration and has not
	// Mismatched says that it presents another certificate than the version has that it names, or that there is none.
	Mismatched Progress = "mismatched"
)

// Service is how far one instance of a service is.
type Service struct {
	AccountID string
	Account   string // its name
	Instance  string // empty: what the server has seen of the account
	State     Progress
	Version   int
	SHA256    string
	Hosts     []string
	UsedAt    time.Time
	ToldAt    time.Time
	Problem   string
	// it says so of another certificate than the version has, whatever its state
	Mismatched bool
}

// refusedByProxy begins the problem of a version that a proxy was handed and has not taken, as in types/api.
const refusedByProxy = "refused by the proxy: "

// Refusal is why a proxy that the service hands certificates to has not taken the active version, in its own words;
// empty: it is not for that.
func (s Service) Refusal() string {
	reason, refused := strings.CutPrefix(s.Problem, refusedByProxy)
	if !refused {
		return ""
	}
	return reason
}

// Overview is which services use a registration, and with which version.
type Overview struct {
	Version     int // the active one; 0: none
	ActivatedAt time.Time
	Services    []Service
}

// Count counts the services that use the active version, and those that have not stopped.
func (o Overview) Count() (over, total int) {
	for _, s := range o.Services {
		if s.State == Over {
			over++
		}
		if s.State != Stopped && s.State != Unused {
			total++
		}
	}
	return over, total
}

// Over counts the services that use the active version.
func (o Overview) Over() int {
	over, _ := o.Count()
	return over
}

// Total counts the services that have not stopped.
func (o Overview) Total() int {
	_, total := o.Count()
	return total
}

// Behind returns the services that still use a former version, or a certificate that is no version's.
func (o Overview) Behind() []Service {
	return slices.DeleteFunc(slices.Clone(o.Services), func(s Service) bool {
		return s.State != Behind && s.State != Held && s.State != Silent && s.State != Mismatched
	})
}

// Finished reports whether every service that has reported uses the active version, or has stopped.
func (o Overview) Finished() bool { return len(o.Behind()) == 0 }

// reported is what instances say, joined over their hosts: one that is not over makes its instance so, and of several
// the oldest version counts.
func (m *Meter) reported(reports []Report, uses []Use, version int, accounts map[string]string) []Service {
	byInstance := map[[2]string]*Service{}
	for _, r := range reports {
		name, bound := accounts[r.AccountID]
		if !bound {
			continue
		}
		k, state := [2]string{r.AccountID, r.Instance}, m.progress(r, version)
		s := byInstance[k]
		first := s == nil
		if first {
			s = &Service{AccountID: r.AccountID, Account: name, Instance: r.Instance}
			byInstance[k] = s
		}
		s.Hosts = append(s.Hosts, r.Host)
		s.ToldAt = later(s.ToldAt, r.ToldAt)
		over, wasOver := state == Over, s.State == Over
		switch {
		case first, wasOver && !over, wasOver == over && r.Version < s.Version:
			s.State, s.Version, s.SHA256, s.Problem = state, r.Version, r.SHA256, r.Problem
			s.UsedAt, s.Mismatched = r.UsedAt, r.Mismatched
		case wasOver == over && r.Version == s.Version:
			s.UsedAt = later(s.UsedAt, r.UsedAt)
		}
	}
	all := make([]Service, 0, len(byInstance))
	for _, s := range byInstance {
		for _, u := range uses {
			if u.AccountID == s.AccountID && u.Version == s.Version && s.UsedAt.IsZero() {
				s.UsedAt = u.SignedAt
			}
		}
		slices.Sort(s.Hosts)
		all = append(all, *s)
	}
	return all
}

func (m *Meter) progress(r Report, version int) Progress {
	switch {
	case r.Stopped:
		return Stopped
	case r.Version == version && r.Problem == "" && !r.Mismatched: // with a problem, the program behind it is not over
		return Over
	case m.cfg.Now().Sub(r.ToldAt) > Silence:
		return Silent
	case r.Problem != "":
		return Held
	case r.Mismatched:
		return Mismatched
	}
	return Behind
}

// seen is what the server itself knows of an account that says nothing: which version it had signed with last, or
// was given last.
func (m *Meter) seen(id, name string, uses []Use, version int) Service {
	s := Service{AccountID: id, Account: name, State: Unused, Hosts: []string{}}
	var last time.Time
	for _, u := range uses {
		at := later(u.ReadAt, u.SignedAt)
		if u.AccountID != id || at.Before(last) {
			continue
		}
		last, s.Version, s.UsedAt = at, u.Version, u.SignedAt
		s.State = Behind
		if u.Version == version {
			s.State = Over
		} else if m.cfg.Now().Sub(at) > Silence {
			s.State = Silent
		}
	}
	return s
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
