package checklist

import (
	"slices"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/connector/calendar"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
	"github.com/sealkeeper/sealkeeper/registration/email"
	"github.com/sealkeeper/sealkeeper/registration/evidence"
)

// Facts is everything the steps are judged by.
type Facts struct {
	Institution    catalogue.Institution
	EnrolmentID    string
	RegistrationID string // empty: the enrolment is looked at on its own
	ApplicationID  string
	Particulars    Particulars
	Bundle         Bundle
	QWAC, QSealC   *certs.Certificate // those of the bundle, or the newest there is; nil: none
	Holdings       Holdings
	Records        map[string][]Record        // by subject
	Evidence       map[string][]evidence.File // by subject
	Emails         []email.Email              // of both subjects, each one's newest first
	Now            time.Time
}

// Particulars are what a bank may have been told about us, as they are now.
type Particulars struct {
	LegalName       string
	AgreementNumber string
	ContactEmail    string
	ApplicationName string
	RedirectURIs    []string
	ClientURI       string
	TermsURI        string
}

// Bundle sums up the version that is prepared, or else the one in use.
type Bundle struct {
	QWACID      string
	QSealCID    string
	Credentials bool // client id and client secret are recorded
	Tested      bool // with success, or it was in use
	InUse       bool // a version is active, this or another
}

// Holdings are the ids of the organization's newest valid certificates in custody; empty: there is none.
type Holdings struct{ QWAC, QSealC string }

// Steps says how far the steps are. A step is listed after those it needs.
func (f *Facts) Steps() []Step {
	found := make([]Step, 0, len(f.Institution.Steps))
	for i := range f.Institution.Steps {
		step := &f.Institution.Steps[i]
		subject := f.EnrolmentID
		if step.Scope == catalogue.RegistrationScope {
			if f.RegistrationID == "" {
				continue
			}
			subject = f.RegistrationID
		}
		found = append(found, f.step(step, subject, found))
	}
	return found
}

// step says how far one is; before are those listed before it.
func (f *Facts) step(step *catalogue.Step, subject string, before []Step) Step {
	s := Step{Step: step, Subject: subject, Record: Record{Step: step.ID, State: Todo}}
	records := f.Records[subject]
	if j := slices.IndexFunc(records, func(r Record) bool { return r.Step == step.ID }); j >= 0 {
		s.Record = records[j]
	}
	for _, need := range step.Needs {
		if s.Record.CameDone() {
			break
		}
		if !settled(before, need) {
			s.Locked, s.LockedBy = true, append(s.LockedBy, need)
		}
	}
	switch {
	case s.Checked():
		f.decide(&s)
	case s.Locked && s.Record.State != NotNeeded:
		s.State = Todo // what was noted stays noted, and counts again when the need is met
	default:
		s.State = s.Record.State
	}
	s.Gates = f.gates(&s)
	for _, e := range f.Evidence[subject] {
		if e.Step == step.ID {
			s.Evidence = append(s.Evidence, e)
		}
	}
	zone := f.Institution.Zone()
	today := calendar.Of(f.Now, zone)
	s.Overdue = !s.Settled() && (s.Due(today, zone) || s.Reminds(today, zone))
	return s
}

func settled(steps []Step, id string) bool {
	for i := range steps {
		if steps[i].ID == id {
			return steps[i].Settled()
		}
	}
	return false
}

// decide says how far a step is that the program sees by itself.
func (f *Facts) decide(s *Step) {
	b := f.Bundle
	switch s.Check {
	case catalogue.CheckBankAnswer:
		f.answered(s)
	case catalogue.CheckCertificatesUploaded:
		s.State = progress(f.Holdings.QWAC != "", f.Holdings.QSealC != "")
	case catalogue.CheckInstitutionAdded:
		s.State = progress(f.RegistrationID != "")
	case catalogue.CheckClientURIs:
		s.State = progress(f.Particulars.ClientURI != "", f.Particulars.TermsURI != "")
	case catalogue.CheckCertificatesSelected:
		s.State = progress(b.QWACID != "", b.QSealCID != "")
	case catalogue.CheckCredentialsRecorded:
		s.State = progress(b.Credentials)
	case catalogue.CheckBundleSaved:
		s.State = progress(b.QWACID != "", b.QSealCID != "", b.Credentials)
	case catalogue.CheckConnectionTested:
		s.State = progress(b.Tested)
	case catalogue.CheckActivated:
		s.State = progress(b.InUse)
	}
}

// progress is done when all is there, and in progress when some is.
func progress(there ...bool) State {
	switch {
	case !slices.Contains(there, false):
		return Done
	case slices.Contains(there, true):
		return InProgress
	}
	return Todo
}

// Told is what the bank is told by a step, as it is now.
func (f *Facts) Told(step *catalogue.Step) map[string]string {
	if len(step.Tells) == 0 {
		return nil
	}
	told := make(map[string]string, len(step.Tells))
	for _, name := range step.Tells {
		told[name] = f.Particulars.value(name)
	}
	return told
}

// value is one thing a bank may have been told, by the name the catalogue has for it.
func (p *Particulars) value(name string) string {
	switch name {
	case catalogue.TellsRedirectURIs:
		return strings.Join(p.RedirectURIs, " ")
	case catalogue.TellsClientURI:
		return p.ClientURI
	case catalogue.TellsTermsURI:
		return p.TermsURI
	case catalogue.TellsApplicationName:
		return p.ApplicationName
	case catalogue.TellsLegalName:
		return p.LegalName
	case catalogue.TellsAgreement:
		return p.AgreementNumber
	case catalogue.TellsContact:
		return p.ContactEmail
	}
	return ""
}
