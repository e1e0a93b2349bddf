package revocation

import (
	"bytes"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"math/big"
	"slices"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// MaxCRL bounds a list in bytes. The largest of qualified issuers have several megabytes.
const MaxCRL = 64 << 20

// Extensions of lists and their entries (RFC 5280 sections 5.2 and 5.3).
var (
	oidDelta    = asn1.ObjectIdentifier{2, 5, 29, 27}
	oidScope    = asn1.ObjectIdentifier{2, 5, 29, 28} // issuingDistributionPoint
	oidFreshest = asn1.ObjectIdentifier{2, 5, 29, 46}
	oidReason   = asn1.ObjectIdentifier{2, 5, 29, 21}
)

// JudgeCRL says what a list of an issuer (RFC 5280 section 5), DER or PEM, says at a time about a leaf.
func JudgeCRL(raw []byte, leaf, issuer *x509.Certificate, now time.Time) Verdict {
	l, v := OpenList(raw, issuer)
	if l == nil {
		return v
	}
	return l.Judge(leaf, now)
}

// Judge says what the list says at a time about a leaf of its issuer.
func (l *List) Judge(leaf *x509.Certificate, now time.Time) Verdict {
	v := l.head
	switch {
	case l.base != nil:
		return v.because(DeltaAlone)
	case !l.covers(leaf):
		return v.because(OtherScope)
	}
	e, listed, ok := l.entry(leaf.SerialNumber)
	switch {
	case !ok:
		return v.because(Malformed)
	case listed && e.reason != "removeFromCRL": // which is for delta lists alone
		v.Status, v.RevokedAt, v.Reason = Revoked, e.at, e.reason
	case l.someReasons: // revoked for another one, it would not be on it
		return v.because(OtherScope)
	default:
		v.Status = Good
	}
	return v.dated(now)
}

// Continue says what a delta list makes of the verdict by the complete list that it continues.
func (l *List) Continue(complete Verdict, leaf *x509.Certificate, now time.Time) Verdict {
	v := l.head
	switch {
	case l.base == nil:
		return v.because(Malformed)
	case !l.covers(leaf) || l.someReasons:
		return v.because(OtherScope)
	case complete.Status != Good && complete.Status != Revoked && complete.Status != Stale,
		complete.Number == nil || complete.Number.Cmp(l.base) < 0,
		v.Number == nil || v.Number.Cmp(complete.Number) < 0:
		return v.because(DeltaAlone)
	}
	e, listed, ok := l.entry(leaf.SerialNumber)
	switch {
	case !ok:
		return v.because(Malformed)
	case listed && e.reason == "removeFromCRL":
		v.Status = Good
	case listed:
		v.Status, v.RevokedAt, v.Reason = Revoked, e.at, e.reason
	case !complete.RevokedAt.IsZero():
		v.Status, v.RevokedAt, v.Reason = Revoked, complete.RevokedAt, complete.Reason
	default:
		v.Status = Good
	}
	return v.dated(now)
}

// List is a list whose signature was verified, with its entries unread. It is for as many certificates as one asks
// about, and safe for concurrent use.
type List struct {
	head        Verdict // without a status
	entries     cryptobyte.String
	base        *big.Int // of a delta list
	points      []string // URIs of its distribution point; none: of every one
	freshest    []string // URIs of the delta list that continues it
	cas, users  bool     // it is for CAs alone, or for all but CAs
	someReasons bool
	attributes  bool // it is for attribute certificates alone
	indirect    bool // it is for certificates of other issuers too
}

// OpenList reads a list of an issuer, DER or PEM, but for its entries, and verifies its signature. Where it cannot be
// relied on, the list is nil and the verdict says why.
func OpenList(raw []byte, issuer *x509.Certificate) (*List, Verdict) {
	if len(raw) > MaxCRL {
		return nil, none(raw[:0], Oversized)
	}
	der := raw
	if block, _ := pem.Decode(raw); block != nil {
		der = block.Bytes
	}
	tbs, head, entries, ok := split(der)
	if !ok {
		return nil, none(raw, Malformed)
	}
	parsed, err := x509.ParseRevocationList(head)
	if err != nil {
		return nil, none(raw, Malformed)
	}
	v := Verdict{
		ThisUpdate: parsed.ThisUpdate.UTC(),
		Responder:  nameOf(issuer),
		Number:     parsed.Number,
		SHA256:     fingerprint(raw),
	}
	if !parsed.NextUpdate.IsZero() {
		v.NextUpdate = parsed.NextUpdate.UTC()
	}
	switch {
	case !bytes.Equal(parsed.RawIssuer, issuer.RawSubject):
		return nil, v.because(OtherCertificate)
	case issuer.KeyUsage != 0 && issuer.KeyUsage&x509.KeyUsageCRLSign == 0,
		issuer.CheckSignature(parsed.SignatureAlgorithm, tbs, parsed.Signature) != nil:
		return nil, v.because(Forged)
	}
	l := &List{head: v, entries: entries}
	for _, x := range parsed.Extensions {
		if !l.understands(x) {
			return nil, v.because(NotUnderstood)
		}
	}
	return l, v
}

// split takes a list apart: the signed part, the list as it would be without its entries, which is short and read by
// crypto/x509, and the entries, of which there may be millions.
func split(der []byte) (tbs, head []byte, entries cryptobyte.String, ok bool) {
	s := cryptobyte.String(der)
	var outer, signed, body, algorithm, signature cryptobyte.String
	if !s.ReadASN1(&outer, cbasn1.SEQUENCE) || !s.Empty() || !outer.ReadASN1Element(&signed, cbasn1.SEQUENCE) ||
		!outer.ReadASN1Element(&algorithm, cbasn1.SEQUENCE) || !outer.ReadASN1Element(&signature, cbasn1.BIT_STRING) ||
		!outer.Empty() {
		return nil, nil, nil, false
	}
	inner := signed
	if !inner.ReadASN1(&body, cbasn1.SEQUENCE) {
		return nil, nil, nil, false
	}
	var short cryptobyte.Builder
	short.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) { entries, ok = copyHead(b, body) })
		b.AddBytes(algorithm)
		b.AddBytes(signature)
	})
	head, err := short.Bytes()
	return signed, head, entries, ok && err == nil
}

// copyHead copies a tbsCertList without its entries, which it returns. They are the second SEQUENCE after the times.
func copyHead(b *cryptobyte.Builder, body cryptobyte.String) (entries cryptobyte.String, ok bool) {
	timed := false
	for !body.Empty() {
		var element cryptobyte.String
		var tag cbasn1.Tag
		if !body.ReadAnyASN1Element(&element, &tag) {
			return nil, false
		}
		if timed && tag == cbasn1.SEQUENCE {
			if entries != nil || !element.ReadASN1(&entries, cbasn1.SEQUENCE) {
				return nil, false
			}
			continue
		}
		timed = timed || tag == cbasn1.UTCTime || tag == cbasn1.GeneralizedTime
		b.AddBytes(element)
	}
	return entries, true
}

// entry is what a list says of one certificate.
type entry struct {
	at     time.Time
	reason string
}

// entry searches the list; ok is false where the list is damaged.
func (l *List) entry(serial *big.Int) (e entry, listed, ok bool) {
	var b cryptobyte.Builder
	b.AddASN1BigInt(serial)
	der, err := b.Bytes()
	element := cryptobyte.String(der)
	var wanted cryptobyte.String
	if err != nil || !element.ReadASN1(&wanted, cbasn1.INTEGER) {
		return e, false, false
	}
	rest := l.entries
	for !rest.Empty() {
		var one, number cryptobyte.String
		if !rest.ReadASN1(&one, cbasn1.SEQUENCE) || !one.ReadASN1(&number, cbasn1.INTEGER) {
			return e, false, false
		}
		if !listed && bytes.Equal(shortest(number), wanted) {
			if e, ok = readEntry(one); !ok {
				return e, false, false
			}
			listed = true
		}
	}
	return e, listed, true
}

// shortest is the content of an INTEGER without zeros that it has no need of, which some lists have: so written, too,
// it is that serial number.
func shortest(number cryptobyte.String) cryptobyte.String {
	for len(number) > 1 && number[0] == 0 && number[1] < 0x80 {
		number = number[1:]
	}
	return number
}

func readEntry(one cryptobyte.String) (e entry, ok bool) {
	var when cryptobyte.String
	var tag cbasn1.Tag
	if !one.ReadAnyASN1Element(&when, &tag) {
		return e, false
	}
	if _, err := asn1.Unmarshal(when, &e.at); err != nil {
		return e, false
	}
	e.at = e.at.UTC()
	if one.Empty() {
		return e, true
	}
	var extensions []pkix.Extension
	if rest, err := asn1.Unmarshal(one, &extensions); err != nil || len(rest) > 0 {
		return e, false
	}
	for _, x := range extensions {
		if x.Id.Equal(oidReason) {
			var number asn1.Enumerated
			if rest, err := asn1.Unmarshal(x.Value, &number); err != nil || len(rest) > 0 {
				return e, false
			}
			e.reason = reasons[int(number)]
		}
	}
	return e, true
}

// covers reports whether the list would have the leaf on it.
func (l *List) covers(leaf *x509.Certificate) bool {
	if l.cas && !leaf.IsCA || l.users && leaf.IsCA || l.attributes || l.indirect {
		return false
	}
	return len(l.points) == 0 || slices.ContainsFunc(leaf.CRLDistributionPoints, func(u string) bool {
		return slices.Contains(l.points, u)
	})
}
