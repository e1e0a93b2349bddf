package bankservers

import (
	"context"
	"crypto/x509"
	"slices"
	"strings"
	"time"
)

// Handshake is what a handshake with a host of a bank showed.
type Handshake struct {
	Host    string
	Chain   []*x509.Certificate // leaf first, as it was sent; empty: it did not get that far
	Issuing *x509.Certificate   // the certificate furthest from the leaf in it; nil: the leaf was sent alone
	Reason  Reason              // why it failed; empty: it did not
	Alert   string              // the TLS alert that the host sent
	Looked  bool                // it was made to look, without a certificate of ours
}

// Reason is why a handshake failed. The values are those of mtls.Reason.
type Reason string

// ofCertificate are the reasons that are about the host's certificate: it is not trusted then, and the rest is about
// the way there, or about us.
var ofCertificate = []Reason{
	"other_name", "name_not_pinned", "ended", "not_yet", incomplete, unknownIssuer, "unverified",
}

// What looks like an issuer that is not trusted may be a chain that lacks a certificate: a look finds that out.
const (
	unknownIssuer Reason = "unknown_issuer"
	incomplete    Reason = "chain_incomplete"
)

// notLooking are the reasons that a look does not find, as it presents no certificate.
var notLooking = []Reason{"alert", "revoked"}

// onTheWay are the reasons that are about the way to a host.
var onTheWay = []Reason{"proxy", "dns", "unreachable", "timed_out", "broken_off"}

// OfCertificate reports whether it is about the host's certificate.
func (r Reason) OfCertificate() bool { return slices.Contains(ofCertificate, r) }

// Host is a host of a bank.
type Host struct {
	InstitutionID string
	Host          string
	Address       string    // host:port; empty: it was only ever called
	Authority     string    // the issuer that is known to be right; empty: none was seen yet
	FailingSince  time.Time // zero: it does not fail
	Reason        Reason    // why it fails
	Alert         string
	LookAt        time.Time
	LookedAt      time.Time // zero: never
	Revision      int
}

// Event is something that happened at a host.
type Event struct {
	InstitutionID string
	Host          string
	At            time.Time
	What          What
	Detail        string // a reason, an issuer or a name, by what it is
	Times         int    // one after the other
	LastAt        time.Time
}

// Words is the detail without an alert.
func (e Event) Words() string {
	words, _, _ := strings.Cut(e.Detail, " ")
	if e.Untranslated() {
		return e.Detail
	}
	return words
}

// AlertName is the TLS alert in the detail; "" for none.
func (e Event) AlertName() string {
	if e.Untranslated() {
		return ""
	}
	_, name, _ := strings.Cut(e.Detail, " ")
	return name
}

// Untranslated reports whether the detail is a name, and no Reason.
func (e Event) Untranslated() bool { return e.What != Failed && e.What != Untrusted }

// What says what happened.
type What string

// What happens.
const (
	First       What = "first"       // it presented a certificate for the first time; the issuer
	Certificate What = "certificate" // it presents another one of the same issuer
	IssuerOther What = "issuer"      // it presents another one of another issuer; that one
	Untrusted   What = "untrusted"   // what it presents is not trusted; the reason
	Trusted     What = "trusted"     // it is trusted again
	Failed      What = "failed"      // connections fail; the reason, and the alert after a space
	Works       What = "works"       // they work again
	Confirmed   What = "confirmed"   // a person has said that the issuer is right; who
)

// Authority is who issued a certificate, so that it stays the same when an issuer changes its issuing certificate: the
// organization of its name, or the whole name where it has none.
func Authority(c *x509.Certificate) string {
	if all := c.Issuer.Organization; len(all) > 0 && all[0] != "" {
		return bounded(all[0])
	}
	return bounded(c.Issuer.String())
}

// Served are the certificates that a host presents at a time, of all that it has presented, the newest first: its
// newest, and those that came after that one once more, because not each of its machines has it.
func Served(all []Presented, now time.Time) []Presented {
	if len(all) == 0 {
		return nil
	}
	newest := all[0]
	for _, p := range all[1:] {
		if p.FirstSeen.After(newest.FirstSeen) {
			newest = p
		}
	}
	served := []Presented{newest}
	for _, p := range all {
		if p.SHA256 != newest.SHA256 && p.LastSeen.After(newest.FirstSeen.Add(rollout)) &&
			now.Sub(p.LastSeen) < 2*lookEvery {
			served = append(served, p)
		}
	}
	return served
}

// rollout is how long a bank's machines may take to have a new certificate before the former one counts as served.
const rollout = 10 * time.Minute

// Said is what an instance of a service says that a host has shown it. It is said, not seen: nothing follows from it.
type Said struct {
	Host     string // host:port
	Account  string // name of the service account
	Instance string
	SHA256   string // of the certificate; empty: none came
	Issuer   string // distinguished name
	NotAfter time.Time
	Sent     int    // certificates
	Reason   Reason // why the handshake failed; empty: it did not
	SeenAt   time.Time
}

// Known is the reason, or "other" where it is none that this program knows.
func (s Said) Known() Reason {
	if s.Reason.OfCertificate() || slices.Contains(notLooking, s.Reason) || slices.Contains(onTheWay, s.Reason) {
		return s.Reason
	}
	return "other"
}

// Hosts keeps hosts and what happens at them.
type Hosts interface {
	// HostsOf returns those of an institution by name.
	HostsOf(ctx context.Context, institutionID string) ([]Host, error)
	// HostEvents returns what happened at the hosts of an institution, the newest first.
	HostEvents(ctx context.Context, institutionID string) ([]Event, error)
	// SaidOf returns what services say of the hosts of an institution, the newest first.
	SaidOf(ctx context.Context, institutionID string) ([]Said, error)
	// ChangeHost reads a host, which may be new, and what it has presented, and writes what change makes of them. What
	// ends or has broken at it is looked at again. It is a Conflict if another process has changed it meanwhile.
	ChangeHost(ctx context.Context, institutionID, host string, change func(Host, []Presented) Change) error
	// DueHosts returns those that are to be looked at.
	DueHosts(ctx context.Context, now time.Time, limit int) ([]Host, error)
	// InUse returns the institutions of which a version is in use, with the trust anchors of each of these versions.
	InUse(ctx context.Context) (map[string][][]string, error)
}

// Change is what has become of a host.
type Change struct {
	Host      Host
	Presented []Presented
	Events    []Event
}

// event notes that something happened. If the same happened last, it is counted there.
func (c *Change) event(at time.Time, what What, detail string) {
	if n := len(c.Events); n > 0 && !at.After(c.Events[n-1].LastAt) { // they are told in their order
		at = c.Events[n-1].LastAt.Add(time.Microsecond)
	}
	c.Events = append(c.Events, Event{
		InstitutionID: c.Host.InstitutionID,
		Host:          c.Host.Host,
		At:            at,
		What:          what,
		Detail:        bounded(detail),
		Times:         1,
		LastAt:        at,
	})
}

// presented takes in what a host has presented, beside what it had.
func (c *Change) presented(had []Presented, p Presented) {
	before := slices.IndexFunc(had, func(one Presented) bool { return one.SHA256 == p.SHA256 })
	c.Presented = append(c.Presented, p)
	switch {
	case len(had) == 0:
		c.event(p.FirstSeen, First, p.Authority)
	case before >= 0:
	case c.Host.Authority != "" && c.Host.Authority != p.Authority:
		c.event(p.FirstSeen, IssuerOther, p.Authority)
	default:
		c.event(p.FirstSeen, Certificate, p.Authority)
	}
	if c.Host.Authority == "" && p.Trusted {
		c.Host.Authority = p.Authority
	}
	was := before < 0 || had[before].Trusted
	switch {
	case !p.Trusted && (was || had[before].Reason != p.Reason):
		c.event(p.LastSeen, Untrusted, string(p.Reason))
	case !was && p.Trusted:
		c.event(p.LastSeen, Trusted, "")
	}
}

// failed takes in that connections have failed n times.
func (c *Change) failed(f failure) {
	detail := string(f.reason)
	if f.alert != "" {
		detail += " " + f.alert
	}
	if c.Host.FailingSince.IsZero() {
		c.Host.FailingSince = f.first
		if f.reason == unknownIssuer && c.Host.LookAt.Before(never) && !c.Host.LookAt.IsZero() {
			c.Host.LookAt = f.last
		}
	}
	c.Host.Reason, c.Host.Alert = f.reason, f.alert
	if f.reason.OfCertificate() { // which was told of the certificate
		return
	}
	c.event(f.first, Failed, detail)
	last := &c.Events[len(c.Events)-1]
	last.Times, last.LastAt = f.times, f.last
}

// worked takes in that connections work, as far as a handshake has shown.
func (c *Change) worked(at time.Time, looked bool) {
	if c.Host.FailingSince.IsZero() || at.Before(c.Host.FailingSince) ||
		looked && slices.Contains(notLooking, c.Host.Reason) {
		return
	}
	if !c.Host.Reason.OfCertificate() {
		c.event(at, Works, "")
	}
	c.Host.FailingSince, c.Host.Reason, c.Host.Alert = time.Time{}, "", ""
}
