package cases

import (
	"context"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/environment"
)

// bankRenews is how long before the end of a bank's certificate most banks have replaced it. Replacing it is the bank's
// work; to remind it is ours.
const bankRenews = 14 * day

// servedAgain is how often a host is looked at of which an older certificate may be served beside the newest.
const servedAgain = day

func (s *Service) bankHost(ctx context.Context, id string, now time.Time) (findings, error) {
	institutionID, host, _ := strings.Cut(id, "/")
	f, err := s.cfg.Facts.BankHostFacts(ctx, institutionID, host, now)
	if err != nil {
		return findings{}, err
	}
	about := Case{
		Name:        host,
		Todo:        "bank_host/" + id,
		Environment: s.environmentOf([]string{institutionID}),
		PlaceCount:  f.Registered,
	}
	live := about.Environment == environment.Live
	ends, untrusted, other := finding{about: about}, finding{about: about}, finding{about: about}
	ends.about.Kind, untrusted.about.Kind, other.about.Kind = BankCertificate, BankUntrusted, BankIssuer
	bank, _ := s.cfg.Banks.Called(institutionID)
	ends.about.Args = []string{bank}
	ends.about.BeginsAt, ends.about.EndsAt = f.First.NotBefore, f.First.NotAfter
	untrusted.about.Args = []string{bank, f.Newest.Untrusted, f.Newest.Authority}
	untrusted.about.BeginsAt, untrusted.about.EndsAt = f.Newest.FirstSeen, f.Newest.FirstSeen
	other.about.Args = []string{bank, f.Newest.Authority, f.Authority}
	other.about.BeginsAt, other.about.EndsAt = f.Newest.FirstSeen, f.Newest.FirstSeen
	if !f.InUse || f.First.NotAfter.IsZero() {
		ends.fact, untrusted.fact, other.fact = Unused, Unused, Unused
		return findings{findings: []finding{ends, untrusted, other}}, nil
	}
	ends.thresholds = bankEnds(f.First)
	untrusted.thresholds = []Threshold{{Opened, f.Newest.FirstSeen, live}}
	other.thresholds = []Threshold{{Opened, f.Newest.FirstSeen, false}}
	if f.Newest.Untrusted == "" {
		untrusted.fact = Works
	}
	if f.Newest.Untrusted != "" || f.Authority == "" || f.Newest.Authority == "" || f.Newest.Authority == f.Authority {
		other.fact = Settled
	}
	return findings{findings: []finding{ends, untrusted, other}, again: now.Add(servedAgain)}, nil
}

// bankEnds are the thresholds of a bank's certificate. A short one is replaced later.
func bankEnds(c Served) []Threshold {
	open := min(bankRenews, c.NotAfter.Sub(c.NotBefore)/5)
	all := []Threshold{{Opened, c.NotAfter.Add(-open), false}}
	for _, t := range []Threshold{
		{SevenDays, c.NotAfter.Add(-7 * day), false},
		{OneDay, c.NotAfter.Add(-day), true},
		{Ended, c.NotAfter, true},
	} {
		if t.At.After(all[len(all)-1].At) {
			all = append(all, t)
		}
	}
	return all
}
