package cases

import (
	"context"
	"encoding/pem"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/internal/environment"
)

// Banks knows what is in the catalogue.
type Banks interface {
	// LeadTime is what a change of certificate takes at an institution; false: it is not known.
	LeadTime(institutionID string) (time.Duration, bool)
	Live(institutionID string) bool
	// Called is an institution's name, and the end of the ids of enrolments there, without that of the organization.
	Called(institutionID string) (name, enrolled string)
	// StepTitle is a step of a checklist in English and in French. The subject is a registration at
	// the institution, or an enrolment, whose id says at which bank.
	StepTitle(institutionID, subject, step string) (english, french string)
}

// finding is what was found of a thing.
type finding struct {
	about      Case        // what the case says, should there be one
	thresholds []Threshold // ascending
	fact       string      // that closes the case; empty: nothing does
}

// findings is all that was found by looking at one subject.
type findings struct {
	findings []finding
	again    time.Time // when to look even if no threshold is passed; zero: when one is
	since    time.Time // since when it has failed
	touches  []Watched // what is to be looked at too, if the facts of this one have changed
}

// maxPlaces is how many registrations a case names.
const maxPlaces = 50

// read looks at one subject whose facts are read alone.
func (s *Service) read(ctx context.Context, subject Subject, now time.Time) (findings, error) {
	switch subject.Kind {
	case Consent:
		return s.consent(ctx, subject.ID)
	case Step:
		return s.step(ctx, subject.ID)
	case Approval:
		return s.approval(ctx, subject.ID)
	case ServiceAccount:
		return s.serviceToken(ctx, subject.ID)
	case BankHost:
		return s.bankHost(ctx, subject.ID, now)
	case Job:
		return s.job(ctx, subject.ID)
	case System:
		return s.part(ctx, subject, now)
	}
	return findings{}, nil
}

// lead is what a change takes at the slowest of some banks.
func (s *Service) lead(institutions []string) (slowest time.Duration) {
	for _, id := range institutions {
		known, ok := s.cfg.Banks.LeadTime(id)
		if !ok {
			known = s.cfg.DefaultLead
		}
		slowest = max(slowest, known)
	}
	return slowest
}

// environmentOf is live if one of the institutions is.
func (s *Service) environmentOf(institutions []string) environment.Name {
	switch {
	case slices.ContainsFunc(institutions, s.cfg.Banks.Live):
		return environment.Live
	case len(institutions) > 0:
		return environment.Sandbox
	}
	return ""
}

func (s *Service) certificate(f CertificateFacts) findings {
	leaf := finding{about: Case{
		Kind:        CertificateEnds,
		Name:        f.Name,
		Todo:        "renew/" + f.Kind + "/" + f.Organization + "/" + f.Issuer,
		Environment: s.environmentOf(f.Institutions),
		Places:      f.Registrations,
		PlaceCount:  f.Count,
		BeginsAt:    f.NotBefore,
		EndsAt:      f.NotAfter,
		Lead:        s.lead(f.Institutions),
	}}
	chain := leaf
	chain.about.Kind = ChainEnds
	switch {
	case f.Ended:
		leaf.fact = Retired
	case f.Count == 0 && f.Successors > 0:
		leaf.fact = Replaced
	case f.Count == 0:
		leaf.fact = Unused
	}
	chain.fact = leaf.fact
	all := []finding{
		leaf.refused(Revoked, f.Revoked),
		leaf.refused(IssuerRevoked, f.IssuerRevoked),
		leaf.refused(Withdrawn, f.Withdrawn),
		leaf.refused(Unauthorised, f.Unauthorised),
		leaf.refused(RoleUnlisted, f.RoleUnlisted),
		leaf.compromised(f.Compromised),
	}
	if leaf.fact == "" {
		leaf.thresholds = untilEnd(f.NotBefore, f.NotAfter, leaf.about.Lead)
		chain.chain(f)
	}
	found := findings{findings: append(all, leaf, chain)}
	if f.Count > 0 { // nothing says that its banks take longer now
		found.again = s.cfg.Now().Add(day)
	}
	return found
}

// refused is what others have said of the certificate of a finding: urgent at once, whatever its bank takes.
func (f finding) refused(kind Kind, said Refused) finding {
	f.about.Kind, f.about.Todo = kind, string(kind)+"/"+said.Name
	f.about.Args, f.about.BeginsAt, f.about.EndsAt, f.about.Lead = []string{said.Name}, said.At, said.At, 0
	switch {
	case f.fact != "":
	case said.At.IsZero():
		f.fact = Works
	default:
		f.thresholds = []Threshold{{Opened, said.At, true}}
	}
	return f
}

// compromised is what somebody has declared of it. That nothing uses it is not enough: it has to be retired.
func (f finding) compromised(said Refused) finding {
	if f.fact != Retired {
		f.fact = ""
	}
	return f.refused(Compromised, said)
}

// chain looks for the issuing certificate that ends first, and before the leaf.
func (f *finding) chain(facts CertificateFacts) {
	var first *certs.Certificate
	for _, c := range issuing(facts.ChainPEM) {
		if c.NotAfter.Before(facts.NotAfter) && (first == nil || c.NotAfter.Before(first.NotAfter)) {
			first = c
		}
	}
	if first == nil {
		f.fact = Renewed
		return
	}
	f.about.Todo, f.about.Args = "chain/"+first.SHA256, []string{first.Subject}
	f.about.BeginsAt, f.about.EndsAt = first.NotBefore, first.NotAfter
	f.thresholds = untilEnd(first.NotBefore, first.NotAfter, f.about.Lead)
}

// issuing reads the certificates behind the first. What cannot be read was not stored by us.
func issuing(chainPEM string) []*certs.Certificate {
	block, rest := pem.Decode([]byte(chainPEM))
	var all []*certs.Certificate
	for block != nil {
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if c, err := certs.ParseCertificate(block.Bytes); err == nil {
			all = append(all, c)
		}
	}
	return all
}

// How long services may take to follow, and how often those that may fall behind again are looked at.
const (
	followingTakes = time.Hour
	followedAgain  = 15 * time.Minute
	followsNewly   = 30 * day
)

func (s *Service) registration(id string, f RegistrationFacts, now time.Time) findings {
	former := finding{about: Case{
		Kind:        FormerVersion,
		Name:        f.Name,
		Todo:        "follow/" + id,
		Environment: s.environmentOf([]string{f.InstitutionID}),
		Places:      []string{id},
		PlaceCount:  1,
		Args:        []string{strconv.Itoa(f.Behind), strconv.Itoa(f.Version)},
		BeginsAt:    f.ActivatedAt,
		EndsAt:      f.ActivatedAt,
	}}
	all := findings{touches: make([]Watched, len(f.Certificates))}
	for i, certificate := range f.Certificates {
		all.touches[i] = Watched{Certificate, certificate}
	}
	switch {
	case f.Version == 0 || f.Behind == 0:
		former.fact = Works
	default:
		former.thresholds = []Threshold{
			{Opened, f.ActivatedAt.Add(followingTakes), false},
			{StillSo, f.ActivatedAt.Add(day), true},
		}
	}
	switch {
	case f.Version == 0 || f.Services == 0:
	case f.Behind > 0 || now.Sub(f.ActivatedAt) < followingTakes:
		all.again = now.Add(followedAgain)
	case now.Sub(f.ActivatedAt) < followsNewly:
		all.again = now.Add(day / 4)
	default:
		all.again = now.Add(day)
	}
	all.findings = []finding{former, s.secretEnd(id, f), s.agreementEnd(id, f)}
	return all
}

func (s *Service) consent(ctx context.Context, id string) (findings, error) {
	f, err := s.cfg.Facts.ConsentFacts(ctx, id)
	if err != nil {
		return findings{}, err
	}
	name, _ := s.cfg.Banks.Called(f.InstitutionID)
	one := finding{about: Case{
		Kind:        ConsentEnds,
		Name:        name,
		Todo:        "consent/" + f.RegistrationID,
		Environment: s.environmentOf([]string{f.InstitutionID}),
		Places:      []string{f.RegistrationID},
		PlaceCount:  1,
		BeginsAt:    f.AuthorizedAt,
		EndsAt:      f.ExpiresAt,
	}}
	if !f.Active {
		one.fact = Settled
	} else {
		one.thresholds = []Threshold{{Opened, f.ExpiresAt.Add(-7 * day), false}, {OneDay, f.ExpiresAt.Add(-day), false}}
	}
	return findings{findings: []finding{one}}, nil
}

func (s *Service) step(ctx context.Context, id string) (findings, error) {
	i := strings.LastIndexByte(id, '/')
	if i < 0 {
		return findings{}, nil
	}
	f, err := s.cfg.Facts.StepFacts(ctx, id[:i], id[i+1:])
	if err != nil {
		return findings{}, err
	}
	english, french := s.cfg.Banks.StepTitle(f.InstitutionID, id[:i], id[i+1:])
	one := finding{about: Case{
		Kind:     BankSilent,
		Name:     english,
		Args:     []string{french},
		Todo:     id,
		BeginsAt: f.Since,
		EndsAt:   f.RemindAt,
		Owner:    f.Owner,
	}}
	if !f.Waiting || f.RemindAt.IsZero() {
		one.fact = Settled
	} else {
		one.thresholds = []Threshold{{Opened, f.RemindAt, false}, {StillSo, f.RemindAt.Add(7 * day), true}}
	}
	return findings{findings: []finding{one}}, nil
}

func (s *Service) serviceToken(ctx context.Context, id string) (findings, error) {
	f, err := s.cfg.Facts.ServiceFacts(ctx, id)
	if err != nil {
		return findings{}, err
	}
	one := finding{about: Case{
		Kind:     ServiceToken,
		Name:     f.Name,
		Todo:     "token/" + id,
		BeginsAt: f.CreatedAt,
		EndsAt:   f.ExpiresAt,
		Owner:    f.Owner,
	}}
	switch {
	case f.Ended || f.Tokens == 0:
		one.fact = Settled
	case !f.Used:
		one.fact = Unused
	default:
		one.thresholds = untilEnd(f.CreatedAt, f.ExpiresAt, 0)
	}
	// That a token was used is not noted here; whether an unused one is by now is asked once a day.
	again := time.Time{}
	if one.fact == Unused {
		again = s.cfg.Now().Add(day)
	}
	return findings{findings: []finding{one}, again: again}, nil
}

// failsFor is how long something fails before anybody is told: what passes by itself needs nobody.
const failsFor = 5 * time.Minute

func failing(about Case, since time.Time) finding {
	about.BeginsAt, about.EndsAt = since, since
	if since.IsZero() {
		return finding{about: about, fact: Works}
	}
	return finding{
		about: about,
		thresholds: []Threshold{
			{Opened, since.Add(failsFor), true}, {StillSo, since.Add(day), true},
		},
	}
}

func (s *Service) job(ctx context.Context, name string) (findings, error) {
	f, err := s.cfg.Facts.JobFacts(ctx, name)
	if err != nil {
		return findings{}, err
	}
	about := Case{Kind: JobFails, Name: name, Todo: "job/" + name, Args: []string{f.Failure}}
	return findings{findings: []finding{failing(about, f.FailingSince)}}, nil
}
