package registrations

import (
	"context"

	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
	"github.com/sealkeeper/sealkeeper/registration/checklist"
	"github.com/sealkeeper/sealkeeper/web/ui/link"
	"github.com/sealkeeper/sealkeeper/web/ui/wording"
)

// slot is one place of a bundle: what the version in use has in it, and what the draft has.
type slot struct {
	Name    string // of the set slot.*
	Icon    string
	Active  slotValue
	Draft   slotValue
	Value   slotValue // where there is one version: what it has
	Changes bool      // the draft would change what is in use
	Follows string    // of the set follows.*: what comes of the difference; "" when there is none
	Compare string    // address of the comparison in full
}

// slotNames are the places of a bundle that a person fills, in order.
var slotNames = []struct{ name, icon string }{
	{"transport", "seal"},
	{"signing", "seal"},
	{"client_id", "key"},
	{"client_secret", "lock"},
	{"trust_anchors", "bank"},
	{"credentials", "key"}, // the last one: many banks give nothing else
}

// slots puts the version in use and the draft side by side. A page with one of them shows that one.
// comparable: the reader may compare certificates.
func (h *Handler) slots(ctx context.Context, tr *wording.Translator, data *registrationPage, comparable bool) []slot {
	names := slotNames
	if len(data.Institution.Further()) == 0 {
		names = names[:len(names)-1]
	}
	slots := make([]slot, len(names))
	for i, s := range names {
		slots[i] = slot{Name: s.name, Icon: s.icon}
	}
	active, draft := data.Active(), data.Draft()
	if active == nil && draft == nil {
		draft = &registration.Bundle{}
	}
	if draft != nil {
		for i, value := range h.slotValues(ctx, tr, data, *draft)[:len(slots)] {
			slots[i].Draft, slots[i].Value = value, value
		}
	}
	if active != nil {
		for i, value := range h.slotValues(ctx, tr, data, *active)[:len(slots)] {
			slots[i].Active, slots[i].Value = value, value
		}
	}
	if active == nil || draft == nil {
		return slots
	}
	for i := range slots {
		slots[i].compare(data.Institution)
	}
	if comparable {
		slots[0].Compare = compareURL(active.QWACID, draft.QWACID)
		slots[1].Compare = compareURL(active.QSealCID, draft.QSealCID)
	}
	return slots
}

// compare says whether the draft would change the slot, and what comes of that. For the transport
// certificate it is a matter of how the bank recognises one.
func (s *slot) compare(in catalogue.Institution) {
	if s.Draft.Text == s.Active.Text && s.Draft.ref == s.Active.ref {
		return
	}
	s.Changes, s.Follows = true, s.Name
	if s.Name == "transport" {
		s.Follows = "by_" + in.Acceptance.RecognisesBy.Value
	}
}

// compareURL compares the certificate in use with another that is to take its place.
func compareURL(inUse, next string) string {
	if inUse == "" || next == "" || inUse == next {
		return ""
	}
	return link.Comparison(inUse, next)
}

// Subscriptions are the steps by which the bank's APIs are subscribed to.
func (p registrationPage) Subscriptions() []checklist.Step {
	var found []checklist.Step
	for _, s := range p.Steps {
		if s.Role != "" {
			found = append(found, s)
		}
	}
	return found
}
