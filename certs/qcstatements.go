package certs

import (
	"slices"

	"golang.org/x/crypto/cryptobyte/asn1"

	"github.com/sealkeeper/sealkeeper/certs/internal/der"
)

// Statement identifiers of EN 319 412-5, RFC 3739 and TS 119 495.
const (
	oidQcCompliance      = "0.4.0.1862.1.1"
	oidQcLimitValue      = "0.4.0.1862.1.2"
	oidQcRetention       = "0.4.0.1862.1.3"
	oidQcSSCD            = "0.4.0.1862.1.4"
	oidQcPDS             = "0.4.0.1862.1.5"
	oidQcType            = "0.4.0.1862.1.6"
	oidQcLegislation     = "0.4.0.1862.1.7"
	oidQcIdentMethod     = "0.4.0.1862.1.8"
	oidQcQSCDLegislation = "0.4.0.1862.1.9"
	oidSyntaxV1          = "1.3.6.1.5.5.7.11.1"
	oidSyntaxV2          = "1.3.6.1.5.5.7.11.2"
	oidSemanticsLegal    = "0.4.0.194121.1.2"
	oidPSD2Statement     = "0.4.0.19495.2"

	oidTypeSign = "0.4.0.1862.1.6.1"
	oidTypeSeal = "0.4.0.1862.1.6.2"
	oidTypeWeb  = "0.4.0.1862.1.6.3"
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

// encodings are where the standard prescribes what a deviation is from, and who quotes it.
var encodings = map[string]struct {
	clause string
	basis  Basis
}{
	"qc_unreadable":                 {"RFC 3739 section 3.2.6", pkilint},
	"qc_outer_sequence_missing":     {"RFC 3739 section 3.2.6", pkilint},
	"qc_empty":                      {"RFC 3739 section 3.2.6", pkilint},
	"qc_statement_malformed":        {"RFC 3739 section 3.2.6", pkilint},
	"qc_statement_extra":            {"RFC 3739 section 3.2.6", pkilint},
	"qc_syntax_malformed":           {"RFC 3739 section 3.2.6.1", pkilint},
	"qc_tag":                        {"EN 319 412-5 clauses 4.2 and 4.3", pkilint},
	"qc_statement_duplicate":        {"EN 319 412-5 QCS-4.1-02A", zlint},
	"qc_info_unexpected":            {"EN 319 412-5 clauses 4.2.1 and 4.2.2", zlint},
	"qc_type_bare":                  {"EN 319 412-5 clause 4.2.3", pkilint},
	"qc_type_empty":                 {"EN 319 412-5 clause 4.2.3", zlint},
	"qc_type_as_statement":          {"EN 319 412-5 clause 4.2.3", zlint},
	"qc_country_malformed":          {"EN 319 412-5 clauses 4.2.4 and 4.2.6", pkilint},
	"qc_ident_method_malformed":     {"EN 319 412-5 clause 4.2.5", pkilint},
	"qc_limit_malformed":            {"EN 319 412-5 clause 4.3.2", pkilint},
	"qc_limit_negative":             {"EN 319 412-5 clause 4.3.2", pkilint},
	"qc_retention_malformed":        {"EN 319 412-5 clause 4.3.3", pkilint},
	"qc_retention_negative":         {"EN 319 412-5 clause 4.3.3", pkilint},
	"qc_pds_malformed":              {"EN 319 412-5 clause 4.3.4", zlint},
	"qc_pds_outer_sequence_missing": {"EN 319 412-5 clause 4.3.4", zlint},
	"qc_pds_string_type":            {"EN 319 412-5 clause 4.3.4", zlint},
	"qc_pds_empty":                  {"EN 319 412-5 clause 4.3.4", zlint},
	"psd2_malformed":                {"TS 119 495 annex A", pkilint},
	"psd2_tag":                      {"TS 119 495 annex A", pkilint},
	"psd2_string_type":              {"TS 119 495 annex A", pkilint},
	"psd2_roles_malformed":          {"TS 119 495 annex A", pkilint},
	"psd2_role_malformed":           {"TS 119 495 annex A", pkilint},
	"psd2_role_oid_missing":         {"TS 119 495 annex A", pkilint},
}

// Deviation is one place where an encoding was read although it is not what the
// standard prescribes.
type Deviation struct {
	Code    string // stable, "qc_outer_sequence_missing"
	Clause  string
	Message string
	About   string // the statement that Message names, where it can be one of several; else ""
}

func (q *QCStatements) deviate(code, message string) {
	q.Deviations = append(q.Deviations, Deviation{Code: code, Clause: encodings[code].clause, Message: message})
}

// deviateIn is deviate for a sentence that begins with the name of the statement.
func (q *QCStatements) deviateIn(about, code, message string) {
	q.Deviations = append(q.Deviations, Deviation{
		Code:    code,
		Clause:  encodings[code].clause,
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
	}{{oidTypeWeb, QWAC}, {oidTypeSeal, QSealC}, {oidTypeSign, QESign}} {
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
	if oid == oidPSD2Statement {
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
		return oidTypeWeb
	case QSealC:
		return oidTypeSeal
	case QESign:
		return oidTypeSign
	}
	return ""
}
