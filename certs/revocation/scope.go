package revocation

import (
	"crypto/x509/pkix"
	"math/big"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// understands takes in what an extension says of a list; false where it would have to be understood and is not.
func (l *List) understands(x pkix.Extension) bool {
	switch {
	case x.Id.Equal(oidDelta):
		s := cryptobyte.String(x.Value)
		l.base = new(big.Int)
		return s.ReadASN1Integer(l.base) && s.Empty()
	case x.Id.Equal(oidScope):
		return l.readScope(x.Value)
	case x.Id.Equal(oidFreshest):
		l.freshest = freshest(x.Value)
		return true
	}
	return !x.Critical
}

// readScope reads an issuingDistributionPoint (RFC 5280 section 5.2.5).
func (l *List) readScope(value []byte) bool {
	s := cryptobyte.String(value)
	var body cryptobyte.String
	if !s.ReadASN1(&body, cbasn1.SEQUENCE) || !s.Empty() {
		return false
	}
	for !body.Empty() {
		var part cryptobyte.String
		var tag cbasn1.Tag
		if !body.ReadAnyASN1(&part, &tag) {
			return false
		}
		set := len(part) == 1 && part[0] != 0
		switch tag {
		case cbasn1.Tag(0).ContextSpecific().Constructed():
			if !l.readPoint(part) {
				return false
			}
		case cbasn1.Tag(1).ContextSpecific():
			l.users = set
		case cbasn1.Tag(2).ContextSpecific():
			l.cas = set
		case cbasn1.Tag(3).ContextSpecific():
			l.someReasons = true
		case cbasn1.Tag(4).ContextSpecific():
			l.indirect = set
		case cbasn1.Tag(5).ContextSpecific():
			l.attributes = set
		default:
			return false
		}
	}
	return true
}

// readPoint reads the URIs of a DistributionPointName. A name relative to the issuer's is of no list on the web.
func (l *List) readPoint(part cryptobyte.String) bool {
	uris, ok := fullName(part)
	l.points = append(l.points, uris...)
	return ok && len(l.points) > 0
}

// fullName are the URIs of a DistributionPointName.
func fullName(part cryptobyte.String) (uris []string, ok bool) {
	var names cryptobyte.String
	if !part.ReadASN1(&names, cbasn1.Tag(0).ContextSpecific().Constructed()) || !part.Empty() {
		return nil, false
	}
	for !names.Empty() {
		var name cryptobyte.String
		var tag cbasn1.Tag
		if !names.ReadAnyASN1(&name, &tag) {
			return nil, false
		}
		if tag == cbasn1.Tag(6).ContextSpecific() {
			uris = append(uris, string(name))
		}
	}
	return uris, true
}

// freshest are the URIs of delta lists in a freshestCRL (RFC 5280 section 5.2.6), as far as they can be read.
func freshest(value []byte) (uris []string) {
	s := cryptobyte.String(value)
	var points, point, name cryptobyte.String
	if !s.ReadASN1(&points, cbasn1.SEQUENCE) {
		return nil
	}
	for points.ReadASN1(&point, cbasn1.SEQUENCE) {
		if point.ReadASN1(&name, cbasn1.Tag(0).ContextSpecific().Constructed()) {
			found, _ := fullName(name)
			uris = append(uris, found...)
		}
	}
	return uris
}

// Freshest are the URIs of the delta list that continues this one, as far as it names any.
func (l *List) Freshest() []string { return l.freshest }
