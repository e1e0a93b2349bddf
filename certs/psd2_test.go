package certs_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/certs/rules"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
)

// element is DER of other DER, or of bytes.
func element(tag asn1.Tag, parts ...[]byte) []byte {
	var b cryptobyte.Builder
	b.AddASN1(tag, func(b *cryptobyte.Builder) {
		for _, p := range parts {
			b.AddBytes(p)
		}
	})
	return b.BytesOrPanic()
}

// What is almost right is read as it was meant, and is a finding.
func TestAlmostRightPSD2Statements(t *testing.T) {
	oid := func(s string) []byte {
		var b cryptobyte.Builder
		addOID(t, &b, s)
		return b.BytesOrPanic()
	}
	implicit := func(tag asn1.Tag, der []byte) []byte { return append([]byte{byte(tag)}, der[1:]...) }
	text := func(s string) []byte { return element(asn1.UTF8String, []byte(s)) }
	zero := asn1.Tag(0).ContextSpecific()
	ai, pi := oid("0.4.0.19495.1.3"), oid("0.4.0.19495.1.2")
	role, role2 := element(asn1.SEQUENCE, ai, text("PSP_AI")), element(asn1.SEQUENCE, pi, text("PSP_PI"))
	roles, name, id := element(asn1.SEQUENCE, role, role2), text("ACPR"), text("FR-ACPR")
	wrap := func(der []byte) []byte { return element(zero.Constructed(), der) }
	for what, info := range map[string][]byte{
		"roles IMPLICIT":     element(asn1.SEQUENCE, implicit(zero.Constructed(), roles), name, id),
		"roles EXPLICIT":     element(asn1.SEQUENCE, wrap(roles), name, id),
		"roles SET OF":       element(asn1.SEQUENCE, element(asn1.SET, role, role2), name, id),
		"statement SET":      element(asn1.SET, roles, name, id),
		"statement IMPLICIT": element(zero.Constructed(), roles, name, id),
		"statement EXPLICIT": wrap(element(asn1.SEQUENCE, roles, name, id)),
		"role IMPLICIT": element(asn1.SEQUENCE,
			element(asn1.SEQUENCE, implicit(zero.Constructed(), role), role2), name, id),
		"role EXPLICIT": element(asn1.SEQUENCE, element(asn1.SEQUENCE, wrap(role), role2), name, id),
		"identifier IMPLICIT": element(asn1.SEQUENCE,
			element(asn1.SEQUENCE, element(asn1.SEQUENCE, implicit(zero, ai), text("PSP_AI")), role2), name, id),
		"role name IMPLICIT": element(asn1.SEQUENCE,
			element(asn1.SEQUENCE, element(asn1.SEQUENCE, ai, implicit(zero+1, text("PSP_AI"))), role2), name, id),
		"authority IMPLICIT": element(asn1.SEQUENCE, roles, implicit(zero+1, name), implicit(zero+2, id)),
		"authority EXPLICIT": element(asn1.SEQUENCE, roles, element(zero.Constructed()+1, name),
			element(zero.Constructed()+2, id)),
		"as the standard wants": element(asn1.SEQUENCE, roles, name, id),
	} {
		c := withStatements(t, element(asn1.SEQUENCE, element(asn1.SEQUENCE, oid("0.4.0.19495.2"), info)))
		want := &certs.PSD2{
			NCAName: "ACPR",
			NCAID:   "FR-ACPR",
			Roles: []certs.Role{
				{OID: "0.4.0.19495.1.3", Name: "PSP_AI"}, {OID: "0.4.0.19495.1.2", Name: "PSP_PI"},
			},
		}
		if diff := cmp.Diff(want, c.PSD2); diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
		if flagged := slices.Contains(deviations(c), "psd2_tag"); flagged != (what != "as the standard wants") {
			t.Errorf("%s: %v", what, deviations(c))
		}
	}
	// One role alone, where a list and a wrapped role look alike.
	for what, list := range map[string][]byte{
		"IMPLICIT": element(zero.Constructed(), role),
		"EXPLICIT": wrap(element(asn1.SEQUENCE, role)),
	} {
		info := element(asn1.SEQUENCE, list, name, id)
		c := withStatements(t, element(asn1.SEQUENCE, element(asn1.SEQUENCE, oid("0.4.0.19495.2"), info)))
		if names := certs.RoleNames(c); !slices.Equal(names, []string{"PSP_AI"}) ||
			!slices.Contains(deviations(c), "psd2_tag") {
			t.Errorf("%s: %v, %v", what, names, deviations(c))
		}
	}
	// The other statements are lists too.
	web := element(asn1.SEQUENCE,
		element(asn1.SEQUENCE, oid("0.4.0.1862.1.6"), element(asn1.SET, oid("0.4.0.1862.1.6.3"))))
	if c := withStatements(t, web); c.Kind != certs.QWAC || !slices.Contains(deviations(c), "qc_tag") {
		t.Errorf("QcType as a SET: %s, %v", c.Kind, deviations(c))
	}
}

// Blanks that nobody sees make no other organization, and are a finding where they come in.
func TestBlanksAroundIdentifiers(t *testing.T) {
	q := qtsp.Must(t)
	plain := q.MustIssue(t, qtsp.Request{KeyType: qtsp.P256}).Certificate
	for _, end := range []string{" ", "\n", "\u00a0", "\u200b"} {
		seal := q.MustIssue(t, qtsp.Request{
			Kind:                   certs.QSealC,
			KeyType:                qtsp.P256,
			OrganizationIdentifier: plain.OrganizationIdentifier + end,
			Organization:           plain.SubjectName.Organization() + end,
		}).Certificate
		if got := codesOf(rules.JudgePair(plain, seal, plain.NotBefore)); slices.Contains(got, "pair_organization") ||
			slices.Contains(got, "pair_organization_name") {
			t.Errorf("%q: %v", end, got)
		}
		var about []string
		for _, f := range rules.Judge(seal, nil, plain.NotBefore) {
			if f.Code == "subject_blanks" {
				about = append(about, f.Args[0])
			}
		}
		if !slices.Equal(about, []string{"organization", "organizationIdentifier", "common name"}) {
			t.Errorf("%q: blanks found around %v", end, about)
		}
	}
}
