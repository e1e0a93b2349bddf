package certs

import (
	"encoding/asn1"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"github.com/sealkeeper/sealkeeper/certs/internal/oids"
)

// EncodeQCStatements writes the value of a QcStatements extension from the same
// facts the decoder reads: compliance, types, SSCD, PDS, retention, legislation,
// semantics with its authorities, and PSD2 when given. Other statements are not
// written.
func EncodeQCStatements(q QCStatements, psd2 *PSD2) ([]byte, error) {
	e := encoder{}
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		if q.Compliance {
			e.statement(b, oids.QcCompliance, nil)
		}
		if q.SSCD {
			e.statement(b, oids.QcSSCD, nil)
		}
		if q.RetentionYears != nil {
			e.statement(b, oids.QcRetention, func(b *cryptobyte.Builder) { b.AddASN1Int64(*q.RetentionYears) })
		}
		if len(q.Types) > 0 {
			e.statement(b, oids.QcType, e.sequence(func(b *cryptobyte.Builder) {
				for _, t := range q.Types {
					e.oid(b, t)
				}
			}))
		}
		if len(q.PDS) > 0 {
			e.statement(b, oids.QcPDS, e.sequence(func(b *cryptobyte.Builder) { e.locations(b, q.PDS) }))
		}
		if len(q.Legislation) > 0 {
			e.statement(b, oids.QcLegislation, e.sequence(func(b *cryptobyte.Builder) {
				for _, country := range q.Legislation {
					e.text(b, cbasn1.PrintableString, country)
				}
			}))
		}
		if q.Semantics != "" {
			e.statement(b, oids.SyntaxV2, e.sequence(func(b *cryptobyte.Builder) { e.semantics(b, q) }))
		}
		if psd2 != nil {
			e.statement(b, oids.PSD2Statement, e.sequence(func(b *cryptobyte.Builder) { e.psd2(b, psd2) }))
		}
	})
	der, err := b.Bytes()
	if err = errors.Join(e.err, err); err != nil {
		return nil, fmt.Errorf("certs: QcStatements cannot be encoded: %w", err)
	}
	return der, nil
}

// encoder keeps the first error, so that the builders above stay readable.
type encoder struct{ err error }

type writer = func(b *cryptobyte.Builder)

func (e *encoder) oid(b *cryptobyte.Builder, dotted string) {
	oid, err := parseOID(dotted)
	if err != nil {
		e.err = errors.Join(e.err, err)
		return
	}
	b.AddASN1ObjectIdentifier(oid)
}

func parseOID(dotted string) (asn1.ObjectIdentifier, error) {
	arcs := strings.Split(dotted, ".")
	oid := make(asn1.ObjectIdentifier, len(arcs))
	for i, arc := range arcs {
		n, err := strconv.ParseUint(arc, 10, 31)
		if err != nil {
			return nil, fmt.Errorf("%q is not an object identifier: %w", dotted, err)
		}
		oid[i] = int(n)
	}
	return oid, nil
}

func (e *encoder) text(b *cryptobyte.Builder, tag cbasn1.Tag, s string) {
	b.AddASN1(tag, func(b *cryptobyte.Builder) { b.AddBytes([]byte(s)) })
}

func (e *encoder) sequence(body writer) writer {
	return func(b *cryptobyte.Builder) { b.AddASN1(cbasn1.SEQUENCE, body) }
}

func (e *encoder) statement(b *cryptobyte.Builder, oid string, info writer) {
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		e.oid(b, oid)
		if info != nil {
			info(b)
		}
	})
}

func (e *encoder) locations(b *cryptobyte.Builder, pds []PDS) {
	for _, p := range pds {
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			e.text(b, cbasn1.IA5String, p.URL)
			e.text(b, cbasn1.PrintableString, p.Language)
		})
	}
}

func (e *encoder) semantics(b *cryptobyte.Builder, q QCStatements) {
	e.oid(b, q.Semantics)
	if len(q.Authorities) == 0 {
		return
	}
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		for _, uri := range q.Authorities {
			e.text(b, tagURI, uri)
		}
	})
}

func (e *encoder) psd2(b *cryptobyte.Builder, p *PSD2) {
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		for _, r := range p.Roles {
			b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
				e.oid(b, r.OID)
				e.text(b, cbasn1.UTF8String, r.Name)
			})
		}
	})
	e.text(b, cbasn1.UTF8String, p.NCAName)
	e.text(b, cbasn1.UTF8String, p.NCAID)
}
