package source

import (
	"context"
	"slices"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/types/api"
)

const (
	maxUses    = 1000 // of a report, as the service takes them
	maxProblem = 500  // characters
	leastEvery = 5 * time.Second
	mostEvery  = 10 * time.Minute
	fullFor    = time.Hour // without room for this instance, the service is asked again after that
)

// ReportSoon has a report sent now: what Config.InUse says has changed.
func (s *Set) ReportSoon() { s.reportSoon() }

// reportSoon has a report sent now: what is presented has changed.
func (s *Set) reportSoon() {
	select {
	case s.due <- struct{}{}:
	default:
	}
}

// report tells the service what is presented, until the Set is closed.
func (s *Set) report() {
	every := time.Minute
	timer := time.NewTimer(every)
	defer timer.Stop()
	full := false
	for {
		select {
		case <-s.due:
			if full {
				continue
			}
		case <-timer.C:
		case <-s.ctx.Done():
			return
		}
		answer, err := s.client.ReportTLS(s.ctx, s.inUse(false))
		code := fault.Code(err)
		full = code == "instances_at_limit"
		switch {
		case err == nil:
			every = min(max(time.Duration(answer.Every)*time.Second, leastEvery), mostEvery)
			s.compare(answer.Versions)
			timer.Reset(every)
		case full:
			timer.Reset(fullFor)
		default:
			timer.Reset(every)
		}
	}
}

// compare has read again what an event was missed of.
func (s *Set) compare(versions []api.TLSEvent) {
	for _, e := range versions {
		source := s.byID(e.RegistrationID, false)
		if source == nil {
			continue
		}
		if v := source.current.Load().version; v != nil && v.configuration.Version != e.Version {
			source.poke()
		}
	}
}

// stop tells the service that this instance ends.
func (s *Set) stop() {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	report := s.inUse(true)
	if len(report.InUse) > 0 || s.cfg.InUse != nil {
		_, _ = s.client.ReportTLS(ctx, report) // it is forgotten in time all the same
	}
}

// inUse is what is presented to whom.
func (s *Set) inUse(stopped bool) api.ServiceReport {
	r := api.ServiceReport{Instance: s.cfg.Instance, InUse: []api.CertificateUse{}, Stopped: stopped}
	if s.cfg.InUse != nil {
		uses := s.cfg.InUse()
		r.InUse = append(r.InUse, uses[:min(len(uses), maxUses)]...)
		return r
	}
	for _, source := range s.Sources() {
		for _, use := range source.inUse() {
			if len(r.InUse) < maxUses {
				r.InUse = append(r.InUse, use)
			}
		}
	}
	return r
}

// inUse has each server of the bank once, with the oldest version that is presented to it.
func (s *Source) inUse() []api.CertificateUse {
	current := s.current.Load().version
	s.mu.Lock()
	defer s.mu.Unlock()
	all := map[string]api.CertificateUse{}
	use := func(host string, v *version) {
		all[host] = api.CertificateUse{
			RegistrationID: v.configuration.RegistrationID,
			Host:           host,
			Version:        v.configuration.Version,
			SHA256:         v.configuration.Transport.SHA256,
			Problem:        problemText(s.problem),
			Server:         v.saw.of(host),
		}
	}
	if current != nil {
		for host := range current.servers {
			use(host, current)
		}
	}
	for _, v := range slices.Backward(s.former) {
		if v.bank.InFlight() > 0 {
			for host := range v.bank.Presented() {
				use(host, v)
			}
		}
	}
	uses := make([]api.CertificateUse, 0, len(all))
	for _, u := range all {
		uses = append(uses, u)
	}
	return uses
}

// problemText is the sentence of an error as a report takes it.
func problemText(err error) string {
	sentence := fault.Sentence(err)
	if runes := []rune(sentence); len(runes) > maxProblem {
		return string(runes[:maxProblem])
	}
	return sentence
}
