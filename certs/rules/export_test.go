package rules

import (
	"slices"

	"github.com/sealkeeper/sealkeeper/certs"
)

// ofZlint are the deviations whose clause zlint quotes; pkilint quotes those of all others.
var ofZlint = []string{
	"qc_statement_duplicate",
	"qc_info_unexpected",
	"qc_type_empty",
	"qc_type_as_statement",
	"qc_pds_malformed",
	"qc_pds_outer_sequence_missing",
	"qc_pds_string_type",
	"qc_pds_empty",
}

func deviationBasis(code string) Basis {
	if slices.Contains(ofZlint, code) {
		return zlint
	}
	return pkilint
}

// DescribeDeviation is what is the same for all sentences of a deviation of the QcStatements, by its code.
func DescribeDeviation(code string) Info {
	return Info{
		Code:     code,
		Severity: SeverityWarning,
		Clause:   certs.DeviationClause(code),
		Basis:    deviationBasis(code),
		Remedy:   deviationRemedy,
	}
}
