package trust

import (
	"bytes"
	"context"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/certs/trustlist"
)

// State is what lists say of a certificate: a standing of package trustlist, or one of these.
type State string

// The states beside the standings. Not listed is said only where every list was read.
const (
	NotListed  State = "not_listed"  // none of the lists has a service that issued it
	NotRead    State = "not_read"    // none of those that were read has; others were not
	ChainShort State = "chain_short" // none has, and its issuing certificate is not known
	NotChecked State = "not_checked" // no list of lists was read that the anchors are behind
)

// Verdict is what lists say of a certificate, and how old that is.
type Verdict struct {
	State   State
	AtIssue State // when the certificate's validity began
	Listed        // the service; zero: there is none
	Current trustlist.State
	List    List // that it is on
}

// Overdue reports whether a list is past its next update: what it says still counts, with its age (TS 119 615).
func (l List) Overdue(now time.Time) bool { return !l.NextUpdate.IsZero() && l.NextUpdate.Before(now) }

// Found reports whether a service was found.
func (v Verdict) Found() bool { return v.URL != "" }

// Overdue reports whether the list is.
func (v Verdict) Overdue(now time.Time) bool { return v.List.Overdue(now) }

// Judge says what the lists say of a certificate, whose issuers may be among the chain.
func (s *Service) Judge(ctx context.Context, leaf *certs.Certificate, chain []*certs.Certificate) (Verdict, error) {
	lists, err := s.cfg.Store.TrustedLists(ctx)
	if err != nil {
		return Verdict{}, err
	}
	anchored, complete := s.read(lists)
	if !anchored {
		return Verdict{State: NotChecked, AtIssue: NotChecked}, nil
	}
	way := append([]*certs.Certificate{leaf}, certs.ChainOf(leaf, chain)...)
	for _, c := range way {
		v, found, err := s.byServices(ctx, leaf, c, lists)
		if found || err != nil {
			return v, err
		}
	}
	state := NotListed
	switch {
	case !complete:
		state = NotRead
	case len(way) == 1 && !leaf.SelfIssued():
		state = ChainShort
	}
	return Verdict{State: state, AtIssue: state}, nil
}

// read reports whether the list of lists was read with the anchors of now, and whether every list was.
func (s *Service) read(lists []List) (anchored, complete bool) {
	complete = true
	for _, l := range lists {
		if l.LOTL {
			anchored = !l.ReadAt.IsZero() && l.URL == s.cfg.LOTL && len(s.cfg.Anchors) > 0 &&
				bytes.Equal(bytes.Join(l.Signers, nil), bytes.Join(raw(s.cfg.Anchors), nil))
		}
		complete = complete && !l.ReadAt.IsZero()
	}
	return anchored, complete
}

// byServices judges by the services that have issued c, which is the leaf or an issuer of it: of several, by the one
// that says the most for it, because a key may be listed once for each purpose.
func (s *Service) byServices(ctx context.Context, leaf, c *certs.Certificate, lists []List) (
	best Verdict, found bool, err error,
) {
	services, err := s.cfg.Store.ServicesNamed(ctx, fingerprint(c.RawIssuer()))
	if err != nil {
		return best, false, err
	}
	for _, listed := range services {
		issuer, err := certs.ParseCertificate(listed.Certificate)
		if err != nil || !certs.IssuedBy(c, issuer) {
			continue
		}
		standing, current := listed.Service.Judge(leaf, s.cfg.Now())
		atIssue, _ := listed.Service.Judge(leaf, leaf.NotBefore)
		v := Verdict{State: State(standing), AtIssue: State(atIssue), Listed: listed, Current: current}
		if issuer.X509 == nil || c.X509 == nil { // nobody has checked the signature
			v.State, v.AtIssue = State(trustlist.Indeterminate), State(trustlist.Indeterminate)
		}
		for _, l := range lists {
			if l.URL == listed.URL {
				v.List = l
			}
		}
		if !found || best.State != State(trustlist.Good) && v.State == State(trustlist.Good) {
			best, found = v, true
		}
	}
	return best, found, nil
}

func raw(all []*certs.Certificate) [][]byte {
	ders := make([][]byte, len(all))
	for i, c := range all {
		ders[i] = c.Raw
	}
	return ders
}
