package certs

import (
	"fmt"

	"golang.org/x/crypto/cryptobyte/asn1"

	"github.com/sealkeeper/sealkeeper/certs/internal/der"
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

const clausePSD2 = "TS 119 495 clause 5.1"

// readPSD2 reads PSD2QcType: SEQUENCE { rolesOfPSP, nCAName, nCAId }. Everything
// before the first string is about roles, whatever shape it has.
func (q *QCStatements) readPSD2(info der.Node) *PSD2 {
	p := &PSD2{}
	kids := info.Children()
	if info.Tag != asn1.SEQUENCE || len(kids) == 0 {
		q.deviate("psd2_malformed", clausePSD2, "The PSD2 statement holds no roles and no authority.")
		return p
	}
	if len(kids) != 3 {
		q.deviate("psd2_malformed", clausePSD2,
			"The PSD2 statement is not made of roles, authority name and authority identifier.")
	}
	first := 0
	for first < len(kids) && kids[first].Tag&0x20 != 0 {
		first++
	}
	q.readRoles(p, kids[:first])
	q.readNCA(p, kids[first:])
	return p
}

func (q *QCStatements) readNCA(p *PSD2, kids []der.Node) {
	var texts []string
	for _, k := range kids {
		text, ok := k.Text()
		if !ok {
			continue
		}
		if k.Tag != asn1.UTF8String {
			q.deviate("psd2_string_type", clausePSD2, "The authority's name or identifier is not a UTF8String.")
		}
		texts = append(texts, text)
	}
	switch {
	case len(texts) >= 2:
		p.NCAName, p.NCAID = texts[0], texts[1]
	case len(texts) == 1 && ncaIDForm.MatchString(texts[0]):
		p.NCAID = texts[0]
	case len(texts) == 1:
		p.NCAName = texts[0]
	}
}

// readRoles reads RolesOfPSP: SEQUENCE OF SEQUENCE { roleOfPspOid, roleOfPspName }.
func (q *QCStatements) readRoles(p *PSD2, nodes []der.Node) {
	const clause = "TS 119 495 clause 5.2.2"
	if len(nodes) == 0 {
		q.deviate("psd2_roles_malformed", clause, "The PSD2 statement has no list of roles.")
		return
	}
	var entries []der.Node
	if len(nodes) > 1 || isPair(nodes[0].Children()) {
		q.deviate("psd2_roles_malformed", clause, "The roles are not in a list of their own.")
		entries = nodes
	} else {
		entries = nodes[0].Children()
	}
	for _, entry := range entries {
		kids := entry.Children()
		if len(kids) != 2 {
			q.deviate("psd2_role_malformed", clause, "A role is not one identifier with one name.")
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
	const clause = "TS 119 495 clause 5.2.2"
	for len(kids) > 0 {
		var r Role
		oid, isOID := kids[0].OID()
		_, isText := kids[0].Text()
		switch {
		case isOID:
			r.OID = oid
			kids = kids[1:]
		case !isText || len(kids) > 1: // something else in the identifier's place
			kids = kids[1:]
		}
		if !isOID {
			q.deviate("psd2_role_oid_missing", clause, "A role has no identifier.")
		}
		if len(kids) > 0 {
			if name, ok := kids[0].Text(); ok {
				if kids[0].Tag != asn1.UTF8String {
					q.deviate("psd2_string_type", clause, "A role name is not a UTF8String.")
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
