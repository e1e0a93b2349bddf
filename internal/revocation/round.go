package revocation

import (
	"context"
	"crypto/x509"
	"errors"
	"net/url"
	"sync"

	"golang.org/x/sync/errgroup"

	judge "github.com/sealkeeper/sealkeeper/certs/revocation"
)

// What bounds a round.
const (
	pageSize  = 500
	mostPages = 100 // of one round; the next one goes on
	atOnce    = 4   // questions that wait: a list may be large, and several are in memory
	mostFails = 2   // of one host, before it is left alone for the rest of a round
)

// AskDue asks about everything that is due, in pages, and returns about how much it learned something. It is for a job
// of one replica at a time. A list is asked for once, and says something of all certificates that name it.
func (s *Service) AskDue(ctx context.Context) (int, error) {
	if !s.Asking() {
		return 0, nil
	}
	r := newRound(s)
	for range mostPages {
		due, err := s.cfg.Store.DueRevocations(ctx, s.cfg.Now(), pageSize)
		if err != nil || len(due) == 0 {
			return r.learned, err
		}
		if err := r.ask(ctx, due); err != nil {
			return r.learned, err
		}
	}
	return r.learned, nil
}

// round is one time of asking.
type round struct {
	*Service
	now bool // somebody waits for it: OCSP first, nothing from the cache

	mu      sync.Mutex
	fails   map[string]int               // by host
	issuers map[string]*x509.Certificate // by DER
	learned int
}

func newRound(s *Service) *round {
	return &round{Service: s, fails: map[string]int{}, issuers: map[string]*x509.Certificate{}}
}

// outcome is a check as it was read, and what came of the question.
type outcome struct {
	check Check
	observation
}

// ask asks about a page.
func (r *round) ask(ctx context.Context, due []Check) error {
	groups, single := map[string][]Check{}, []Check{}
	for _, c := range due {
		if len(c.Lists) > 0 {
			key := listKey(c.Lists)
			groups[key] = append(groups[key], c)
		} else {
			single = append(single, c)
		}
	}
	var all errgroup.Group
	all.SetLimit(atOnce)
	for _, group := range groups {
		all.Go(func() error { return r.byList(ctx, group) })
	}
	answers := make([]outcome, len(single))
	for i, c := range single {
		all.Go(func() error {
			answers[i].check, answers[i].observation = r.one(ctx, c)
			return nil
		})
	}
	failed := all.Wait()
	return errors.Join(failed, r.keep(ctx, answers)) // what one issuer answered stays, whatever happened with others
}

// byList asks for a list that something is due of, and judges by it everything that names it. What it says nothing of
// is asked about by OCSP, if it is due.
func (r *round) byList(ctx context.Context, due []Check) error {
	lists := r.fetchLists(ctx, due[0].Lists)
	isDue := make(map[string]bool, len(due))
	for _, c := range due {
		isDue[c.SHA256] = true
	}
	after, page := "", due
	for {
		if lists.found() { // else only those that are due, whose turn it is to be asked otherwise
			var err error
			if page, err = r.cfg.Store.RevocationsOfLists(ctx, due[0].Lists, after, pageSize); err != nil {
				return err
			}
		}
		var answers []outcome
		for _, c := range page {
			c, o := r.byLists(ctx, c, lists)
			if !answered(o.verdict) && isDue[c.SHA256] {
				c, o = r.orOCSP(ctx, c, o)
			}
			if answered(o.verdict) || isDue[c.SHA256] {
				answers = append(answers, outcome{c, o})
			}
			after = c.SHA256
		}
		if err := r.keep(ctx, answers); err != nil || len(page) < pageSize || !lists.found() {
			return err
		}
	}
}

// answered reports whether a verdict is the issuer's word.
func answered(v judge.Verdict) bool { return v.Status == judge.Good || v.Status == judge.Revoked }

// one asks about one certificate, and returns its check with the issuer that was found.
func (r *round) one(ctx context.Context, c Check) (Check, observation) {
	if len(c.Lists) == 0 || r.now {
		c, o := r.byOCSP(ctx, c)
		if answered(o.verdict) || o.verdict.Status == judge.Unknown || len(c.Lists) == 0 {
			return c, o
		}
		c, list := r.byLists(ctx, c, r.fetchLists(ctx, c.Lists))
		if answered(list.verdict) || o.verdict.Cause == NoAddress {
			return c, list
		}
		return c, o
	}
	c, o := r.byLists(ctx, c, r.fetchLists(ctx, c.Lists))
	if answered(o.verdict) {
		return c, o
	}
	return r.orOCSP(ctx, c, o)
}

// orOCSP asks by OCSP where a list said nothing. If nothing comes of that either, it is the list that is told of.
func (r *round) orOCSP(ctx context.Context, c Check, list observation) (Check, observation) {
	c, o := r.byOCSP(ctx, c)
	if answered(o.verdict) || o.verdict.Status == judge.Unknown {
		return c, o
	}
	return c, list
}

// keep writes what came of questions. What another process wrote meanwhile is read again, and written with it.
func (r *round) keep(ctx context.Context, answers []outcome) (failed error) {
	for range 3 {
		if len(answers) == 0 {
			return failed
		}
		after := make([]Check, len(answers))
		for i, a := range answers {
			after[i] = a.check.observe(a.observation)
			if a.leaf != nil {
				after[i].AskAt = after[i].next(a.at, a.leaf)
			}
		}
		behind, err := r.cfg.Store.SaveRevocations(ctx, after)
		if err != nil {
			return errors.Join(failed, err)
		}
		again, err := r.kept(ctx, answers, after, behind)
		failed = errors.Join(failed, err)
		answers = again
	}
	return failed // and whoever writes that often knows more
}

// kept records what was found, and returns what was not written, as it is now. An entry that cannot be written keeps
// no other from being.
func (r *round) kept(ctx context.Context, answers []outcome, after []Check, behind []string) ([]outcome, error) {
	late := make(map[string]bool, len(behind))
	for _, sha256 := range behind {
		late[sha256] = true
	}
	r.mu.Lock()
	r.learned += len(answers) - len(behind)
	r.mu.Unlock()
	var again []outcome
	var failed []error
	for i, a := range answers {
		if !late[a.check.SHA256] {
			failed = append(failed, r.record(ctx, a.check, after[i]))
			continue
		}
		now, err := r.cfg.Store.RevocationByFingerprint(ctx, a.check.SHA256)
		if err != nil {
			failed = append(failed, err)
			continue
		}
		if len(now.Issuer) == 0 {
			now.Issuer = a.check.Issuer
		}
		again = append(again, outcome{now, a.observation})
	}
	return again, errors.Join(failed...)
}

func hostOf(address string) string {
	if u, err := url.Parse(address); err == nil {
		return u.Host
	}
	return address
}

// leftAlone reports whether a host has failed so often in this round that it is not asked any more.
func (r *round) leftAlone(address string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.fails[hostOf(address)] >= mostFails
}

func (r *round) failed(address string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.fails[hostOf(address)]++
}
