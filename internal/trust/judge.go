package trust

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/certs/trustlist"
	"github.com/sealkeeper/sealkeeper/internal/parallel"
)

// State is what lists say of a certificate: a standing of package trustlist, or one of these.
type State string

// The states beside the standings. Not listed is said only where every list was read.
const (
	NotListed  State = "not_listed"  // none of the lists has a service that issued it
	NotRead    State = "not_read"    // none of those that were read has; others were not
	ChainShort State = "chain_short" // none has, and its issuing certificate is not known
	NotChecked State = "not_checked" // no list of lists was read that the anchors are behind, or nobody is asked
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
	r, err := s.newRound(ctx)
	if err != nil {
		return Verdict{}, err
	}
	return r.judge(ctx, leaf, func() ([]*certs.Certificate, error) { return chain, nil })
}

// round judges certificates by the lists as they are at one time. It reads each service once. It is safe for
// concurrent use.
type round struct {
	*Service
	lists              []List
	anchored, complete bool

	mu    sync.Mutex
	named map[string][]candidate // services by the subject of their certificate
}

// candidate is a service that may have issued a certificate.
type candidate struct {
	Listed
	issuer *certs.Certificate
}

func (s *Service) newRound(ctx context.Context) (*round, error) {
	lists, err := s.cfg.Store.TrustedLists(ctx)
	if err != nil {
		return nil, err
	}
	r := &round{Service: s, lists: lists, named: map[string][]candidate{}}
	r.anchored, r.complete = s.read(lists)
	return r, nil
}

// judge looks at the chain where no service has issued the certificate itself.
func (r *round) judge(
	ctx context.Context, leaf *certs.Certificate, chain func() ([]*certs.Certificate, error),
) (Verdict, error) {
	if !r.anchored {
		return Verdict{State: NotChecked, AtIssue: NotChecked}, nil
	}
	v, found, err := r.byServices(ctx, leaf, leaf)
	if found || err != nil {
		return v, err
	}
	given, err := chain()
	if err != nil {
		return Verdict{}, err
	}
	above := certs.ChainOf(leaf, given)
	for _, c := range above {
		if v, found, err = r.byServices(ctx, leaf, c); found || err != nil {
			return v, err
		}
	}
	state := NotListed
	switch {
	case !r.complete:
		state = NotRead
	case len(above) == 0 && !leaf.SelfIssued():
		state = ChainShort
	}
	return Verdict{State: state, AtIssue: state}, nil
}

// read reports whether the list of lists was read with the anchors of now, and whether every list was.
func (s *Service) read(lists []List) (anchored, complete bool) {
	complete = true
	for _, l := range lists {
		if l.LOTL {
			anchored = s.Asking() && !l.ReadAt.IsZero() && l.URL == s.cfg.LOTL && len(s.cfg.Anchors) > 0 &&
				bytes.Equal(bytes.Join(l.Signers, nil), bytes.Join(raw(s.cfg.Anchors), nil))
		}
		complete = complete && !l.ReadAt.IsZero()
	}
	return anchored, complete
}

// byServices judges by the services that have issued c, which is the leaf or an issuer of it: of several, by the one
// that says the most for it, because a key may be listed once for each purpose.
func (r *round) byServices(ctx context.Context, leaf, c *certs.Certificate) (best Verdict, found bool, err error) {
	services, err := r.servicesNamed(ctx, fingerprint(c.RawIssuer()))
	if err != nil {
		return best, false, err
	}
	for _, listed := range likeliest(services, c) {
		if found && best.State == State(trustlist.Good) { // none says more for it
			break
		}
		if !certs.IssuedBy(c, listed.issuer) {
			continue
		}
		standing, current := listed.Service.Judge(leaf, r.cfg.Now())
		atIssue, _ := listed.Service.Judge(leaf, leaf.NotBefore)
		v := Verdict{State: State(standing), AtIssue: State(atIssue), Listed: listed.Listed, Current: current}
		if listed.issuer.X509 == nil || c.X509 == nil { // nobody has checked the signature
			v.State, v.AtIssue = State(trustlist.Indeterminate), State(trustlist.Indeterminate)
		}
		if i := slices.IndexFunc(r.lists, func(l List) bool { return l.URL == listed.URL }); i >= 0 {
			v.List = r.lists[i]
		}
		if !found || best.State != State(trustlist.Good) && v.State == State(trustlist.Good) {
			best, found = v, true
		}
	}
	return best, found, nil
}

// likeliest puts those first that have the key which a certificate names as its issuer's. It may name it in another
// way, so that the others are looked at too; but each look verifies a signature.
func likeliest(services []candidate, c *certs.Certificate) []candidate {
	if len(services) < 2 || c.X509 == nil || len(c.X509.AuthorityKeyId) == 0 {
		return services
	}
	var named, others []candidate
	for _, s := range services {
		if s.issuer.X509 != nil && bytes.Equal(s.issuer.X509.SubjectKeyId, c.X509.AuthorityKeyId) {
			named = append(named, s)
		} else {
			others = append(others, s)
		}
	}
	return append(named, others...)
}

func (r *round) servicesNamed(ctx context.Context, subject string) ([]candidate, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if known, ok := r.named[subject]; ok {
		return known, nil
	}
	services, err := r.cfg.Store.ServicesNamed(ctx, subject)
	if err != nil {
		return nil, err
	}
	candidates := make([]candidate, 0, len(services))
	for _, listed := range services {
		if issuer, err := certs.ParseCertificate(listed.Certificate); err == nil {
			candidates = append(candidates, candidate{listed, issuer})
		}
	}
	r.named[subject] = candidates
	return candidates, nil
}

// judgedAtOnce is how many certificates are judged between two writes.
const judgedAtOnce = 500

// JudgeUsed judges the certificates in use that have changed since, or all where a list has, and notes what is said
// of them. It is for a job of one replica. While no list of lists counts, what was noted stays.
func (s *Service) JudgeUsed(ctx context.Context) (int, error) {
	r, err := s.newRound(ctx)
	if err != nil || !r.anchored {
		return 0, err
	}
	lists, after, judged := r.fingerprint(), "", 0
	err = parallel.Pages(func() ([]Told, bool, error) {
		used, err := s.cfg.Store.NotJudgedBy(ctx, lists, after, judgedAtOnce)
		if err != nil || len(used) == 0 {
			return nil, false, err
		}
		after = used[len(used)-1].ID
		told, failed := make([]Told, len(used)), make([]error, len(used))
		parallel.Each(len(used), func(i int) { told[i], failed[i] = r.told(ctx, used[i]) })
		return told, true, errors.Join(failed...)
	}, func(told []Told) error {
		judged += len(told)
		return s.cfg.Store.SaveTrustVerdicts(ctx, lists, told)
	})
	return judged, err
}

// fingerprint is another one whenever a list is.
func (r *round) fingerprint() string {
	var all strings.Builder
	for _, l := range r.lists {
		all.WriteString(l.URL + " " + l.SHA256 + "\n")
	}
	return fingerprint([]byte(all.String()))
}

// told judges a certificate in use. One that cannot be read is not checked, and keeps no other from being judged.
func (r *round) told(ctx context.Context, u Used) (Told, error) {
	t := Told{ID: u.ID, Revision: u.Revision, State: NotChecked}
	leaf, chain, err := certificatesIn(u.ChainPEM)
	if err != nil {
		r.unreadable(ctx, u, err)
		return t, nil
	}
	v, err := r.judge(ctx, leaf, func() ([]*certs.Certificate, error) {
		above, err := chain()
		if err != nil {
			r.unreadable(ctx, u, err)
		}
		return above, nil
	})
	t.State, t.Since = v.State, v.Current.Since
	if v.Found() {
		t.Service = v.Provider + ", " + v.Service.Name
	}
	return t, err
}

func (r *round) unreadable(ctx context.Context, u Used, err error) {
	r.cfg.Logger.LogAttrs(ctx, slog.LevelError, "a certificate in use cannot be looked up on trusted lists",
		slog.String("certificate", u.ID), slog.String("error", err.Error()))
}

func raw(all []*certs.Certificate) [][]byte {
	ders := make([][]byte, len(all))
	for i, c := range all {
		ders[i] = c.Raw
	}
	return ders
}
