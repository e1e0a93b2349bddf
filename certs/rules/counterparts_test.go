package rules_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/sealkeeper/sealkeeper/certs/rules"
)

// counterpart says which of our codes a check of another linter corresponds to, or why none does.
type counterpart struct {
	theirs []string
	ours   []string
	why    string
}

// counterparts are all checks of zlint's ETSI lints and of pkilint's for ETSI, organizationIdentifier and the EV
// guidelines but those in the comparisons. A name that ends in "*" stands for all that begin so.
var counterparts = []counterpart{
	{
		[]string{
			"e_etsi_natural_person_key_usage_correct_values", "e_etsi_natural_person_key_usage_mandatory",
			"w_etsi_natural_person_key_usage_preferred_values", "etsi.en_319_412_1.nat-*", "etsi.nat_*",
			"etsi.en_319_412_2.nat-4.2.4-*",
		},
		nil, "natural persons have no certificates for PSD2",
	},
	{
		[]string{"etsi.en_319_412_2.nat-4.3.2-*", "etsi.en_319_412_3.leg-4.3.1-*"},
		[]string{"key_usage_no_commitment", "key_usage_mixed", "key_usage_no_signature", "key_usage_no_tls"},
		"said of seals alone, as notices: a website certificate is not for documents",
	},
	{[]string{"e_qcstatem_qctype_smime"}, nil, "certificates for e-mail are of no use here"},
	{[]string{"e_qcstatem_qccompliance_valid", "e_qcstatem_qcsscd_valid"}, []string{"qc_info_unexpected"}, ""},
	{
		[]string{"e_qcstatem_qcretentionperiod_valid"},
		[]string{"qc_retention_malformed", "qc_retention_negative"}, "",
	},
	{
		[]string{"w_qcstatem_psd2_orgid_format", "etsi.en_319_412_1.leg-5.1.4-03.invalid_*"},
		[]string{"organization_id_malformed", "organization_id_not_psd"}, "",
	},
	{
		[]string{"etsi.en_319_412_1.leg-5.1.4-05.*"}, []string{"organization_id_no_authority"}, "",
	},
	{[]string{"etsi.en_319_412_1.leg-5.1.6-*"}, nil, "payment firms' certificates have no identifiers of eIDAS nodes"},
	{
		[]string{"etsi.en_319_412_2.gen-4.2.3.1-*"}, nil,
		"who the issuer is: the bank judges that by its trusted list, and here the chain is verified",
	},
	{
		[]string{"etsi.en_319_412_2.gen-4.2.2-1.discouraged_signature_algorithm"},
		[]string{"weak_signature", "not_usable_for_tls"}, "",
	},
	{
		[]string{"etsi.en_319_412_2.gen-4.2.5-1.discouraged_public_key_type"},
		[]string{"key_algorithm", "curve_not_listed", "ed25519_key", "rsa_pss_key", "not_usable_for_tls"}, "",
	},
	{
		[]string{"ts_119_312.8.4.*", "etsi.ts_119_312.8.4.*"},
		[]string{"rsa_too_short", "rsa_ends_late", "rsa_sunset", "weak_key"}, "",
	},
	{[]string{"ts_119_312.6.2.2.1.*"}, []string{"rsa_exponent"}, ""},
	{
		[]string{"etsi.en_319_412_2.gen-4.3.3-1.critical_certificate_policies_extension"},
		[]string{"browser_policies_critical"},
		"said where browsers' rules forbid it: ETSI's clause is a recommendation, and software here reads policies",
	},
	{
		[]string{
			"etsi.en_319_412_2.gen-4.3.5-1.san_extension_is_critical",
			"etsi.en_319_412_2.gen-4.3.6-1.ian_extension_is_critical",
			"etsi.en_319_412_2.gen-4.3.11-5.crl_extension_is_critical",
		},
		[]string{"extension_critical"}, "",
	},
	{
		[]string{
			"etsi.en_319_412_2.authority_info_access_extension_absent",
			"etsi.en_319_412_2.gen-4.4.1-8.ocsp_aia_access_method_absent",
		},
		[]string{"no_ca_issuers", "no_ocsp", "no_revocation_pointers"}, "",
	},
	{
		[]string{"etsi.en_319_412_2.gen-4.4.1-4.ca_issuers_aia_access_method_http_uri_missing"},
		[]string{"ca_issuers_not_http"}, "",
	},
	{
		[]string{"etsi.en_319_412_2.gen-4.4.1-6.ocsp_aia_access_method_http_uri_missing"},
		[]string{"ocsp_not_http"}, "",
	},
	{[]string{"etsi.extensions_field_absent"}, []string{"not_eidas"}, ""},
	{
		[]string{"etsi.en_319_412_3.leg-4.2.1-2.*"}, []string{"subject_incomplete"},
		"said with the name of the attribute",
	},
	{[]string{"etsi.en_319_412_3.leg-4.2.1-3.*"}, []string{"subject_repeated"}, ""},
	{[]string{"etsi.en_319_412_3.leg-4.2.1-6.*"}, []string{"organization_id_is_name"}, ""},
	{
		[]string{
			"etsi.en_319_412_4.web-4.1.3-4.eku_extension_is_critical", "etsi.en_319_412_4.web-4.1.3-4.eku_missing",
		},
		[]string{"eku_critical", "eku_missing"}, "",
	},
	{[]string{"etsi.en_319_412_4.web-4.1.4-2.common_name_unknown_source"}, []string{"common_name_not_in_san"}, ""},
	{[]string{"etsi.en_319_412_5.gen-4.2.4.iso_country_code_list_empty"}, []string{"qc_country_malformed"}, ""},
	{[]string{"etsi.en_319_412_5.gen-4.3.2.amount_negative"}, []string{"qc_limit_negative"}, ""},
	{
		[]string{"etsi.en_319_412_5.gen-4.3.2.exponent_negative"}, nil,
		"the value is amount times 10 to the exponent, which may be negative: cents",
	},
	{
		[]string{"etsi.en_319_412_5.gen-4.3.2.discouraged_numeric_currency_code_present"},
		[]string{"limit_numeric"}, "",
	},
	{
		[]string{"etsi.en_319_412_5.gen-4.3.4.iso_language_code_invalid"},
		[]string{"pds_language", "qc_pds_malformed"}, "",
	},
	{
		[]string{"etsi.en_319_411_1.gen-6.3.3-12.*"}, []string{"policy_several", "policy_contradicts_type"},
		"of certificates that claim nothing qualified, `not_eidas` and `policy_not_etsi` are enough",
	},
	{[]string{"etsi.internal_ip_address"}, []string{"internal_name"}, "said of a QWAC's own names and addresses"},
	{[]string{"etsi.ts_119_495.gen-5.1.1.qc_eu_pds_missing"}, []string{"pds_missing"}, ""},
	{[]string{"etsi.ts_119_495.gen-5.2-2.invalid_psp_oid"}, []string{"role_unknown"}, ""},
	{[]string{"etsi.ts_119_495.gen-5.2.3-1.nca_name_non_latin"}, []string{"nca_name_script"}, ""},
	{
		[]string{
			"cabf.invalid_organization_identifier_*", "cabf.invalid_subject_organization_identifier_*",
			"cabf.organization_identifier_reference_missing_for_scheme",
		},
		[]string{"organization_id_malformed", "organization_id_differs"},
		"judged as EN 319 412-1 writes them; states and provinces are not looked at",
	},
	{
		[]string{"cabf.ev_guidelines.*", "cabf.serverauth.organization_identifier_extension_absent"}, nil,
		"attributes of browsers' extended validation: no bank is known to look at them",
	},
	{[]string{"e_ev_san_ip_address_present", "e_ev_not_wildcard"}, []string{"san_address", "san_wildcard"}, ""},
	{
		[]string{"e_ev_orgid_inconsistent_subj_and_ext", "e_ev_subject_orgid_ext_mismatch"},
		[]string{"organization_id_differs"}, "",
	},
	{
		[]string{"e_ev_invalid_orgid_reg_scheme", "e_cabf_org_identifier_psd_vat_has_state"},
		[]string{"organization_id_malformed"}, "",
	},
	{
		[]string{"e_cabf_org_identifier_joic_mismatch"}, []string{"nca_country"},
		"the country of the authority is compared, that of the incorporation is for browsers",
	},
	{
		[]string{
			"e_ev_business_category_missing", "e_ev_invalid_business_category", "e_ev_serial_number_missing",
			"e_ev_extra_subject_attribs", "e_ev_valid_time_too_long",
		},
		nil, "attributes and times of browsers' extended validation: no bank is known to look at them",
	},
	{
		[]string{"e_ev_country_name_missing", "e_ev_organization_name_missing"}, []string{"subject_incomplete"}, "",
	},
	{[]string{"e_ev_organization_id_missing"}, []string{"subject_incomplete"}, ""},
}

// TestEveryCheckOfOthersHasAPlace finds a check that linters made on the corpus and nobody has compared with ours.
func TestEveryCheckOfOthersHasAPlace(t *testing.T) {
	known := regexp.MustCompile(`^(etsi\.|ts_119_|cabf\.ev_guidelines\.)|organization_identifier`)
	for _, said := range pkilintVerdicts(t) {
		for _, code := range said {
			if known.MatchString(code) && !compared(pkilintComparisons, code) && !placed(code) {
				t.Errorf("pkilint's %s is compared with nothing", code)
			}
		}
	}
	extended := regexp.MustCompile(`_ev_|org_?id|organization_id`)
	jsonLines(t, "zlint-v3.7.3.jsonl", func(line []byte) {
		var r struct {
			ETSI map[string]string `json:"etsi"`
		}
		if err := json.Unmarshal(line, &r); err != nil {
			t.Fatal(err)
		}
		names := slices.Collect(maps.Keys(r.ETSI))
		for _, name := range regexp.MustCompile(`"([ew]_[a-z0-9_]+)":`).FindAllStringSubmatch(string(line), -1) {
			if extended.MatchString(name[1]) {
				names = append(names, name[1])
			}
		}
		for _, name := range names {
			if !compared(zlintComparisons, name) && !placed(name) {
				t.Errorf("zlint's %s is compared with nothing", name)
			}
		}
	})
}

func compared(all []comparison, code string) bool {
	return slices.ContainsFunc(all, func(c comparison) bool { return c.theirs == code })
}

func placed(code string) bool {
	return slices.ContainsFunc(counterparts, func(c counterpart) bool {
		return slices.ContainsFunc(c.theirs, func(name string) bool {
			begin, any := strings.CutSuffix(name, "*")
			return name == code || any && strings.HasPrefix(code, begin)
		})
	})
}

// TestCounterpartsAreInTheDocument keeps that table, and its codes true.
func TestCounterpartsAreInTheDocument(t *testing.T) {
	document, err := os.ReadFile(findingsDocument)
	if err != nil {
		t.Fatal(err)
	}
	codes := map[string]bool{}
	for _, f := range append(rules.All(), deviationsInSource(t)...) {
		codes[f.Code] = true
	}
	for _, c := range counterparts {
		if len(c.ours) == 0 && c.why == "" {
			t.Errorf("%v has neither a counterpart nor a reason", c.theirs)
		}
		for _, code := range c.ours {
			if !codes[code] {
				t.Errorf("there is no finding %s", code)
			}
		}
		if row := counterpartRow(c); !strings.Contains(string(document), row) {
			t.Errorf("docs/certificates.md has no row %s", row)
		}
	}
}

func counterpartRow(c counterpart) string {
	ours := "none"
	if len(c.ours) > 0 {
		ours = "`" + strings.Join(c.ours, "`, `") + "`"
	}
	return fmt.Sprintf("| `%s` | %s | %s |\n", strings.Join(c.theirs, "`, `"), ours, c.why)
}
