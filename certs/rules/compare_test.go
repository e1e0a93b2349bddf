package rules_test

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/lab/corpus"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"

	"github.com/sealkeeper/sealkeeper/certs/rules"
)

// verdicts are the findings of another linter: certificate file to its codes.
type verdicts map[string][]string

// comparison is one check of another linter, our codes that say the same, and on
// how many certificates only one of the two speaks. docs/certificates.md
// explains each difference.
type comparison struct {
	theirs     string
	ours       []string
	both       int
	onlyTheirs int
	onlyOurs   int
}

func jsonLines(t *testing.T, name string, each func(line []byte)) {
	t.Helper()
	f, err := os.Open(filepath.Join(corpus.Dir(t), "results", name))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 4<<20)
	for lines.Scan() {
		each(lines.Bytes())
	}
}

// zlintVerdicts leaves out what zlint could not parse.
func zlintVerdicts(t *testing.T) verdicts {
	v := verdicts{}
	jsonLines(t, "zlint-v3.7.3.jsonl", func(line []byte) {
		var r struct {
			File string
			ETSI map[string]string `json:"etsi"`
		}
		if err := json.Unmarshal(line, &r); err != nil {
			t.Fatal(err)
		}
		if r.ETSI == nil {
			return
		}
		v[r.File] = []string{}
		for lint, status := range r.ETSI {
			if strings.HasPrefix(status, "error") || strings.HasPrefix(status, "warn") {
				v[r.File] = append(v[r.File], lint)
			}
		}
	})
	return v
}

func pkilintVerdicts(t *testing.T) verdicts {
	v := verdicts{}
	jsonLines(t, "pkilint-0.13.2+main31d62c9.jsonl", func(line []byte) {
		var r struct {
			File     string
			Findings [][]any `json:"findings"`
		}
		if err := json.Unmarshal(line, &r); err != nil {
			t.Fatal(err)
		}
		if r.Findings == nil {
			return
		}
		v[r.File] = []string{}
		for _, f := range r.Findings {
			if code, ok := f[1].(string); ok {
				v[r.File] = append(v[r.File], code)
			}
		}
	})
	return v
}

// ourVerdicts judges every certificate an hour after it was issued.
func ourVerdicts(t *testing.T) verdicts {
	v := verdicts{}
	for _, r := range corpus.Readings(t) {
		c := qtsp.Parse(t, corpus.DER(t, r.File))
		findings := rules.Judge(c, nil, c.NotBefore.Add(time.Hour))
		v[r.File] = codes(findings)
		for _, f := range findings {
			if len(f.Args) > 0 {
				v[r.File] = append(v[r.File], f.Code+":"+f.Args[0])
			}
		}
	}
	return v
}

func compare(t *testing.T, theirs, ours verdicts, comparisons []comparison) {
	t.Helper()
	if len(theirs) < 250 {
		t.Fatalf("only %d verdicts", len(theirs))
	}
	for _, c := range comparisons {
		got := comparison{theirs: c.theirs, ours: c.ours}
		for file, codes := range theirs {
			they := slices.Contains(codes, c.theirs)
			we := slices.ContainsFunc(ours[file], func(code string) bool { return slices.Contains(c.ours, code) })
			switch {
			case they && we:
				got.both++
			case they:
				got.onlyTheirs++
				t.Logf("%s only: %s", c.theirs, file)
			case we:
				got.onlyOurs++
				t.Logf("%v only: %s", c.ours, file)
			}
		}
		if got.both != c.both || got.onlyTheirs != c.onlyTheirs || got.onlyOurs != c.onlyOurs {
			t.Errorf("%s: %d both, %d only theirs, %d only ours; expected %d, %d, %d",
				c.theirs, got.both, got.onlyTheirs, got.onlyOurs, c.both, c.onlyTheirs, c.onlyOurs)
		}
	}
}

var zlintComparisons = []comparison{
	{
		theirs:     "e_duplicate_etsi_qcstatement",
		ours:       []string{"qc_statement_duplicate"},
		both:       1,
		onlyTheirs: 0,
		onlyOurs:   2,
	},
	{
		theirs:     "e_qcstatem_etsi_present_qcs_critical",
		ours:       []string{"qc_critical"},
		both:       1,
		onlyTheirs: 0,
		onlyOurs:   3,
	},
	{
		theirs:     "e_qcstatem_etsi_type_as_statem",
		ours:       []string{"qc_type_as_statement"},
		both:       2,
		onlyTheirs: 0,
		onlyOurs:   0,
	},
	{
		theirs:     "e_qcstatem_mandatory_etsi_statems",
		ours:       []string{"not_qualified", "qctype_missing"},
		both:       12,
		onlyTheirs: 2,
		onlyOurs:   25,
	},
	{
		theirs:     "e_qcstatem_pds_must_have_https_only",
		ours:       []string{"pds_not_https"},
		both:       3,
		onlyTheirs: 0,
		onlyOurs:   12,
	},
	{
		theirs:     "e_qcstatem_psd2_ncaid_format",
		ours:       []string{"nca_id_malformed", "nca_missing"},
		both:       11,
		onlyTheirs: 11,
		onlyOurs:   1,
	},
	{
		theirs:     "e_qcstatem_psd2_ncaname_valid",
		ours:       []string{"nca_missing", "nca_name_script", "psd2_malformed"},
		both:       0,
		onlyTheirs: 13,
		onlyOurs:   0,
	},
	{
		theirs:     "e_qcstatem_psd2_orgid_format",
		ours:       []string{"organization_id_malformed"},
		both:       7,
		onlyTheirs: 0,
		onlyOurs:   9,
	},
	{theirs: "e_qcstatem_psd2_roles_present", ours: []string{"roles_empty"}, both: 1, onlyTheirs: 13, onlyOurs: 0},
	{
		theirs:     "e_qcstatem_psd2_roles_valid",
		ours:       []string{"role_name_mismatch", "role_without_oid", "role_unspecified_not_alone"},
		both:       11,
		onlyTheirs: 7,
		onlyOurs:   2,
	},
	{
		theirs: "e_qcstatem_psd2_valid",
		ours: []string{
			"psd2_malformed", "psd2_roles_malformed", "psd2_role_malformed", "psd2_role_oid_missing",
			"psd2_string_type",
		},
		both:       12,
		onlyTheirs: 1,
		onlyOurs:   0,
	},
	{
		theirs:     "w_qcstatem_psd2_ncaid_eulist",
		ours:       []string{"nca_id_unknown", "nca_id_former", "nca_not_eu", "nca_id_malformed", "nca_missing"},
		both:       12,
		onlyTheirs: 6,
		onlyOurs:   14,
	},
	{
		theirs:     "e_qcstatem_qclimitvalue_valid",
		ours:       []string{"limit_currency", "qc_limit_malformed", "qc_limit_negative"},
		both:       4,
		onlyTheirs: 0,
		onlyOurs:   1,
	},
	{
		theirs: "e_qcstatem_qcpds_valid",
		ours: []string{
			"qc_pds_malformed", "qc_pds_outer_sequence_missing", "qc_pds_string_type", "qc_pds_empty",
			"pds_not_english", "pds_repeated", "pds_language",
		},
		both:       9,
		onlyTheirs: 0,
		onlyOurs:   13,
	},
	{
		theirs:     "w_qcstatem_qcpds_lang_case",
		ours:       []string{"pds_language", "qc_pds_malformed", "qc_pds_string_type"},
		both:       11,
		onlyTheirs: 0,
		onlyOurs:   7,
	},
	{theirs: "e_qcstatem_qctype_oneonly", ours: []string{"qctype_several"}, both: 1, onlyTheirs: 0, onlyOurs: 5},
	{
		theirs:     "e_qcstatem_qctype_valid",
		ours:       []string{"qctype_unknown", "qc_type_bare", "qc_type_empty"},
		both:       2,
		onlyTheirs: 0,
		onlyOurs:   0,
	},
	{
		theirs:     "e_qcstatem_qctype_web",
		ours:       []string{"qctype_missing", "policy_contradicts_type", "seal_for_tls"},
		both:       15,
		onlyTheirs: 0,
		onlyOurs:   38,
	},
}

func TestFindingsAgainstZlint(t *testing.T) {
	compare(t, zlintVerdicts(t), ourVerdicts(t), zlintComparisons)
}

var pkilintComparisons = []comparison{
	{
		theirs:     "etsi.ts_119_495.gen-5.2-2.invalid_psp_role",
		ours:       []string{"role_name_mismatch", "role_unknown"},
		both:       5,
		onlyTheirs: 0,
		onlyOurs:   4,
	},
	{
		theirs:     "etsi.ts_119_495.gen-5.2.2-1.roles_of_psp_empty",
		ours:       []string{"roles_empty"},
		both:       1,
		onlyTheirs: 0,
		onlyOurs:   0,
	},
	{
		theirs:     "etsi.ts_119_495.gen-5.2.2-5.psp_role_mismatch",
		ours:       []string{"role_name_mismatch"},
		both:       2,
		onlyTheirs: 0,
		onlyOurs:   7,
	},
	{
		theirs:     "etsi.ts_119_495.gen-5.2.1-3.invalid_psd_organization_id_format",
		ours:       []string{"organization_id_malformed"},
		both:       1,
		onlyTheirs: 1,
		onlyOurs:   18,
	},
	{
		theirs:     "etsi.ts_119_495.gen-5.2.3-2.invalid_ca_identifier",
		ours:       []string{"nca_id_malformed"},
		both:       3,
		onlyTheirs: 0,
		onlyOurs:   13,
	},
	{
		theirs:     "etsi.ts_119_495.gen-5.2.3-2.invalid_iso_country",
		ours:       []string{"nca_id_malformed"},
		both:       6,
		onlyTheirs: 0,
		onlyOurs:   10,
	},
	{
		theirs:     "etsi.ts_119_495.gen-5.2.3-2.invalid_structure",
		ours:       []string{"nca_id_malformed"},
		both:       1,
		onlyTheirs: 0,
		onlyOurs:   15,
	},
	{
		theirs:     "etsi.ts_119_495.ovr-6.1-3.prohibited_psd2_policy_oid_present",
		ours:       []string{"policy_psd2_not_web", "psd2_missing"},
		both:       4,
		onlyTheirs: 30,
		onlyOurs:   131,
	},
	{
		theirs:     "etsi.en_319_412_1.leg-5.1.4-02.invalid_format",
		ours:       []string{"organization_id_malformed"},
		both:       3,
		onlyTheirs: 0,
		onlyOurs:   16,
	},
	{
		theirs:     "etsi.en_319_412_1.leg-5.1.4-03.national_identifier_scheme_detected",
		ours:       []string{"organization_id_national"},
		both:       2,
		onlyTheirs: 1,
		onlyOurs:   0,
	},
	{
		theirs:     "etsi.en_319_412_2.qcs-5.2-1.multiple_certificate_type_policy_identifiers_present",
		ours:       []string{"policy_several"},
		both:       1,
		onlyTheirs: 0,
		onlyOurs:   0,
	},
	{
		theirs:     "etsi.en_319_412_2.key_usage_extension_absent",
		ours:       []string{"key_usage_missing"},
		both:       30,
		onlyTheirs: 5,
		onlyOurs:   0,
	},
	{
		theirs:     "etsi.en_319_412_2.certificate_policies_extension_absent",
		ours:       []string{"policies_missing"},
		both:       30,
		onlyTheirs: 26,
		onlyOurs:   0,
	},
	{
		theirs:     "etsi.en_319_412_2.authority_key_identifier_extension_absent",
		ours:       []string{"no_authority_key_id"},
		both:       31,
		onlyTheirs: 20,
		onlyOurs:   0,
	},
	{
		theirs:     "etsi.en_319_412_2.gen-4.4.1-3.ca_issuers_aia_access_method_absent",
		ours:       []string{"no_ca_issuers"},
		both:       5,
		onlyTheirs: 5,
		onlyOurs:   41,
	},
	{
		theirs:     "etsi.en_319_412_2.gen-4.3.10-1.eku_extension_is_critical",
		ours:       []string{"eku_critical"},
		both:       6,
		onlyTheirs: 17,
		onlyOurs:   1,
	},
	{
		theirs:     "etsi.en_319_412_3.leg-4.2.1-2.organization_identifier_attribute_absent",
		ours:       []string{"subject_incomplete:organizationIdentifier"},
		both:       29,
		onlyTheirs: 59,
		onlyOurs:   2,
	},
	{
		theirs:     "etsi.en_319_412_4.web-4.1.3-4.san_missing",
		ours:       []string{"san_missing"},
		both:       4,
		onlyTheirs: 6,
		onlyOurs:   5,
	},
	{
		theirs:     "etsi.en_319_412_5.gen-4.2.3.qc_type_mismatch",
		ours:       []string{"policy_contradicts_type", "qctype_missing", "qctype_several", "seal_for_tls"},
		both:       14,
		onlyTheirs: 0,
		onlyOurs:   59,
	},
	{
		theirs:     "etsi.en_319_412_5.gen-4.2.4.iso_country_code_invalid",
		ours:       []string{"legislation_country"},
		both:       1,
		onlyTheirs: 0,
		onlyOurs:   1,
	},
	{
		theirs:     "etsi.en_319_412_5.gen-4.3.2.currency_code_invalid",
		ours:       []string{"limit_currency", "qc_limit_malformed"},
		both:       2,
		onlyTheirs: 0,
		onlyOurs:   3,
	},
	{
		theirs:     "etsi.en_319_412_5.gen-4.3.3.retention_period_years_not_positive",
		ours:       []string{"qc_retention_negative"},
		both:       0,
		onlyTheirs: 1,
		onlyOurs:   0,
	},
	{
		theirs:     "etsi.en_319_412_5.gen-4.3.4.url_scheme_not_https",
		ours:       []string{"pds_not_https"},
		both:       13,
		onlyTheirs: 0,
		onlyOurs:   3,
	},
	{
		theirs:     "etsi.en_319_412_5.qcs-4.1-02.qcstatements_extension_is_critical",
		ours:       []string{"qc_critical"},
		both:       4,
		onlyTheirs: 0,
		onlyOurs:   0,
	},
	{
		theirs:     "etsi.en_319_412_5.qcs-5.01.qc_sscd_qualified_statement_present",
		ours:       []string{"sscd_in_qwac"},
		both:       1,
		onlyTheirs: 1,
		onlyOurs:   2,
	},
	{
		theirs:     "etsi.en_319_412_5.qcs-5.01.qc_type_qualified_statement_absent",
		ours:       []string{"qctype_missing"},
		both:       4,
		onlyTheirs: 0,
		onlyOurs:   43,
	},
	{
		theirs:     "etsi.en_319_412_2.gen-4.3.11-4.http_or_ldap_crldp_distribution_point_uri_missing",
		ours:       []string{"crl_not_http"},
		both:       3,
		onlyTheirs: 3,
		onlyOurs:   1,
	},
	{
		theirs:     "etsi.en_319_412_2.gen-4.3.11-2.crldp_extension_missing",
		ours:       []string{"no_revocation_pointers"},
		both:       36,
		onlyTheirs: 24,
		onlyOurs:   3,
	},
	{
		theirs:     "etsi.en_319_412_2.qcs-5.2-1.recommended_certificate_type_policy_identifier_missing",
		ours:       []string{"policy_not_etsi", "policy_psd2_alone"},
		both:       21,
		onlyTheirs: 1,
		onlyOurs:   29,
	},
	{
		theirs:     "etsi.en_319_412_2.qcs-5.2-2.mismatched_policy_identifier_for_certificate_type",
		ours:       []string{"policy_contradicts_type"},
		both:       9,
		onlyTheirs: 43,
		onlyOurs:   4,
	},
	{
		theirs:     "etsi.en_319_412_2.name_constraints_extension_present",
		ours:       []string{"extension_of_ca"},
		both:       0,
		onlyTheirs: 2,
		onlyOurs:   0,
	},
	{
		theirs:     "etsi.en_319_412_3.leg-4.2.1-4.unknown_country_code",
		ours:       []string{"country_unknown"},
		both:       3,
		onlyTheirs: 0,
		onlyOurs:   8,
	},
	{
		theirs:     "etsi.en_319_412_4.web-4.1.3-4.common_name_unknown_source",
		ours:       []string{"common_name_not_in_san"},
		both:       3,
		onlyTheirs: 11,
		onlyOurs:   0,
	},
	{
		theirs:     "etsi.internal_domain_name",
		ours:       []string{"internal_name"},
		both:       2,
		onlyTheirs: 8,
		onlyOurs:   0,
	},
	{
		theirs:     "cabf.serverauth.organization_identifier_mismatched_value",
		ours:       []string{"organization_id_differs"},
		both:       7,
		onlyTheirs: 0,
		onlyOurs:   1,
	},
}

func TestFindingsAgainstPkilint(t *testing.T) {
	compare(t, pkilintVerdicts(t), ourVerdicts(t), pkilintComparisons)
}
