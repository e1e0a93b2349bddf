package rules

import (
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
)

// Facts are what `sealkeeper inspect --json` and /v1 say of a certificate. Fields
// are only ever added.
type Facts struct {
	SHA256                 string     `json:"sha256"` // of the DER, lower-case hex
	Kind                   certs.Kind `json:"kind"`
	Subject                string     `json:"subject"` // RFC 4514
	Issuer                 string     `json:"issuer"`
	Serial                 string     `json:"serial"`
	NotBefore              time.Time  `json:"not_before,omitzero"` // left out when it cannot be read
	NotAfter               time.Time  `json:"not_after,omitzero"`
	OrganizationIdentifier string     `json:"organization_identifier"`
	PSD2                   *PSD2Facts `json:"psd2"`          // null without the PSD2 statement
	BrowserRules           []string   `json:"browser_rules"` // as Regime; empty: nothing claims them
	Findings               []Finding  `json:"findings"`
}

// PSD2Facts are the PSD2 statement of ETSI TS 119 495 clause 5.1.
type PSD2Facts struct {
	Roles   []RoleFacts `json:"roles"`
	NCAName string      `json:"nca_name"`
	NCAID   string      `json:"nca_id"`
}

// RoleFacts is one role as the certificate writes it.
type RoleFacts struct {
	OID  string `json:"oid"`
	Name string `json:"name"`
}

// FactsOf returns what there is to say of c, with what Judge found.
func FactsOf(c *certs.Certificate, findings []Finding) Facts {
	f := Facts{
		SHA256:                 c.SHA256,
		Kind:                   c.Kind,
		Subject:                c.Subject,
		Issuer:                 c.Issuer,
		Serial:                 c.Serial,
		NotBefore:              c.NotBefore,
		NotAfter:               c.NotAfter,
		OrganizationIdentifier: c.OrganizationIdentifier,
		BrowserRules:           c.Regime(),
		Findings:               append([]Finding{}, findings...),
	}
	if c.PSD2 != nil {
		f.PSD2 = &PSD2Facts{Roles: []RoleFacts{}, NCAName: c.PSD2.NCAName, NCAID: c.PSD2.NCAID}
		for _, r := range c.PSD2.Roles {
			f.PSD2.Roles = append(f.PSD2.Roles, RoleFacts(r))
		}
	}
	return f
}
