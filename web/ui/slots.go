package ui

import (
	"cmp"
	"context"
	"encoding/pem"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
	"github.com/sealkeeper/sealkeeper/registration/checklist"
)

// slot is one place of a bundle: what the version in use has in it, and what the draft has.
type slot struct {
	Name    string // of the set slot.*
	Icon    string
	Active  slotValue
	Draft   slotValue
	Follows string // of the set follows.*: what comes of the difference; "" when there is none
	Compare string // address of the comparison in full
}

// Changed reports whether the draft would change what is in use.
func (s slot) Changed() bool { return s.Draft.Text != s.Active.Text || s.Draft.ref != s.Active.ref }

// slotValue is what one version has in a slot. Secrets have no text.
type slotValue struct {
	Text, URL string
	Small     string // what else there is to say
	Code      bool   // the text is to be read letter by letter
	Secret    bool   // there is one, and it is not shown
	Missing   bool
	ref       string // changes with the secret
}

// slotView is a slot as the page shows it.
type slotView struct {
	slot
	Changes bool      // there are two values to show
	Value   slotValue // else the one there is
}

func slotOf(p registrationPage, s slot) slotView {
	v := slotView{slot: s, Value: s.Active}
	if p.Active() == nil {
		v.Value = s.Draft
	}
	v.Changes = p.Active() != nil && p.Draft() != nil && s.Changed()
	return v
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

// slotNames are the places of a bundle that a person fills, in order.
var slotNames = []struct{ name, icon string }{
	{"transport", "seal"},
	{"signing", "seal"},
	{"client_id", "key"},
	{"client_secret", "lock"},
	{"trust_anchors", "bank"},
}

// slots puts the version in use and the draft side by side. A page with one of them shows that one.
func (u *UI) slots(ctx context.Context, w *words, data *registrationPage) []slot {
	active, draft := data.Active(), data.Draft()
	if active == nil && draft == nil {
		draft = &registration.Bundle{}
	}
	slots := make([]slot, len(slotNames))
	for i, s := range slotNames {
		slots[i] = slot{Name: s.name, Icon: s.icon}
	}
	fill := func(b *registration.Bundle, into func(s *slot) *slotValue) {
		if b == nil {
			return
		}
		for i, value := range u.slotValues(ctx, w, data, *b) {
			value.Missing = value.Text == "" && !value.Secret
			*into(&slots[i]) = value
		}
	}
	fill(active, func(s *slot) *slotValue { return &s.Active })
	fill(draft, func(s *slot) *slotValue { return &s.Draft })
	if active != nil && draft != nil {
		for i := range slots {
			if slots[i].Changed() {
				slots[i].Follows = follows(slots[i].Name, data.Institution)
			}
		}
		slots[0].Compare, slots[1].Compare = data.QWACChange, data.QSealCChange
	}
	return slots
}

func (u *UI) slotValues(ctx context.Context, w *words, data *registrationPage, b registration.Bundle) []slotValue {
	secret := slotValue{Secret: b.CredentialsRef != "", ref: b.CredentialsRef}
	if by, at := recorded(data.Bundles, b.CredentialsRef); secret.Secret && !at.IsZero() {
		secret.Small = w.own("bundle.recorded", w.Moment(at), u.personName(ctx, by)).Text
	}
	return []slotValue{data.certificateSlot(w, b.QWACID), data.certificateSlot(w, b.QSealCID), {
		Text: b.ClientID,
		Code: true,
	}, secret,
		w.anchorsSlot(b.TrustAnchors, data.Anchors)}
}

// anchorsSlot says whose certificates the bank's servers are trusted by: those of the version, and
// those of the bank's profile or else the system's.
func (w *words) anchorsSlot(own []string, ofProfile int) slotValue {
	var names []string
	for _, text := range own {
		if block, _ := pem.Decode([]byte(text)); block != nil {
			if c, err := certs.ParseCertificate(block.Bytes); err == nil {
				names = append(names, cmp.Or(c.SubjectName.CommonName(), c.Subject))
			}
		}
	}
	value := slotValue{Text: strings.Join(names, ", "), ref: strings.Join(own, "")}
	if ofProfile > 0 {
		if text, err := w.Count("bundle.anchors_own", ofProfile); err == nil {
			value.Small = text
		}
	}
	if value.Text == "" {
		value.Text, value.Small = value.Small, ""
	}
	if value.Text == "" {
		value.Text = w.own("bundle.anchors_system").Text
	}
	return value
}

// certificateSlot names a certificate, and when it ends.
func (p *registrationPage) certificateSlot(w *words, id string) slotValue {
	value := slotValue{Text: id, ref: id}
	if id == "" {
		return value
	}
	for _, r := range slices.Concat(p.QWACs, p.QSealCs) {
		if r.ID == id {
			value.Text, value.URL = r.Name, "/certificates/"+id
			if until, err := w.Distance(w.now(), r.Leaf.NotAfter); err == nil {
				value.Small = fmt.Sprintf("%s, %s", until, w.Date(r.Leaf.NotAfter))
			}
		}
	}
	return value
}

// recorded is who gave the credentials that ref stands for, and when: the first version that has them says so.
func recorded(versions []registration.Bundle, ref string) (by string, at time.Time) {
	for _, b := range versions { // newest first
		if b.CredentialsRef == ref {
			by, at = b.CreatedBy, b.CreatedAt
		}
	}
	return by, at
}

// follows is what comes of changing a slot. For the transport certificate that
// is a matter of how the bank recognises one.
func follows(slot string, in catalogue.Institution) string {
	if slot == "transport" {
		return "by_" + in.Acceptance.RecognisesBy.Value
	}
	return slot
}

// hosts are the bank's addresses in a profile.
func hosts(profile map[string]any) []string {
	var found []string
	for _, key := range []string{"ais_base_url", "pis_base_url", "token_url", "authorize_url"} {
		text, _ := profile[key].(string)
		address, err := url.Parse(text)
		if err == nil && address.Host != "" && !slices.Contains(found, address.Host) {
			found = append(found, address.Host)
		}
	}
	return found
}

// anchors counts the trust anchors a profile adds.
func anchors(profile map[string]any) int {
	connection, _ := profile["connection"].(map[string]any)
	list, _ := connection["trust_anchors"].([]any)
	return len(list)
}
