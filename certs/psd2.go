package certs

import (
	_ "embed"
	"encoding/csv"
	"fmt"
	"strings"

	"golang.org/x/crypto/cryptobyte/asn1"

	"github.com/sealkeeper/sealkeeper/certs/internal/der"
	"github.com/sealkeeper/sealkeeper/certs/internal/text"
)

// PSD2 is the open banking statement of TS 119 495: what the holder may do and
// which authority said so when the certificate was issued. Only the authority's
// register tells what is permitted today.
type PSD2 struct {
	Roles   []Role
	NCAName string
	NCAID   string // "FR-ACPR"
}

// Role is one role of a payment service provider as written. OID is "" when the
// certificate carries something else in its place.
type Role struct{ OID, Name string }

// roleNames pairs role identifiers with their names, TS 119 495 clause 5.2.2.
// The last four came with V1.8.1.
var roleNames = map[string]string{
	"0.4.0.19495.1.0":  "Unspecified",
	"0.4.0.19495.1.1":  "PSP_AS",
	"0.4.0.19495.1.2":  "PSP_PI",
	"0.4.0.19495.1.3":  "PSP_AI",
	"0.4.0.19495.1.4":  "PSP_IC",
	"0.4.0.19495.1.5":  "PSP_CB",
	"0.4.0.19495.1.6":  "PSP_PA",
	"0.4.0.19495.1.51": "VOP_RS",
	"0.4.0.19495.1.52": "VOP_VS",
}

// RoleName is the name of a role identifier in TS 119 495 clause 5.2.2; false where it is not there.
func RoleName(oid string) (string, bool) {
	name, ok := roleNames[oid]
	return name, ok
}

// RoleOID returns the identifier of a role name, "" when it is not one of TS 119 495.
func RoleOID(name string) string {
	for oid, n := range roleNames {
		if n == name {
			return oid
		}
	}
	return ""
}

// Canonical returns the name that belongs to the role's identifier, which
// decides when the written name differs; unknown roles keep theirs.
func (r Role) Canonical() string {
	if name, ok := roleNames[r.OID]; ok {
		return name
	}
	if r.OID == "" && RoleOID(r.Name) != "" {
		return "" // a known name without its identifier grants nothing
	}
	return r.Name
}

// readPSD2 reads PSD2QcType: SEQUENCE { rolesOfPSP, nCAName, nCAId }. Everything
// before the first string is about roles, whatever shape it has.
func (q *QCStatements) readPSD2(info der.Node) *PSD2 {
	p := &PSD2{}
	info = q.meant(info, asn1.SEQUENCE)
	kids := info.Children()
	if len(kids) == 0 {
		q.deviate("psd2_malformed", "The PSD2 statement holds no roles and no authority.")
		return p
	}
	if len(kids) != 3 {
		q.deviate("psd2_malformed", "The PSD2 statement is not made of roles, authority name and authority identifier.")
	}
	first := 0
	for first < len(kids) && kids[first].Tag&0x20 != 0 && !isWrapped(kids[first], asn1.UTF8String) {
		first++
	}
	q.readRoles(p, kids[:first])
	q.readNCA(p, kids[first:])
	return p
}

// meant reads through a tag that the module of TS 119 495 does not have: IMPLICIT in the place of the one that is
// wanted, EXPLICIT around it, or SET for SEQUENCE. What is in it is what was meant.
func (q *QCStatements) meant(n der.Node, want asn1.Tag) der.Node {
	implicit := n
	implicit.Tag = want
	switch constructed := n.Tag&0x20 != 0; {
	case n.Tag == asn1.SET && want == asn1.SEQUENCE:
		n = implicit
	case n.Tag&0xc0 != 0x80: // it is of no context
		return n
	case isWrapped(n, want):
		n = n.Children()[0]
	case constructed == (want == asn1.SEQUENCE):
		n = implicit
	default:
		return n
	}
	q.deviate("psd2_tag", "A part of the PSD2 statement has another tag than the standard prescribes.")
	return n
}

// isWrapped tells an EXPLICIT tag from an IMPLICIT one: what is in it is what is wanted. A list with one role looks
// alike, but for the identifier that the role begins with.
func isWrapped(n der.Node, want asn1.Tag) bool {
	kids := n.Children()
	if len(kids) != 1 {
		return false
	}
	_, isText := kids[0].Text()
	return kids[0].Tag == want && !isPair(kids[0].Children()) || want == asn1.UTF8String && isText
}

func (q *QCStatements) readNCA(p *PSD2, kids []der.Node) {
	var texts []string
	for _, k := range kids {
		k = q.meant(k, asn1.UTF8String)
		text, ok := k.Text()
		if !ok {
			continue
		}
		if k.Tag != asn1.UTF8String {
			q.deviate("psd2_string_type", "The authority's name or identifier is not a UTF8String.")
		}
		texts = append(texts, text)
	}
	switch {
	case len(texts) >= 2:
		p.NCAName, p.NCAID = texts[0], texts[1]
	case len(texts) == 1 && text.NCAIDForm.MatchString(texts[0]):
		p.NCAID = texts[0]
	case len(texts) == 1:
		p.NCAName = texts[0]
	}
}

// readRoles reads RolesOfPSP: SEQUENCE OF SEQUENCE { roleOfPspOid, roleOfPspName }.
func (q *QCStatements) readRoles(p *PSD2, nodes []der.Node) {
	if len(nodes) == 0 {
		q.deviate("psd2_roles_malformed", "The PSD2 statement has no list of roles.")
		return
	}
	var entries []der.Node
	if list := q.meant(nodes[0], asn1.SEQUENCE); len(nodes) > 1 || isPair(list.Children()) {
		q.deviate("psd2_roles_malformed", "The roles are not in a list of their own.")
		entries = nodes
	} else {
		entries = list.Children()
	}
	for _, entry := range entries {
		kids := q.meant(entry, asn1.SEQUENCE).Children()
		wrapped := len(kids) == 1 && isPair(kids[0].Children())
		if len(kids) != 2 && (!wrapped || entry.Tag == asn1.SEQUENCE) {
			q.deviate("psd2_role_malformed", "A role is not one identifier with one name.")
		}
		if wrapped {
			kids = kids[0].Children()
		}
		q.readPairs(p, kids)
	}
}

func isPair(kids []der.Node) bool {
	return len(kids) >= 2 && kids[0].Tag == asn1.OBJECT_IDENTIFIER
}

// readPairs reads identifier and name, repeated: several roles squeezed into one
// RoleOfPSP are common in British directory certificates.
func (q *QCStatements) readPairs(p *PSD2, kids []der.Node) {
	for len(kids) > 0 {
		var r Role
		first := q.meant(kids[0], asn1.OBJECT_IDENTIFIER)
		oid, isOID := first.OID()
		_, isText := first.Text()
		switch {
		case isOID:
			r.OID = oid
			kids = kids[1:]
		case !isText || len(kids) > 1: // something else in the identifier's place
			kids = kids[1:]
		}
		if !isOID {
			q.deviate("psd2_role_oid_missing", "A role has no identifier.")
		}
		if len(kids) > 0 {
			named := q.meant(kids[0], asn1.UTF8String)
			if name, ok := named.Text(); ok {
				if named.Tag != asn1.UTF8String {
					q.deviate("psd2_string_type", "A role name is not a UTF8String.")
				}
				r.Name = name
				kids = kids[1:]
			}
		}
		p.Roles = append(p.Roles, r)
	}
}

// Roles makes the roles of a PSD2 statement from their names, up to the first name
// that TS 119 495 does not know, which is an error.
func Roles(names ...string) ([]Role, error) {
	var roles []Role
	for _, name := range names {
		oid := RoleOID(name)
		if oid == "" {
			return roles, fmt.Errorf("certs: %q is not a PSD2 role", name)
		}
		roles = append(roles, Role{OID: oid, Name: name})
	}
	return roles, nil
}

// RoleNames returns the canonical names of a certificate's roles, in its order.
func RoleNames(c *Certificate) []string {
	names := []string{}
	if c.PSD2 == nil {
		return names
	}
	for _, r := range c.PSD2.Roles {
		if name := r.Canonical(); name != "" {
			names = append(names, name)
		}
	}
	return names
}

// NameAndID returns the authority as written, blanks around it removed.
func (p *PSD2) NameAndID() (name, id string) {
	return strings.TrimFunc(p.NCAName, text.IsBlank), strings.TrimFunc(p.NCAID, text.IsBlank)
}

//go:embed nca.csv
var ncaTable string

// NCA is a national competent authority as the EBA's list of identifiers names it
// (version 4, February 2023; names in English from TS 119 495 annex D).
type NCA struct {
	Country string
	ID      string // "FR-ACPR"; "" when the authority is no longer on the list
	Former  string // identifier that older certificates carry, "" when it never changed
	Name    string
}

var ncas = parseNCAs(ncaTable)

// parseNCAs reads the embedded table; a test proves that it can be.
func parseNCAs(table string) []NCA {
	rows, err := csv.NewReader(strings.NewReader(table)).ReadAll()
	if err != nil || len(rows) == 0 {
		return nil
	}
	all := make([]NCA, 0, len(rows)-1)
	for _, row := range rows[1:] {
		all = append(all, NCA{Country: row[0], ID: row[1], Former: row[2], Name: row[3]})
	}
	return all
}

// NCAs returns the authorities in the order of the list.
func NCAs() []NCA { return append([]NCA(nil), ncas...) }

// LookupNCA finds an authority by its current or a former identifier.
func LookupNCA(id string) (NCA, bool) {
	for _, n := range ncas {
		if id != "" && (n.ID == id || n.Former == id) {
			return n, true
		}
	}
	return NCA{}, false
}
