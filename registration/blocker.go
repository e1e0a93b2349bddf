package registration

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
)

// Blocker is one reason why a bundle cannot be used yet, and where it is removed.
type Blocker struct {
	Code       string      `json:"code"`        // stable, snake_case; catalogues of other languages are keyed by it
	Message    string      `json:"message"`     // what is wrong and what to do
	Args       []string    `json:"args"`        // the values in Message, in order
	Object     string      `json:"object"`      // id of the certificate or step it is about; empty: the bundle
	ObjectKind BlockerKind `json:"object_kind"` // what Object is the id of
	Link       string      `json:"link"`        // page of the console where it is removed
	API        string      `json:"api"`         // the operation that removes it, as method and path
	// which of the bundle's certificates Message names before the rest; empty: none
	Slot BlockerSlot `json:"slot"`
}

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
		Link:       f.page("#bundle"),
		API:        "PUT " + f.path("/bundle"),
	}
}

// about says that a blocker is about a certificate in the bundle.
func (b Blocker) about(certificateID string) Blocker {
	if certificateID != "" {
		b.Object, b.ObjectKind = certificateID, AboutCertificate
	}
	return b
}

func (f bundleFacts) stepOpen(step StepView) Blocker {
	return Blocker{
		Code:       "step_open",
		Message:    "The step " + quoted(step.Title.EN) + " is not done.",
		Args:       []string{step.Title.EN},
		Object:     step.ID,
		ObjectKind: AboutStep,
		Link:       f.page("#step-" + step.ID),
		API:        f.stepAPI(step),
	}
}

// stepAPI is the call that does a step. One that the program checks cannot be set: what it is about can.
func (f bundleFacts) stepAPI(step StepView) string {
	switch step.Check {
	case catalogue.CheckClientURIs:
		return "PUT /v1/applications/" + f.registration.ApplicationID
	case catalogue.CheckCertificatesUploaded:
		return "POST /v1/certificates"
	case catalogue.CheckBankAnswer:
		return "POST /v1/checklists/" + step.Subject + "/steps/" + step.ID + "/answer"
	}
	return "PUT " + f.path("/steps/"+step.ID)
}

// quoted is strconv.Quote, which is slow, for what needs no escape.
func quoted(text string) string {
	if strings.ContainsAny(text, "\"\\\n") {
		return strconv.Quote(text)
	}
	return `"` + text + `"`
}

// gateClosed is a blocker where something about a step was checked and found wrong.
func (f bundleFacts) gateClosed(step StepView, g Gate) Blocker {
	b := f.stepOpen(step)
	b.Code, b.Message, b.Args = g.Code, g.Message, g.Args
	return b
}

// notAllowedOnLive is a blocker where the private key of a certificate is stored to be handed out.
func (f bundleFacts) notAllowedOnLive(c certificateFacts, slot BlockerSlot) Blocker {
	b := f.blocker(c.notLive.code, "%s", c.notLive.message).about(c.id).in(slot)
	b.Link, b.API = "/certificates/"+c.id, "POST /v1/certificates/"+c.id+"/allow-on-live"
	return b
}

func (f bundleFacts) notTested() Blocker {
	b := f.blocker("not_tested", "The connection has not been tested successfully with this version; test it.")
	b.Link, b.API = f.page("#test"), "POST "+f.path("/test")
	return b
}

func (f bundleFacts) notActive() Blocker {
	b := f.blocker("not_active", "No bundle is active; activate one.")
	b.Link, b.API = f.page("#versions"), fmt.Sprintf("POST %s",
		f.path(fmt.Sprintf("/bundles/%d/activate", max(1, f.bundle.Version))))
	return b
}

// findings are blockers where a rule about certificates found an error. What is
// wrong with a certificate alone is read on its page.
func (f bundleFacts) findings(found []certs.Finding, certificateID string, slot BlockerSlot) []Blocker {
	var blockers []Blocker
	for _, finding := range found {
		if finding.Severity != certs.SeverityError {
			continue
		}
		b := f.blocker(finding.Code, "%s", strings.TrimSpace(finding.Message+" "+finding.Remedy)).
			about(certificateID).in(slot)
		b.Args = append([]string{}, finding.Args...)
		if slot != SlotPair {
			b.Link, b.API = "/certificates/"+certificateID, "GET /v1/certificates/"+certificateID
		}
		blockers = append(blockers, b)
	}
	return blockers
}

func (f bundleFacts) page(fragment string) string {
	return "/registrations/" + f.registration.ID + fragment
}

func (f bundleFacts) path(rest string) string { return "/v1/registrations/" + f.registration.ID + rest }
