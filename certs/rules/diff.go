package rules

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/certs/internal/oids"
	"github.com/sealkeeper/sealkeeper/certs/internal/text"
)

// Difference is one fact compared between an old certificate and the one that is
// to take its place.
type Difference struct {
	Field       string   `json:"field"` // stable: "subject", "key", "roles" ...
	Old         string   `json:"old"`
	New         string   `json:"new"`
	Same        bool     `json:"same"`
	Severity    Severity `json:"severity"`    // how much the change matters; notice when it does not
	Consequence string   `json:"consequence"` // what follows for the banks, whether changed or not
}

// comparison is one fact and what follows from its staying or changing.
type comparison struct {
	field    string
	value    func(c *certs.Certificate) string
	severity Severity // of a change
	same     string
	changed  string
}

var comparisons = []comparison{
	{
		field:    "kind",
		value:    func(c *certs.Certificate) string { return string(c.Kind) },
		severity: SeverityError,
		same:     "It serves the same purpose.",
		changed:  "It serves another purpose and cannot replace the old one.",
	},
	{
		field:    "organization_identifier",
		value:    func(c *certs.Certificate) string { return c.OrganizationIdentifier },
		severity: SeverityError,
		same:     "Banks see the same organization.",
		changed:  "Banks see a different organization: every registration has to be made again.",
	},
	{
		field:    "subject",
		value:    func(c *certs.Certificate) string { return c.Subject },
		severity: SeverityWarning,
		same:     "Banks that registered the subject name keep working.",
		changed:  "Banks that registered the subject name refuse it until you tell them the new one.",
	},
	{
		field:    "issuer",
		value:    func(c *certs.Certificate) string { return c.Issuer },
		severity: SeverityWarning,
		same:     "Banks trust the same issuing CA.",
		changed:  "Banks that trust certain issuing CAs have to add the new one first.",
	},
	{
		field:    "key",
		value:    func(c *certs.Certificate) string { return c.SPKISHA256 },
		severity: SeverityNotice,
		same:     "The key is the same: banks that pinned it keep working, and the private key is already in custody.",
		changed:  "The key is new: it needs its private key, and banks that pinned the old key have to be told.",
	},
	{
		field:    "key_algorithm",
		value:    keyName,
		severity: SeverityNotice,
		same:     "Signatures are made the same way.",
		changed:  "Signatures are made another way: check that each bank accepts this kind of key.",
	},
	{
		field:    "authority",
		value:    ncaIDOf,
		severity: SeverityWarning,
		same:     "The authority is the same.",
		changed:  "Banks see a different authority and may ask for a new registration.",
	},
	{
		field:    "key_usage",
		value:    func(c *certs.Certificate) string { return enumerate(c.KeyUsage) },
		severity: SeverityWarning,
		same:     "The key may be used for the same.",
		changed:  "The key may be used for other things than before: check the connection and signatures.",
	},
	{
		field:    "policies",
		value:    policiesOf,
		severity: SeverityNotice,
		same:     "It was issued under the same policies.",
		changed:  "It was issued under different policies; few banks check them.",
	},
	{
		field:    "domain_names",
		value:    func(c *certs.Certificate) string { return enumerate(slices.Sorted(slices.Values(c.DNSNames))) },
		severity: SeverityNotice,
		same:     "The domain names are the same.",
		changed:  "The domain names changed: banks that compare them have to be told.",
	},
	{
		field:    "serial",
		value:    func(c *certs.Certificate) string { return c.Serial },
		severity: SeverityNotice,
		same:     "The serial number is the same: this may be the same certificate.",
		changed:  "The serial number is new, as it has to be; signatures that name it must use the new one.",
	},
}

// Diff compares two certificates field by field and says what each difference
// means for a renewal. The order is fixed, facts that stayed are included.
func Diff(old, renewed *certs.Certificate) []Difference {
	var all []Difference
	for _, c := range comparisons {
		d := Difference{
			Field:       c.field,
			Old:         c.value(old),
			New:         c.value(renewed),
			Severity:    SeverityNotice,
			Consequence: c.same,
		}
		d.Same = d.Old == d.New
		if !d.Same {
			d.Severity, d.Consequence = c.severity, c.changed
		}
		all = append(all, d)
	}
	return append(all, diffRoles(old, renewed), diffUsages(old, renewed), diffValidity(old, renewed))
}

// diffRoles tells a role lost, which breaks what was working, from one gained.
func diffRoles(old, renewed *certs.Certificate) Difference {
	before, after := sortedRoles(old), sortedRoles(renewed)
	d := Difference{Field: "roles", Old: enumerate(before), New: enumerate(after), Severity: SeverityNotice}
	lost, gained := missing(before, after), missing(after, before)
	switch {
	case len(lost) > 0:
		d.Severity, d.Consequence = SeverityError, "Banks will refuse what needs the lost role: "+enumerate(lost)+"."
	case len(gained) > 0:
		d.Consequence = "Banks may ask for a new registration before they honour the new role: " + enumerate(gained) +
			"."
	default:
		d.Same, d.Consequence = true, "The roles are the same."
	}
	return d
}

var usageNames = map[string]string{
	oids.ServerAuth:           "serverAuth",
	oids.ClientAuth:           "clientAuth",
	oids.Any:                  "any",
	oids.TLSBinding:           "tls-binding",
	"1.3.6.1.5.5.7.3.4":       "emailProtection",
	"1.3.6.1.5.5.7.3.36":      "documentSigning",
	"1.3.6.1.4.1.311.10.3.12": "MS documentSigning",
}

// UsageName returns the short name of an extended key usage, its OID for unknown ones.
func UsageName(oid string) string {
	if name, ok := usageNames[oid]; ok {
		return name
	}
	return oid
}

func diffUsages(old, renewed *certs.Certificate) Difference {
	before, after := usagesOf(old), usagesOf(renewed)
	d := Difference{
		Field:    "extended_key_usage",
		Old:      enumerate(before),
		New:      enumerate(after),
		Severity: SeverityNotice,
	}
	lost := missing(before, after)
	switch {
	case slices.Contains(lost, "clientAuth"):
		d.Severity, d.Consequence = SeverityError, "clientAuth is lost: banks will refuse the connection."
	case len(lost) > 0:
		d.Severity, d.Consequence = SeverityWarning, "Lost: "+enumerate(lost)+"; check that nothing needs it."
	case !slices.Equal(before, after):
		d.Consequence = "More uses than before; nothing breaks."
	default:
		d.Same, d.Consequence = true, "The uses are the same."
	}
	return d
}

// diffValidity looks for the time in which banks can be moved one by one.
func diffValidity(old, renewed *certs.Certificate) Difference {
	d := Difference{Field: "validity", Old: period(old), New: period(renewed), Severity: SeverityNotice}
	d.Same = old.NotBefore.Equal(renewed.NotBefore) && old.NotAfter.Equal(renewed.NotAfter)
	overlap := certs.Days(renewed.NotBefore, earlier(old.NotAfter, renewed.NotAfter))
	switch {
	case d.Same:
		d.Consequence = "Both are valid for the same time."
	case !renewed.NotAfter.After(old.NotAfter):
		d.Severity, d.Consequence = SeverityWarning, "The new one does not expire later than the old one."
	case old.NotAfter.Before(renewed.NotBefore):
		d.Severity, d.Consequence = SeverityError, "There is a gap between the two during which neither is valid."
	default:
		d.Consequence = fmt.Sprintf("Both are valid for %d days: every bank has to be moved in that time.",
			overlap)
	}
	return d
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

func period(c *certs.Certificate) string {
	return text.Day(c.NotBefore) + " to " + text.Day(c.NotAfter)
}

func keyName(c *certs.Certificate) string {
	if c.Key.Curve != "" {
		return c.Key.Algorithm + " " + c.Key.Curve
	}
	return fmt.Sprintf("%s %d", c.Key.Algorithm, c.Key.Bits)
}

func policiesOf(c *certs.Certificate) string {
	names := make([]string, len(c.Policies))
	for i, p := range c.Policies {
		names[i] = PolicyName(p)
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

func usagesOf(c *certs.Certificate) []string {
	names := make([]string, len(c.ExtKeyUsage))
	for i, oid := range c.ExtKeyUsage {
		names[i] = UsageName(oid)
	}
	slices.Sort(names)
	return names
}

// missing returns what is in a and not in b.
func missing(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(s string) bool { return slices.Contains(b, s) })
}
