package certs

import (
	"golang.org/x/crypto/cryptobyte/asn1"

	"github.com/sealkeeper/sealkeeper/certs/internal/der"
	"github.com/sealkeeper/sealkeeper/certs/internal/oids"
)

// statementReaders understand one statement each. info is nil when the statement
// has no statementInfo.
var statementReaders = map[string]func(q *QCStatements, info *der.Node){
	oids.QcCompliance: func(q *QCStatements, info *der.Node) {
		q.Compliance = true
		q.wantNoInfo("QcCompliance", info)
	},
	oids.QcSSCD: func(q *QCStatements, info *der.Node) {
		q.SSCD = true
		q.wantNoInfo("QcSSCD", info)
	},
	oids.QcType:       readQcType,
	oids.QcPDS:        readQcPDS,
	oids.QcRetention:  readQcRetention,
	oids.QcLimitValue: readQcLimit,
	oids.QcLegislation: func(q *QCStatements, info *der.Node) {
		q.Legislation = q.readCountries("QcCClegislation", info)
	},
	oids.QcQSCDLegislation: func(q *QCStatements, info *der.Node) {
		q.QSCDLegislation = q.readCountries("QcQSCDlegislation", info)
	},
	oids.QcIdentMethod: readQcIdentMethod,
	oids.SyntaxV1:      readSyntax,
	oids.SyntaxV2:      readSyntax,
	oids.TypeSign:      readTypeAsStatement,
	oids.TypeSeal:      readTypeAsStatement,
	oids.TypeWeb:       readTypeAsStatement,
}

func (q *QCStatements) wantNoInfo(name string, info *der.Node) {
	if info != nil {
		q.deviateIn(name, "qc_info_unexpected", "carries information although it must have none.")
	}
}

// list returns the elements of a statementInfo that must be a SEQUENCE OF, and is read as one whatever its tag.
func (q *QCStatements) list(info *der.Node) ([]der.Node, bool) {
	if info == nil || info.Tag&0x20 == 0 {
		return nil, false
	}
	if info.Tag != asn1.SEQUENCE {
		q.deviate("qc_tag", "The information of a QcStatement is not a SEQUENCE.")
	}
	return info.Children(), true
}

func readQcType(q *QCStatements, info *der.Node) {
	kids, ok := q.list(info)
	if !ok && info != nil && info.Tag == asn1.OBJECT_IDENTIFIER {
		q.deviate("qc_type_bare", "QcType is a bare identifier; the list around it is missing.")
		kids = []der.Node{*info}
	}
	q.Types = append(q.Types, identifiers(kids)...)
	if len(q.Types) == 0 {
		q.deviate("qc_type_empty", "QcType names no type.")
	}
}

// readTypeAsStatement records a mistake without acting on it: taking the type
// for granted would make a kind out of something that is no QcType statement.
func readTypeAsStatement(q *QCStatements, _ *der.Node) {
	q.deviate("qc_type_as_statement", "A QcType value is used as a statement of its own instead of inside QcType.")
}

func readQcPDS(q *QCStatements, info *der.Node) {
	kids, ok := q.list(info)
	switch {
	case !ok && info != nil:
		if url, isText := info.Text(); isText {
			q.PDS = append(q.PDS, PDS{URL: url})
		}
		q.deviate("qc_pds_malformed", "QcPDS is not a list of locations.")
		return
	case len(kids) > 0 && kids[0].Tag != asn1.SEQUENCE:
		q.deviate("qc_pds_outer_sequence_missing", "QcPDS holds one bare location; the list around it is missing.")
		kids = []der.Node{*info}
	case len(kids) == 0:
		q.deviate("qc_pds_empty", "QcPDS names no location.")
	}
	for _, location := range kids {
		parts := location.Children()
		if len(parts) != 2 {
			q.deviate("qc_pds_malformed", "A QcPDS location is not a URL with its language.")
			continue
		}
		url, okURL := parts[0].Text()
		language, okLanguage := parts[1].Text()
		if !okURL || !okLanguage || parts[0].Tag != asn1.IA5String || parts[1].Tag != asn1.PrintableString {
			q.deviate("qc_pds_string_type",
				"A QcPDS location uses string types other than IA5String and PrintableString.")
		}
		q.PDS = append(q.PDS, PDS{URL: url, Language: language})
	}
}

func readQcRetention(q *QCStatements, info *der.Node) {
	if info == nil || info.Tag != asn1.INTEGER || !info.Integer().IsInt64() {
		q.deviate("qc_retention_malformed", "QcRetentionPeriod is not a number of years.")
		return
	}
	years := info.Integer().Int64()
	q.RetentionYears = &years
	if years < 0 {
		q.deviate("qc_retention_negative", "QcRetentionPeriod is negative.")
	}
}

func readQcLimit(q *QCStatements, info *der.Node) {
	kids, _ := q.list(info)
	if len(kids) != 3 || kids[1].Tag != asn1.INTEGER || kids[2].Tag != asn1.INTEGER ||
		!kids[1].Integer().IsInt64() || !kids[2].Integer().IsInt64() {
		q.deviate("qc_limit_malformed", "QcLimitValue is not made of a currency, an amount and an exponent.")
		return
	}
	limit := &LimitValue{Amount: kids[1].Integer().Int64(), Exponent: kids[2].Integer().Int64()}
	if code, ok := kids[0].Text(); ok && len(code) == 3 {
		limit.Currency = code
	} else if kids[0].Tag == asn1.INTEGER {
		limit.Currency = shortInteger(kids[0].Integer())
	} else {
		q.deviate("qc_limit_malformed", "QcLimitValue names no ISO 4217 currency.")
	}
	if limit.Amount < 0 {
		q.deviate("qc_limit_negative", "QcLimitValue is negative.")
	}
	q.Limit = limit
}

func (q *QCStatements) readCountries(name string, info *der.Node) []string {
	kids, _ := q.list(info)
	var countries []string
	for _, k := range kids {
		country, ok := k.Text()
		if !ok || k.Tag != asn1.PrintableString || len(country) != 2 {
			q.deviateIn(name, "qc_country_malformed", "holds something that is no two-letter country code.")
		}
		countries = append(countries, country)
	}
	if len(countries) == 0 {
		q.deviateIn(name, "qc_country_malformed", "names no country.")
	}
	return countries
}

func readQcIdentMethod(q *QCStatements, info *der.Node) {
	kids, _ := q.list(info)
	q.IdentMethods = identifiers(kids)
	if len(q.IdentMethods) == 0 {
		q.deviate("qc_ident_method_malformed", "QcIdentMethod names no method.")
	}
}

// readSyntax reads pkixQCSyntax: SEQUENCE { semanticsIdentifier OPTIONAL,
// nameRegistrationAuthorities OPTIONAL }.
func readSyntax(q *QCStatements, info *der.Node) {
	if info == nil {
		return // statementInfo is optional here
	}
	kids, ok := q.list(info)
	if !ok {
		q.deviate("qc_syntax_malformed", "The semantics statement is not a SEQUENCE.")
		return
	}
	for _, k := range kids {
		if oid, isOID := k.OID(); isOID {
			q.Semantics = oid
		}
		q.Authorities = append(q.Authorities, uris(k, 0)...)
	}
}
