package registration

import (
	"fmt"
	"iter"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/sealkeeper/sealkeeper/certs/rules"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
	"github.com/sealkeeper/sealkeeper/registration/checklist"
)

// Blocker is one reason why a bundle cannot be used yet, and what removes it.
type Blocker struct {
	Code       string      // stable, snake_case; catalogues of other languages are keyed by it
	Message    string      // what is wrong and what to do
	Args       []string    // the values in Message, in order
	Object     string      // id of the certificate or step it is about; empty: the bundle
	ObjectKind BlockerKind // what Object is the id of
	Slot       BlockerSlot // which of the bundle's certificates Message names before the rest; empty: none
	Remedy     Remedy
	Reason     bool // a reason given with the activation removes it
}

// Remedy is what removes a blocker, with the ids of what it is done to: those that its kind takes.
type Remedy struct {
	Kind           RemedyKind
	RegistrationID string // whose blocker it is
	ApplicationID  string // for EditApplication
	CertificateID  string // for InspectCertificate and AllowExport
	Subject        string // whose step StepID is: the enrolment's or the registration's
	StepID         string // for SetStep, RecordAnswer, and for EditApplication the step that asks for it
	Version        int    // for ActivateVersion
}

// RemedyKind says what is to be done. It is stable, snake_case.
type RemedyKind string

// What removes blockers.
const (
	SaveBundle         RemedyKind = "save_bundle"
	SetStep            RemedyKind = "set_step"
	RecordAnswer       RemedyKind = "record_answer" // of the bank
	EditApplication    RemedyKind = "edit_application"
	TestConnection     RemedyKind = "test_connection"
	ActivateVersion    RemedyKind = "activate_version"
	InspectCertificate RemedyKind = "inspect_certificate" // whose findings say what to do
	AllowExport        RemedyKind = "allow_export"
	TakeCatalogueFile  RemedyKind = "take_catalogue_file"
)

// BlockerSlot is a certificate of a bundle, or both of them.
type BlockerSlot string

// The slots.
const (
	SlotQWAC   BlockerSlot = "qwac"
	SlotQSealC BlockerSlot = "qsealc"
	SlotPair   BlockerSlot = "pair"
)

var slotNames = map[BlockerSlot]string{
	SlotQWAC:   "Transport certificate (QWAC)",
	SlotQSealC: "Signing certificate (QSealC)",
	SlotPair:   "QWAC and QSealC",
}

// in names the certificate that a blocker is about: the same is often wrong with
// both, and one sentence twice tells nobody so.
func (b Blocker) in(slot BlockerSlot) Blocker {
	first, size := utf8.DecodeRuneInString(b.Message)
	b.Slot, b.Message = slot, slotNames[slot]+": "+string(unicode.ToLower(first))+b.Message[size:]
	return b
}

// BlockerKind is what a blocker is about.
type BlockerKind string

// What a blocker can be about.
const (
	AboutBundle      BlockerKind = "bundle"
	AboutCertificate BlockerKind = "certificate"
	AboutStep        BlockerKind = "step"
)

// notReady is the one error that names every blocker; nil if there is none.
func notReady(blockers []Blocker) error {
	if len(blockers) == 0 {
		return nil
	}
	sentences := make([]string, len(blockers))
	for i, b := range blockers {
		sentences[i] = b.Message
	}
	return fault.New(fault.Conflict, "not_ready", "This cannot be used yet. %s", strings.Join(sentences, " "))
}

// blocker is one that the bundle form removes. format takes the args.
func (f bundleFacts) blocker(code, format string, args ...string) Blocker {
	values := make([]any, len(args))
	for i, a := range args {
		values[i] = a
	}
	return Blocker{
		Code:       code,
		Message:    fmt.Sprintf(format, values...),
		Args:       append([]string{}, args...),
		ObjectKind: AboutBundle,
		Remedy:     f.remedy(SaveBundle),
	}
}

// about says that a blocker is about a certificate in the bundle.
func (b Blocker) about(certificateID string) Blocker {
	if certificateID != "" {
		b.Object, b.ObjectKind = certificateID, AboutCertificate
	}
	return b
}

func (f bundleFacts) remedy(kind RemedyKind) Remedy {
	return Remedy{Kind: kind, RegistrationID: f.registration.ID}
}

func (f bundleFacts) stepOpen(step checklist.Step) Blocker {
	return Blocker{
		Code:       "step_open",
		Message:    "The step " + quoted(step.Title.EN) + " is not done.",
		Args:       []string{step.Title.EN},
		Object:     step.ID,
		ObjectKind: AboutStep,
		Remedy:     f.stepRemedy(step),
	}
}

// stepRemedy is what does a step. One that the program checks cannot be set: what it is about can.
func (f bundleFacts) stepRemedy(step checklist.Step) Remedy {
	r := f.remedy(SetStep)
	r.Subject, r.StepID = step.Subject, step.ID
	switch step.Check {
	case catalogue.CheckClientURIs:
		r.Kind, r.ApplicationID = EditApplication, f.registration.ApplicationID
	case catalogue.CheckBankAnswer:
		r.Kind = RecordAnswer
	}
	return r
}

// quoted is strconv.Quote, which is slow, for what needs no escape.
func quoted(text string) string {
	if strings.ContainsAny(text, "\"\\\n") {
		return strconv.Quote(text)
	}
	return `"` + text + `"`
}

// gateClosed is a blocker where something about a step was checked and found wrong.
func (f bundleFacts) gateClosed(step checklist.Step, g checklist.Gate) Blocker {
	b := f.stepOpen(step)
	b.Code, b.Message, b.Args = g.Code, g.Message, g.Args
	if g.Object == f.registration.ApplicationID {
		b.Remedy.Kind, b.Remedy.ApplicationID = EditApplication, g.Object
	}
	return b
}

// exportNotAllowed is a blocker where the export of a certificate's private key is not allowed yet.
func (f bundleFacts) exportNotAllowed(c certificateFacts, slot BlockerSlot) Blocker {
	b := f.blocker(c.notLive.code, "%s", c.notLive.message).about(c.id).in(slot)
	b.Remedy.Kind, b.Remedy.CertificateID = AllowExport, c.id
	return b
}

// revocations are blockers where an issuer has revoked what is in the bundle.
func (f bundleFacts) revocations() []Blocker {
	var found []Blocker
	for slot, c := range f.slots() {
		if c.revoked == nil {
			continue
		}
		on := c.revoked.At.Format(day)
		b := f.blocker("certificate_revoked", "It was revoked on %s by its issuer; choose another one.", on)
		switch {
		case c.revoked.Compromised:
			b = f.blocker("certificate_compromised",
				"It was declared compromised on %s and is frozen; choose another one.", on)
		case c.revoked.Issuer != "":
			b = f.blocker("issuer_revoked",
				"The issuing certificate %s was revoked on %s; choose a certificate of another issuing certificate.",
				c.revoked.Issuer, on)
		}
		found = append(found, b.about(c.id).in(slot))
	}
	return found
}

// slots are the certificates of the bundle in their order.
func (f bundleFacts) slots() iter.Seq2[BlockerSlot, certificateFacts] {
	return func(yield func(BlockerSlot, certificateFacts) bool) {
		_ = yield(SlotQWAC, f.qwac) && yield(SlotQSealC, f.qsealc)
	}
}

func (f bundleFacts) institutionGone() Blocker {
	b := f.blocker("institution_gone",
		"The catalogue no longer describes %s, so nothing is called there: have its file proposed again and take it.",
		f.gone)
	b.Remedy.Kind = TakeCatalogueFile
	return b
}

func (f bundleFacts) notTested() Blocker {
	b := f.blocker("not_tested", "The connection has not been tested successfully with this version; test it.")
	b.Remedy.Kind = TestConnection
	return b
}

func (f bundleFacts) noClientAuth() Blocker {
	b := f.blocker("no_client_auth",
		"The QWAC is not made for TLS clients (no clientAuth): a bank that checks it refuses "+
			"the connection. Choose another one, or activate the version with the reason why it will do.").
		about(f.bundle.QWACID)
	b.Remedy.Kind, b.Remedy.Version, b.Reason = ActivateVersion, f.bundle.Version, true
	return b
}

func (f bundleFacts) notActive() Blocker {
	b := f.blocker("not_active", "No bundle is active; activate one.")
	b.Remedy.Kind, b.Remedy.Version = ActivateVersion, max(1, f.bundle.Version)
	return b
}

// findings are blockers where a rule about certificates found an error. What is
// wrong with a certificate alone is read on its page.
func (f bundleFacts) findings(found []rules.Finding, certificateID string, slot BlockerSlot) []Blocker {
	var blockers []Blocker
	for _, finding := range found {
		if finding.Severity != rules.SeverityError {
			continue
		}
		b := f.blocker(finding.Code, "%s", strings.TrimSpace(finding.Message+" "+finding.Remedy)).
			about(certificateID).in(slot)
		b.Args = append([]string{}, finding.Args...)
		if slot != SlotPair {
			b.Remedy.Kind, b.Remedy.CertificateID = InspectCertificate, certificateID
		}
		blockers = append(blockers, b)
	}
	return blockers
}
