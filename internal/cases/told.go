package cases

import (
	"strings"
	"time"
)

// toldLife is for how long something is taken to have lived at least whose end people were told of: when it began, they
// need not know, and an end that is near has to be said at once.
const toldLife = 180 * day

// toldEnd is a finding about the end of something that the version in use of a registration needs.
func (s *Service) toldEnd(kind Kind, id, todo string, f RegistrationFacts, begins, ends time.Time) finding {
	if least := ends.Add(-toldLife); begins.IsZero() || begins.After(least) {
		begins = least
	}
	one := finding{about: Case{
		Kind:        kind,
		Name:        f.Name,
		Todo:        todo,
		Environment: s.environmentOf([]string{f.InstitutionID}),
		Places:      []string{id},
		PlaceCount:  1,
		BeginsAt:    begins,
		EndsAt:      ends,
	}}
	switch {
	case f.Version == 0:
		one.fact = Unused
	case ends.IsZero():
		one.fact = Replaced
	}
	return one
}

// secretEnd is about the client secret in use. People make another one on the bank's portal, where it counts at once.
func (s *Service) secretEnd(id string, f RegistrationFacts) finding {
	one := s.toldEnd(SecretEnds, id, "secret/"+id, f, f.SecretSince, f.SecretEnds)
	if one.fact == "" {
		one.thresholds = untilEnd(one.about.BeginsAt, f.SecretEnds, 0)
	}
	return one
}

// agreementEnd is about the agreement with the bank, which all registrations of an organization there share: one thing
// to do.
func (s *Service) agreementEnd(id string, f RegistrationFacts) finding {
	_, enrolled := s.cfg.Banks.Called(f.InstitutionID)
	var enrolment string
	var ends time.Time
	for at, end := range f.AgreementEnds {
		if enrolled != "" && strings.HasSuffix(at, "."+enrolled) {
			enrolment, ends = at, end
		}
	}
	one := s.toldEnd(AgreementEnds, id, "agreement/"+enrolment, f, time.Time{}, ends)
	switch one.fact {
	case "":
		one.about.Lead = s.lead([]string{f.InstitutionID})
		one.thresholds = untilEnd(one.about.BeginsAt, ends, one.about.Lead)
	case Replaced:
		one.fact = Renewed
	}
	return one
}
