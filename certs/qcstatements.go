package certs

import (
	"maps"
	"slices"

	"golang.org/x/crypto/cryptobyte/asn1"

	"github.com/sealkeeper/sealkeeper/certs/internal/der"
	"github.com/sealkeeper/sealkeeper/certs/internal/oids"
)

// QCStatements is the qualified certificate statements extension
// (1.3.6.1.5.5.7.1.3) as understood, together with where its encoding leaves the
// standard.
type QCStatements struct {
	Present         bool
	Critical        bool     // must be false: EN 319 412-5 clause 4.1
	Compliance      bool     // QcCompliance: claims to be an EU qualified certificate
	Types           []string // QcType values, OIDs
	SSCD            bool     // QcSSCD: the key is in a qualified device
	PDS             []PDS
	RetentionYears  *int64
	Limit           *LimitValue
	Legislation     []string // QcCClegislation: countries, only outside the EU
	IdentMethods    []string // OIDs
	QSCDLegislation []string
	Semantics       string   // semantics identifier of pkixQCSyntax, OID
	Authorities     []string // nameRegistrationAuthorities, URIs

	Statements []Statement // every statement, in order
	Deviations []Deviation
}

// PDS is where a PKI disclosure statement is, and its language.
type PDS struct{ URL, Language string }

// LimitValue is the transaction limit amount * 10^exponent.
type LimitValue struct {
	Currency         string // ISO 4217, letters or digits
	Amount, Exponent int64
}

// Statement is one statement as encoded; Info is the DER of its statementInfo,
// nil when it has none.
type Statement struct {
	OID  string
	Info []byte
}

// encodings are where the standard prescribes what a deviation is from.
var encodings = map[string]string{
	"qc_unreadable":                 "RFC 3739 section 3.2.6",
	"qc_outer_sequence_missing":     "RFC 3739 section 3.2.6",
	"qc_empty":                      "RFC 3739 section 3.2.6",
	"qc_statement_malformed":        "RFC 3739 section 3.2.6",
	"qc_statement_extra":            "RFC 3739 section 3.2.6",
	"qc_syntax_malformed":           "RFC 3739 section 3.2.6.1",
	"qc_tag":                        "EN 319 412-5 clauses 4.2 and 4.3",
	"qc_statement_duplicate":        "EN 319 412-5 QCS-4.1-02A",
	"qc_info_unexpected":            "EN 319 412-5 clauses 4.2.1 and 4.2.2",
	"qc_type_bare":                  "EN 319 412-5 clause 4.2.3",
	"qc_type_empty":                 "EN 319 412-5 clause 4.2.3",
	"qc_type_as_statement":          "EN 319 412-5 clause 4.2.3",
	"qc_country_malformed":          "EN 319 412-5 clauses 4.2.4 and 4.2.6",
	"qc_ident_method_malformed":     "EN 319 412-5 clause 4.2.5",
	"qc_limit_malformed":            "EN 319 412-5 clause 4.3.2",
	"qc_limit_negative":             "EN 319 412-5 clause 4.3.2",
	"qc_retention_malformed":        "EN 319 412-5 clause 4.3.3",
	"qc_retention_negative":         "EN 319 412-5 clause 4.3.3",
	"qc_pds_malformed":              "EN 319 412-5 clause 4.3.4",
	"qc_pds_outer_sequence_missing": "EN 319 412-5 clause 4.3.4",
	"qc_pds_string_type":            "EN 319 412-5 clause 4.3.4",
	"qc_pds_empty":                  "EN 319 412-5 clause 4.3.4",
	"psd2_malformed":                "TS 119 495 annex A",
	"psd2_tag":                      "TS 119 495 annex A",
	"psd2_string_type":              "TS 119 495 annex A",
	"psd2_roles_malformed":          "TS 119 495 annex A",
	"psd2_role_malformed":           "TS 119 495 annex A",
	"psd2_role_oid_missing":         "TS 119 495 annex A",
}

// Deviation is one place where an encoding was read although it is not what the
// standard prescribes.
type Deviation struct {
	Code    string // stable, "qc_outer_sequence_missing"
	Clause  string
	Message string
	About   string // the statement that Message names, where it can be one of several; else ""
}

// DeviationCodes are the codes of all deviations, sorted.
func DeviationCodes() []string { return slices.Sorted(maps.Keys(encodings)) }

// DeviationClause is the clause that a deviation is from, by its code.
func DeviationClause(code string) string { return encodings[code] }

func (q *QCStatements) deviate(code, message string) {
	q.Deviations = append(q.Deviations, Deviation{Code: code, Clause: encodings[code], Message: message})
}

// deviateIn is deviate for a sentence that begins with the name of the statement.
func (q *QCStatements) deviateIn(about, code, message string) {
	q.Deviations = append(q.Deviations, Deviation{
		Code:    code,
		Clause:  encodings[code],
		Message: about + " " + message,
		About:   about,
	})
}

// Has reports whether a statement is there.
func (q *QCStatements) Has(oid string) bool {
	for _, s := range q.Statements {
		if s.OID == oid {
			return true
		}
	}
	return false
}

// kind is the certificate kind that QcType claims. With several types, which the
// standard forbids, website authentication goes before seal before signature.
func (q *QCStatements) kind() Kind {
	for _, k := range []struct {
		oid  string
		kind Kind
	}{{oids.TypeWeb, QWAC}, {oids.TypeSeal, QSealC}, {oids.TypeSign, QESign}} {
		if slices.Contains(q.Types, k.oid) {
			return k.kind
		}
	}
	return Other
}

// decodeQCStatements reads the extension as strictly as it can and as tolerantly
// as it must: the value is what was meant, the deviations are where it was not
// said properly.
func decodeQCStatements(ext Extension) (QCStatements, *PSD2) {
	q := QCStatements{Present: true, Critical: ext.Critical}
	root, err := der.Read(ext.Value)
	if err != nil || root.Tag&0x20 == 0 {
		q.deviate("qc_unreadable", "The QcStatements extension is not a DER SEQUENCE.")
		return q, nil
	}
	if root.Tag != asn1.SEQUENCE {
		q.deviate("qc_statement_malformed", "The QcStatements extension is not a SEQUENCE.")
	}
	statements := root.Children()
	if len(statements) > 0 && statements[0].Tag == asn1.OBJECT_IDENTIFIER {
		q.deviate("qc_outer_sequence_missing",
			"The QcStatements extension holds one bare statement; the list around it is missing.")
		statements = []der.Node{root}
	}
	if len(statements) == 0 {
		q.deviate("qc_empty", "The QcStatements extension holds no statement.")
	}
	var psd2 *PSD2
	for _, s := range statements {
		if p := q.readStatement(s); p != nil && psd2 == nil {
			psd2 = p
		}
	}
	return q, psd2
}

// readStatement reads one QCStatement: SEQUENCE { statementId, statementInfo OPTIONAL }.
func (q *QCStatements) readStatement(s der.Node) *PSD2 {
	kids := s.Children()
	if len(kids) == 0 {
		q.deviate("qc_statement_malformed", "A QcStatement is empty or damaged.")
		return nil
	}
	oid, ok := kids[0].OID()
	if !ok {
		q.deviate("qc_statement_malformed", "A QcStatement does not begin with its identifier.")
		return nil
	}
	if s.Tag != asn1.SEQUENCE {
		q.deviate("qc_statement_malformed", "A QcStatement is not a SEQUENCE.")
	}
	statement := Statement{OID: oid}
	var info *der.Node
	if len(kids) > 1 {
		info, statement.Info = &kids[1], kids[1].Full
	}
	if len(kids) > 2 {
		q.deviateIn("QcStatement "+oid, "qc_statement_extra", "has more than an identifier and its information.")
	}
	if q.Has(oid) {
		q.deviateIn("QcStatement "+oid, "qc_statement_duplicate", "is there more than once.")
	}
	q.Statements = append(q.Statements, statement)
	if oid == oids.PSD2Statement {
		if info == nil {
			info = &der.Node{}
		}
		return q.readPSD2(*info)
	}
	if read := statementReaders[oid]; read != nil {
		read(q, info)
	}
	return nil
}

// QcType returns the QcType value of a kind, "" for Other.
func (k Kind) QcType() string {
	switch k {
	case QWAC:
		return oids.TypeWeb
	case QSealC:
		return oids.TypeSeal
	case QESign:
		return oids.TypeSign
	}
	return ""
}
