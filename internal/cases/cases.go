// Package cases answers one question: what ends or has broken, and has anybody seen to it? A case
// is opened at the first
// threshold of a thing, and closed by a fact, never by time alone.
package cases

import (
	"time"

	"github.com/sealkeeper/sealkeeper/internal/environment"
)

// Kind says what a case is about.
type Kind string

// The kinds of case.
const (
	CertificateEnds Kind = "certificate"      // a certificate in use ends
	ChainEnds       Kind = "chain"            // an issuing certificate in the chain of one in use ends before it
	Revoked         Kind = "revoked"          // the issuer of a certificate in use has revoked it
	IssuerRevoked   Kind = "issuer_revoked"   // an issuing certificate in the chain of one in use was revoked
	Withdrawn       Kind = "withdrawn"        // the service that issued one in use may no longer issue qualified ones
	BankCertificate Kind = "bank_certificate" // the certificate that a host of a bank presents ends
	BankUntrusted   Kind = "bank_untrusted"   // what a host of a bank presents is not trusted
	BankIssuer      Kind = "bank_issuer"      // what a host of a bank presents comes from another issuer than before
	// a register says that the authorisation in one in use is over, or lost it
	Unauthorised  Kind = "authorisation"
	RoleUnlisted  Kind = "role"           // a register does not list a role in one in use
	Compromised   Kind = "compromised"    // somebody has declared a certificate compromised
	ConsentEnds   Kind = "consent"        // a customer's long consent ends
	SecretEnds    Kind = "client_secret"  // a client secret in use ends, as somebody was told
	AgreementEnds Kind = "agreement"      // the agreement with a bank in use ends, as somebody was told
	ServiceToken  Kind = "service_token"  // the last token of a service account that uses it ends
	VaultLogin    Kind = "vault_login"    // the service's login to Vault ends
	SnapshotOld   Kind = "vault_snapshot" // Vault's newest snapshot is too old
	AccessReview  Kind = "access_review"  // a review of who may do what is due
	BankSilent    Kind = "bank_silent"    // the day to remind the bank has come
	ApprovalWaits Kind = "approval"       // a change waits for a second person
	Unreviewed    Kind = "emergency"      // nobody has looked at what two people did in an emergency
	FormerVersion Kind = "former_version" // services still use a former version of a bundle
	CustodyBroken Kind = "custody"        // custody does not answer
	AuditBroken   Kind = "audit"          // the audit log cannot be written
	JobFails      Kind = "job"            // shared periodic work fails
	ChannelFails  Kind = "channel"        // messages of one channel do not arrive
)

// Kinds are all of them.
func Kinds() []Kind {
	return []Kind{
		CertificateEnds, ChainEnds, Revoked, IssuerRevoked, Withdrawn, Unauthorised, RoleUnlisted, Compromised,
		BankCertificate, BankUntrusted, BankIssuer, ConsentEnds, SecretEnds, AgreementEnds,
		ServiceToken, VaultLogin, SnapshotOld, AccessReview, BankSilent, ApprovalWaits, Unreviewed, FormerVersion,
		CustodyBroken, AuditBroken, JobFails, ChannelFails,
	}
}

// What happens to a case, each thing once. The first are thresholds.
const (
	Opened      = "opened"        // there is time to act
	Halfway     = "halfway"       // half of the time to act is over
	LastSafeDay = "last_safe_day" // from now on, the slowest bank may be too slow
	SevenDays   = "seven_days"
	OneDay      = "one_day"
	Ended       = "ended" // it has come to its end
	StillSo     = "still_so"
	Escalated   = "escalated" // it is urgent, and nobody has acknowledged it
	Closed      = "closed"
	reminded    = "reminded." // its acknowledgement is over; followed by when, in Unix seconds
)

// The facts that close a case.
const (
	Replaced = "replaced" // where it was in use, something else is
	Unused   = "unused"   // nothing uses it any more
	Retired  = "retired"  // or destroyed
	Renewed  = "renewed"  // its end is another one
	Settled  = "settled"  // answered, decided, revoked
	Works    = "works"    // again
	Gone     = "gone"     // there is no such thing any more
)

// Threshold is a moment from which on somebody is to know of a case.
type Threshold struct {
	What   string
	At     time.Time
	Urgent bool // whoever is called when something is urgent is told at once
}

// Case is one thing that ends or has broken.
type Case struct {
	ID          string
	Kind        Kind
	Watched     Watched          // the thing: a certificate, registration, consent, approval, account or job
	Name        string           // of the thing, for people
	Todo        string           // cases with the same one are one thing to do
	Environment environment.Name // empty: it belongs to neither
	Places      []string         // ids of registrations that it cuts off, the first maxPlaces
	PlaceCount  int
	Args        []string // values of its sentence, by kind
	BeginsAt    time.Time
	EndsAt      time.Time     // of what has broken: since when
	Lead        time.Duration // what the slowest bank takes; 0: it does not matter
	Threshold   string        // the last one passed
	Urgent      bool
	UrgentAt    time.Time // zero: it is not
	Owner       string
	Deputies    []string
	Acknowledgement
	EscalatedAt time.Time // zero: it was not
	OpenedAt    time.Time
	ClosedAt    time.Time // zero: it is open
	Fact        string    // that closed it
	Revision    int
}

// Acknowledgement says that somebody sees to a case. Its messages are quiet until then, but for its very end.
type Acknowledgement struct {
	By, ByName string
	At         time.Time // zero: nobody has
	Until      time.Time
	Reason     string
}

// Broken reports whether the case is about something that has broken, and not about something that will end.
func (c Case) Broken() bool {
	switch c.Kind {
	case CustodyBroken, AuditBroken, SnapshotOld, JobFails, ChannelFails, FormerVersion, Revoked, IssuerRevoked,
		Withdrawn, Unauthorised, RoleUnlisted, Compromised, BankUntrusted, BankIssuer:
		return true
	}
	return false
}

// Acknowledged reports whether somebody has said that they see to it, until later than now.
func (c Case) Acknowledged(now time.Time) bool { return !c.At.IsZero() && now.Before(c.Until) }

// Event is something that happened to a case. Events of one database are numbered in their order.
type Event struct {
	Seq    int64
	ID     string
	CaseID string
	What   string
	Urgent bool
	At     time.Time
}

// Watched names a thing that is looked at when it is due.
type Watched struct {
	Kind SubjectKind
	ID   string
}

// SubjectKind says what a watched thing is.
type SubjectKind string

// The kinds of watched things. Triggers of the database write all but System.
const (
	Certificate    SubjectKind = "certificate"
	Registration   SubjectKind = "registration"
	Consent        SubjectKind = "consent"
	Step           SubjectKind = "step" // subject/step
	Approval       SubjectKind = "approval"
	ServiceAccount SubjectKind = "service"
	BankHost       SubjectKind = "bank_host" // institution/host
	Job            SubjectKind = "job"
	System         SubjectKind = "system" // a part of the program
)

// Subject is a watched thing that is due.
type Subject struct {
	Watched
	Changes int64     // of its facts so far
	Changed bool      // they have, since it was looked at; else its time has come
	Since   time.Time // since when it has failed; zero: it has not
}

const day = 24 * time.Hour

// DefaultLead is what a bank takes whose lead time nobody knows: three weeks, in which a bank that answers e-mails
// within ten working days can be asked twice.
const DefaultLead = 21 * day

// mostMargin is how long before the last safe day a case is opened at most.
const mostMargin = 60 * day

// untilEnd are the thresholds of something that ends. They follow from how long it lives and from what a change takes:
// a third of its life before the last safe day, at most 60 days, and never in the first third of its life.
func untilEnd(begins, ends time.Time, lead time.Duration) []Threshold {
	life := ends.Sub(begins)
	open := min(lead+min(life/3, mostMargin), life*2/3)
	if open <= 0 {
		return []Threshold{{Ended, ends, true}}
	}
	all := []Threshold{{Opened, ends.Add(-open), lead >= open}}
	for _, t := range []Threshold{
		{Halfway, ends.Add(-(lead + open) / 2), false},
		{LastSafeDay, ends.Add(-lead), true},
		{SevenDays, ends.Add(-7 * day), true},
		{OneDay, ends.Add(-day), true},
		{Ended, ends, true},
	} {
		if t.At.After(all[len(all)-1].At) && (lead > 0 || t.What != LastSafeDay) {
			all = append(all, t)
		}
	}
	return all
}
