package trustlist

import (
	"slices"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
)

// QualifiedCA is the type of services that issue qualified certificates (TS 119 612 clause 5.5.1.1).
const QualifiedCA = "http://uri.etsi.org/TrstSvc/Svctype/CA/QC"

// Status is the last part of a status's URI (TS 119 612 clause 5.5.4).
type Status string

// The statuses that the text here depends on. Until 30 June 2016 there were others.
const (
	Granted   Status = "granted"
	Withdrawn Status = "withdrawn"
)

// Grants reports whether a service of this status may issue qualified certificates. The latter three are of before 1
// July 2016 (TS 119 615 clause 4.4).
func (s Status) Grants() bool {
	return slices.Contains([]Status{Granted, "undersupervision", "supervisionincessation", "accredited"}, s)
}

// The purposes that a service may be listed for (TS 119 612 clause 5.5.9.4).
const (
	ForSignatures = "ForeSignatures"
	ForSeals      = "ForeSeals"
	ForWebsites   = "ForWebSiteAuthentication"
)

// State is what a service is from a moment on.
type State struct {
	Type     string // as QualifiedCA
	Status   Status
	Since    time.Time
	Purposes []string // those it is listed for
	Limits   []Qualification
}

// At returns what a service was at a time; false: it was not listed yet.
func (s Service) At(at time.Time) (State, bool) {
	found, listed := State{}, false
	for _, state := range s.States {
		if !state.Since.After(at) && (!listed || state.Since.After(found.Since)) {
			found, listed = state, true
		}
	}
	return found, listed
}

// Qualified reports whether a service was ever one that issues qualified certificates.
func (s Service) Qualified() bool {
	return slices.ContainsFunc(s.States, func(state State) bool { return state.Type == QualifiedCA })
}

// Standing is what a state of a service means for a certificate that the service has issued.
type Standing string

// The standings.
const (
	Good          Standing = "granted"        // it may issue such certificates
	Gone          Standing = "withdrawn"      // it may not, or not any more
	NotYet        Standing = "not_yet"        // it was not listed yet
	OtherPurpose  Standing = "other_purpose"  // it may issue qualified certificates, and not of this kind
	NotQualified  Standing = "not_qualified"  // the list says so, or neither says that it is
	Indeterminate Standing = "indeterminable" // the list says that in a way that is not read
)

// Judge says what the state at a time means for a certificate of a service (TS 119 615 clause 4.4).
func (s Service) Judge(c *certs.Certificate, at time.Time) (Standing, State) {
	state, listed := s.At(at)
	switch {
	case !listed:
		return NotYet, state
	case state.Type != QualifiedCA || !state.Status.Grants():
		return Gone, state
	}
	qualifiers, determinable := qualifiersFor(state.Limits, c)
	purpose := map[certs.Kind]string{
		certs.QWAC:   ForWebsites,
		certs.QSealC: ForSeals,
		certs.QESign: ForSignatures,
	}[c.Kind]
	stated := map[certs.Kind]string{
		certs.QWAC:   "QCForWSA",
		certs.QSealC: "QCForESeal",
		certs.QESign: "QCForESig",
	}[c.Kind]
	has := func(q string) bool { return slices.Contains(qualifiers, q) }
	switch {
	case has("NotQualified"):
		return NotQualified, state
	case c.QC.Compliance || has("QCStatement"):
	case !determinable:
		return Indeterminate, state
	default: // neither the certificate nor the list calls it qualified
		return NotQualified, state
	}
	switch {
	case stated != "" && has(stated): // what the list says of its kind goes before what it says itself
		return Good, state
	case has("QCForWSA"), has("QCForESeal"), has("QCForESig"):
		return OtherPurpose, state
	case !determinable:
		return Indeterminate, state
	case purpose != "" && !slices.Contains(state.Purposes, purpose):
		return OtherPurpose, state
	}
	return Good, state
}
