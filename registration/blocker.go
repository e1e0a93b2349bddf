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

// notReady is the one error that names every blocker.
func notReady(blockers []Blocker) error {
	sentences := make([]string, len(blockers))
	for i, b := range blockers {
		sentences[i] = b.Message
	}
	return fault.New(fault.Conflict, "not_ready", "This cannot be used yet. %s", strings.Join(sentences, " "))
}

// blocker is one that the bundle form removes. format takes the args.
func (v View) blocker(code, format string, args ...string) Blocker {
	values := make([]any, len(args))
	for i, a := range args {
		values[i] = a
	}
	return Blocker{
		Code:       code,
		Message:    fmt.Sprintf(format, values...),
		Args:       append([]string{}, args...),
		ObjectKind: AboutBundle,
		Link:       v.page("#bundle"),
		API:        "PUT " + v.path("/bundle"),
	}
}

// about says that a blocker is about a certificate in the bundle.
func (b Blocker) about(certificateID string) Blocker {
	if certificateID != "" {
		b.Object, b.ObjectKind = certificateID, AboutCertificate
	}
	return b
}

func (v View) stepOpen(step StepView) Blocker {
	return Blocker{
		Code:       "step_open",
		Message:    "The step " + quoted(step.Title.EN) + " is not done.",
		Args:       []string{step.Title.EN},
		Object:     step.ID,
		ObjectKind: AboutStep,
		Link:       v.page("#step-" + step.ID),
		API:        v.stepAPI(step),
	}
}

// stepAPI is the call that does a step. One that the program checks cannot be set: what it is about can.
func (v View) stepAPI(step StepView) string {
	switch step.Check {
	case catalogue.CheckClientURIs:
		return "PUT /v1/applications/" + v.Application.ID
	case catalogue.CheckCertificatesUploaded:
		return "POST /v1/certificates"
	case catalogue.CheckBankAnswer:
		return "POST /v1/checklists/" + step.Subject + "/steps/" + step.ID + "/answer"
	}
	return "PUT " + v.path("/steps/"+step.ID)
}

// quoted is strconv.Quote, which is slow, for what needs no escape.
func quoted(text string) string {
	if strings.ContainsAny(text, "\"\\\n") {
		return strconv.Quote(text)
	}
	return `"` + text + `"`
}

func (v View) notTested() Blocker {
	b := v.blocker("not_tested", "The connection has not been tested successfully with this version; test it.")
	b.Link, b.API = v.page("#test"), "POST "+v.path("/test")
	return b
}

func (v View) notActive() Blocker {
	b := v.blocker("not_active", "No bundle is active; activate one.")
	b.Link, b.API = v.page("#versions"), fmt.Sprintf("POST %s",
		v.path(fmt.Sprintf("/bundles/%d/activate", max(1, v.candidate().Version))))
	return b
}

// findings are blockers where a rule about certificates found an error. What is
// wrong with a certificate alone is read on its page.
func (v View) findings(found []certs.Finding, certificateID string, slot BlockerSlot) []Blocker {
	var blockers []Blocker
	for _, f := range found {
		if f.Severity != certs.SeverityError {
			continue
		}
		b := v.blocker(f.Code, "%s", strings.TrimSpace(f.Message+" "+f.Remedy)).about(certificateID).in(slot)
		b.Args = append([]string{}, f.Args...)
		if slot != SlotPair {
			b.Link, b.API = "/certificates/"+certificateID, "GET /v1/certificates/"+certificateID
		}
		blockers = append(blockers, b)
	}
	return blockers
}

func (v View) page(fragment string) string { return "/registrations/" + v.Registration.ID + fragment }

func (v View) path(rest string) string { return "/v1/registrations/" + v.Registration.ID + rest }
