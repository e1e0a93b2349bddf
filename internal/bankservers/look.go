package bankservers

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"math/rand/v2"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/note"
)

// Banks knows where the hosts of banks are, and looks at them.
type Banks interface {
	// Addresses are the "host:port" at which an institution of the catalogue is called; none: there is no such one.
	Addresses(institutionID string) []string
	// Look makes a handshake with one of them, without a certificate of ours. It judges the host by its profile and
	// each of some lists of trust anchors (PEM): the first by which it is not trusted counts.
	Look(ctx context.Context, institutionID, address string, anchors [][]string) Handshake
}

// When hosts are looked at, and how many at once.
const (
	lookEvery   = 24 * time.Hour
	lookAgain   = time.Hour // after one that failed
	lookSpread  = time.Hour // within which hosts that are new are looked at
	looksAtOnce = 4
	looksOfARun = 100
)

// never is when a host is due that is not looked at.
var never = time.UnixMicro(1<<62 - 1).UTC()

// LookAtDue looks at the hosts that are due, of banks of which a version is in use, and returns at how many. It is for
// a job of one replica at a time.
func (s *Service) LookAtDue(ctx context.Context) (int, error) {
	inUse, err := s.cfg.Store.InUse(ctx)
	if err != nil {
		return 0, err
	}
	for id := range inUse {
		if err := s.watch(ctx, id); err != nil {
			return 0, err
		}
	}
	due, err := s.cfg.Store.DueHosts(ctx, s.cfg.Now(), looksOfARun)
	if err != nil {
		return 0, err
	}
	var all errgroup.Group
	all.SetLimit(looksAtOnce)
	for _, h := range due {
		all.Go(func() error {
			err := s.look(ctx, h, inUse)
			if errors.Is(err, fault.Conflict) { // a call was noted meanwhile; it stays due
				return nil
			}
			return err
		})
	}
	return len(due), all.Wait()
}

// watch has the hosts of an institution looked at that are not yet.
func (s *Service) watch(ctx context.Context, institutionID string) error {
	known, err := s.cfg.Store.HostsOf(ctx, institutionID)
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	for _, address := range s.cfg.Banks.Addresses(institutionID) {
		host := hostOf(address)
		if seen[host] { // on another port; its first one stands for it
			continue
		}
		seen[host] = true
		i := slices.IndexFunc(known, func(h Host) bool { return h.Host == host })
		if i >= 0 && known[i].Address == address && known[i].LookAt.Before(never) {
			continue
		}
		err := s.cfg.Store.ChangeHost(ctx, institutionID, host, func(h Host, _ []Presented) Change {
			h.Address, h.LookAt = address, s.cfg.Now().Add(upTo(lookSpread))
			return Change{Host: h}
		})
		if err != nil && !errors.Is(err, fault.Conflict) {
			return err
		}
	}
	return nil
}

// look looks at one host. What is not called any more is not looked at any more.
func (s *Service) look(ctx context.Context, h Host, inUse map[string][][]string) error {
	anchors, used := inUse[h.InstitutionID]
	if !used || !slices.Contains(s.cfg.Banks.Addresses(h.InstitutionID), h.Address) {
		return s.cfg.Store.ChangeHost(ctx, h.InstitutionID, h.Host, func(h Host, _ []Presented) Change {
			h.LookAt = never
			return Change{Host: h}
		})
	}
	saw := s.cfg.Banks.Look(ctx, h.InstitutionID, h.Address, anchors)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	saw.Looked = true
	now := s.cfg.Now()
	return s.cfg.Store.ChangeHost(ctx, h.InstitutionID, h.Host, func(h Host, had []Presented) Change {
		wait := lookEvery
		if saw.Reason != "" {
			wait = lookAgain
		}
		c := s.shown(h, saw, now).change(h, had)
		c.Host.LookedAt, c.Host.LookAt = now, now.Add(wait-upTo(wait/10))
		return c
	})
}

// shown is what a look has shown, as if it had been seen in a call.
func (s *Service) shown(h Host, saw Handshake, now time.Time) update {
	p := update{looked: true}
	if len(saw.Chain) > 0 {
		sum := sha256.Sum256(saw.Chain[0].Raw)
		one := presentedAt(place{h.InstitutionID, h.Host}, saw.Chain[0], hex.EncodeToString(sum[:]), now)
		one.takes(saw, now)
		p.presented = []Presented{one}
	}
	if saw.Reason == "" {
		p.worked = now
	} else {
		p.failing = failure{reason: saw.Reason, alert: saw.Alert, first: now, last: now, times: 1}
	}
	return p
}

func upTo(most time.Duration) time.Duration {
	return time.Duration(rand.Int64N(int64(most) + 1)) //nolint:gosec // nothing depends on it
}

// History is a host with what it presents and what has happened there.
type History struct {
	Host
	Presents []Presented // now, the newest first
	Events   []Event     // the newest first
	Said     []Said      // by services that call it themselves, the newest first
}

// Confirmable reports whether the issuer of what it presents is another one than the one that is known to be right.
func (h History) Confirmable() bool {
	return len(h.Presents) > 0 && h.Authority != "" && h.Presents[0].Trusted && h.Presents[0].Authority != h.Authority
}

// History returns the hosts of an institution by name.
func (s *Service) History(ctx context.Context, caller access.Caller, institutionID string) ([]History, error) {
	presented, err := s.OfInstitution(ctx, caller, institutionID)
	if err != nil {
		return nil, err
	}
	hosts, err := s.cfg.Store.HostsOf(ctx, institutionID)
	if err != nil {
		return nil, err
	}
	events, err := s.cfg.Store.HostEvents(ctx, institutionID)
	if err != nil {
		return nil, err
	}
	said, err := s.cfg.Store.SaidOf(ctx, institutionID)
	if err != nil {
		return nil, err
	}
	hosts = withSaid(institutionID, hosts, said)
	all := make([]History, len(hosts))
	for i, h := range hosts {
		all[i].Host = h
		all[i].Presents = Served(slices.Collect(func(yield func(Presented) bool) {
			for _, p := range presented {
				if p.Host == h.Host && !yield(p) {
					return
				}
			}
		}), s.cfg.Now())
		for _, e := range events {
			if e.Host == h.Host {
				all[i].Events = append(all[i].Events, e)
			}
		}
		for _, one := range said {
			if hostOf(one.Host) == h.Host {
				all[i].Said = append(all[i].Said, one)
			}
		}
	}
	return all, nil
}

// withSaid adds the hosts of which services alone say something.
func withSaid(institutionID string, hosts []Host, said []Said) []Host {
	for _, one := range said {
		name := hostOf(one.Host)
		if !slices.ContainsFunc(hosts, func(h Host) bool { return h.Host == name }) {
			hosts = append(hosts, Host{InstitutionID: institutionID, Host: name})
		}
	}
	return hosts
}

// OtherIssuer is the error where somebody decides about what a host does not present any more.
func OtherIssuer() error {
	return fault.New(fault.Conflict, "bank_issuer_other",
		"What the host presents now comes from another issuer, or whether it is trusted has changed; look at it again.")
}

// Confirm records that a person has found the issuer of what a host presents to be right. It changes nothing of whom
// programs trust: that is what trust anchors of a version do, which take two people where it is live.
func (s *Service) Confirm(ctx context.Context, caller access.Caller, institutionID, host, authority string) error {
	said := note.New("bank_issuer_confirmed", "%s: the issuer %s is right", host, authority)
	return s.cfg.Audit.Do(ctx, caller, access.BankFactRecord, institutionID, func() (note.Note, error) {
		hosts, err := s.cfg.Store.HostsOf(ctx, institutionID)
		if err != nil {
			return said, err
		}
		if !slices.ContainsFunc(hosts, func(h Host) bool { return h.Host == host }) {
			return said, fault.New(fault.NotFound, "bank_host_not_found",
				"This bank has no host of that name that was called or looked at.")
		}
		confirmed := false
		err = s.cfg.Store.ChangeHost(ctx, institutionID, host, func(h Host, had []Presented) Change {
			served := Served(had, s.cfg.Now())
			if confirmed = len(served) > 0 && served[0].Authority == authority && served[0].Trusted; !confirmed {
				return Change{Host: h}
			}
			c := Change{Host: h}
			c.Host.Authority = authority
			c.event(s.cfg.Now(), Confirmed, caller.Name)
			return c
		})
		if err == nil && !confirmed {
			err = OtherIssuer()
		}
		return said, err
	})
}
