package registrations

import (
	"cmp"
	"context"
	"encoding/pem"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/vault"
	"github.com/sealkeeper/sealkeeper/web/ui/link"
	"github.com/sealkeeper/sealkeeper/web/ui/wording"
)

// slotValue is what one version has in a slot. Secrets have no text.
type slotValue struct {
	Text, URL string
	Small     string // what else there is to say
	Code      bool   // the text is to be read letter by letter
	Secret    bool   // there is one, and it is not shown
	Missing   bool
	ref       string // changes with the secret
}

// slotValues are what a version has in its slots, in the order of slotNames.
func (h *Handler) slotValues(
	ctx context.Context, tr *wording.Translator, data *registrationPage, b registration.Bundle,
) []slotValue {
	values := []slotValue{
		data.certificateValue(tr, b.QWACID),
		data.certificateValue(tr, b.QSealCID),
		{Text: b.ClientID, Code: true},
		h.secretValue(ctx, tr, data, b.CredentialsRef),
		anchorsValue(tr, b.TrustAnchors, anchors(data.Institution.Profile)),
		furtherValue(tr, data.Institution, b),
	}
	for i, v := range values {
		values[i].Missing = v.Text == "" && !v.Secret
	}
	return values
}

// certificateValue names a certificate, and when it ends.
func (p *registrationPage) certificateValue(tr *wording.Translator, id string) slotValue {
	value := slotValue{Text: id, ref: id}
	if r := p.record(id); r != nil {
		value.Text, value.URL = r.Name, link.Certificate(id)
		ends := certs.Day(r.Leaf.NotAfter)
		value.Small = tr.Until(ends) + ", " + tr.Date(ends)
	}
	return value
}

// record is a certificate of the versions in use and prepared, nil when it is none.
func (p *registrationPage) record(id string) *vault.Record {
	i := slices.IndexFunc(p.records, func(r vault.Record) bool { return r.ID == id })
	if i < 0 {
		return nil
	}
	return &p.records[i]
}

// secretValue says who gave the credentials that ref stands for, and when.
func (h *Handler) secretValue(
	ctx context.Context, tr *wording.Translator, data *registrationPage, ref string,
) slotValue {
	if !data.Institution.GivesSecret() {
		return slotValue{Text: tr.Say("bundle.no_secret").Text}
	}
	value := slotValue{Secret: ref != "", ref: ref}
	if by, at := recorded(data.Bundles, ref); value.Secret && !at.IsZero() {
		value.Small = tr.Say("bundle.recorded", tr.Moment(at), h.People.Name(ctx, by)).Text
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

// anchorsValue says whose certificates the bank's servers are trusted by: those of the version, and
// those of the bank's profile or else the system's.
func anchorsValue(tr *wording.Translator, own []string, ofProfile int) slotValue {
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
		if text, err := tr.Count("bundle.anchors_own", ofProfile); err == nil {
			value.Small = text
		}
	}
	if value.Text == "" {
		value.Text, value.Small = value.Small, ""
	}
	if value.Text == "" {
		value.Text = tr.Say("bundle.anchors_system").Text
	}
	return value
}

// anchors counts the trust anchors a profile adds.
func anchors(profile map[string]any) int {
	connection, _ := profile["connection"].(map[string]any)
	list, _ := connection["trust_anchors"].([]any)
	return len(list)
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
