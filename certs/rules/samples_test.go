package rules_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"net"
	"regexp"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
)

func samples(t *testing.T) []sample {
	now := time.Now().Truncate(time.Second)
	p224, err := ecdsa.GenerateKey(elliptic.P224(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	weak, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	_, edwards, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	short := new(big.Int).Lsh(big.NewInt(1), 1023)
	change := func(f func(*x509.Certificate)) qtsp.Request { return qtsp.Request{Change: f} }
	seal := func(f func(*x509.Certificate)) qtsp.Request {
		return qtsp.Request{Kind: certs.QSealC, Change: f}
	}
	browser := policies("2.23.140.1.1", "0.4.0.194112.1.4")
	return []sample{
		{code: "expired", request: qtsp.Request{NotBefore: now.AddDate(-1, 0, 0), NotAfter: now.Add(-time.Hour)}},
		{code: "not_yet_valid", request: qtsp.Request{NotBefore: now.Add(time.Hour)}},
		{code: "validity_unreadable", patch: func(der []byte) []byte {
			return regexp.MustCompile(`[0-9]{12}Z`).ReplaceAll(der, []byte("2x0101000000Z"))
		}},
		{
			code:    "validity_too_long",
			request: qtsp.Request{NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(1, 3, 0), Change: browser},
		},
		{code: "renew_soon", request: qtsp.Request{NotBefore: now.AddDate(0, -9, 0), NotAfter: now.AddDate(0, 1, 0)}},

		{code: "not_usable_for_tls", patch: replace("a003020102", "a003020105")},
		{code: "not_version_3", patch: replace("a003020102", "a003020101")},
		{code: "weak_key", request: qtsp.Request{Key: foreign{weak, &rsa.PublicKey{N: short, E: 65537}}}},
		{
			code:    "key_algorithm",
			request: qtsp.Request{Key: weak},
			patch:   replace("2a864886f70d010101", "2a864886f70d010107"),
		},
		{
			code:    "rsa_pss_key",
			request: qtsp.Request{Key: weak},
			patch:   replace("2a864886f70d010101", "2a864886f70d01010a"),
		},
		{code: "rsa_exponent", request: qtsp.Request{Key: foreign{weak, &rsa.PublicKey{N: weak.N, E: 3}}}},
		{code: "rsa_sunset", request: sunset(weak, "2026-12-31", "2027-12-31"), at: on("2027-06-01")},
		{code: "rsa_too_short", request: sunset(weak, "2027-01-01", "2027-12-31")},
		{code: "rsa_ends_late", request: sunset(weak, "2026-12-31", "2029-01-01")},
		{code: "client_auth_browser", request: qtsp.Request{NotBefore: on("2027-03-15"), Change: browser}},
		{code: "curve_not_listed", request: qtsp.Request{Key: p224}},
		{
			code:    "browser_curve",
			request: change(browser),
			patch:   replace("06082a8648ce3d030107", "06092b2403030208010107"),
		},
		{code: "ed25519_key", request: qtsp.Request{Key: edwards}},
		{
			code:    "weak_signature",
			request: change(func(c *x509.Certificate) { c.SignatureAlgorithm = x509.ECDSAWithSHA1 }),
		},

		{
			code: "no_client_auth",
			request: change(func(c *x509.Certificate) {
				c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
			}),
		},
		{code: "client_auth_ends", request: change(browser)},
		{
			code: "no_server_auth",
			request: change(func(c *x509.Certificate) {
				c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
			}),
		},
		{
			code: "binding_only",
			request: change(func(c *x509.Certificate) {
				c.ExtKeyUsage, c.UnknownExtKeyUsage = nil, []asn1.ObjectIdentifier{{0, 4, 0, 194115, 1, 0}}
			}),
		},
		{
			code: "eku_critical",
			request: change(func(c *x509.Certificate) {
				c.ExtKeyUsage = nil
				qtsp.SetExtension(c, asn1.ObjectIdentifier{2, 5, 29, 37}, true, []byte{
					0x30, 0x0a, 6, 8, 0x2b, 6, 1, 5, 5, 7, 3, 2,
				})
			}),
		},
		{
			code:    "seal_for_tls",
			request: seal(purposes(x509.ExtKeyUsageServerAuth)),
		},
		{code: "seal_client_auth", request: seal(purposes(x509.ExtKeyUsageClientAuth))},
		{code: "seal_other_purpose", request: seal(purposes(x509.ExtKeyUsageTimeStamping))},
		{code: "eku_missing", request: change(purposes())},
		{code: "key_usage_missing", request: change(func(c *x509.Certificate) { c.KeyUsage = 0 })},
		{
			code:    "key_usage_no_tls",
			request: change(func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageKeyEncipherment }),
		},
		{
			code:    "key_usage_no_signature",
			request: seal(func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageKeyEncipherment }),
		},
		{
			code:    "key_usage_no_commitment",
			request: seal(func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageDigitalSignature }),
		},
		{
			code: "key_usage_mixed",
			request: seal(func(c *x509.Certificate) {
				c.KeyUsage = x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment
			}),
		},
		{code: "leaf_is_ca", request: change(func(c *x509.Certificate) { c.IsCA = true })},

		{code: "not_eidas", request: change(func(c *x509.Certificate) { c.ExtraExtensions = nil })},
		{code: "qctype_missing", request: change(qc(func(q *certs.QCStatements, _ *certs.PSD2) { q.Types = nil }))},
		{
			code: "qctype_several",
			request: change(qc(func(q *certs.QCStatements, _ *certs.PSD2) {
				q.Types = append(q.Types, "0.4.0.1862.1.6.2")
			})),
		},
		{
			code:    "qctype_unknown",
			request: change(qc(func(q *certs.QCStatements, _ *certs.PSD2) { q.Types = []string{"0.4.0.1862.1.6.9"} })),
		},
		{code: "qc_critical", request: change(func(c *x509.Certificate) { c.ExtraExtensions[0].Critical = true })},
		{code: "sscd_in_qwac", request: change(qc(func(q *certs.QCStatements, _ *certs.PSD2) { q.SSCD = true }))},
		{
			code:    "not_qualified",
			request: change(qc(func(q *certs.QCStatements, _ *certs.PSD2) { q.Compliance = false })),
		},
		{
			code:    "not_eu",
			request: change(qc(func(q *certs.QCStatements, _ *certs.PSD2) { q.Legislation = []string{"GB"} })),
		},
		{
			code:    "legislation_country",
			request: change(qc(func(q *certs.QCStatements, _ *certs.PSD2) { q.Legislation = []string{"ZZ"} })),
		},
		{code: "pds_missing", request: change(qc(func(q *certs.QCStatements, _ *certs.PSD2) { q.PDS = nil }))},
		{
			code:    "pds_not_english",
			request: change(qc(func(q *certs.QCStatements, _ *certs.PSD2) { q.PDS[0].Language = "fr" })),
		},
		{
			code:    "pds_not_https",
			request: change(qc(func(q *certs.QCStatements, _ *certs.PSD2) { q.PDS[0].URL = "http://qtsp.example" })),
		},
		{
			code:    "pds_language",
			request: change(qc(func(q *certs.QCStatements, _ *certs.PSD2) { q.PDS[0].Language = "EN" })),
		},
		{
			code:    "pds_repeated",
			request: change(qc(func(q *certs.QCStatements, _ *certs.PSD2) { q.PDS = append(q.PDS, q.PDS[0]) })),
		},
		// QcLimitValue of 100 in currency number 0.
		{
			code:    "limit_currency",
			request: change(rawQC("30153013" + "0606" + "04008e460102" + "3009" + "020100" + "020164" + "020100")),
		},

		// QcLimitValue of 100 in currency number 978, the euro.
		{
			code:    "limit_numeric",
			request: change(rawQC("30163014" + "0606" + "04008e460102" + "300a" + "020203d2" + "020164" + "020100")),
		},

		{code: "policy_contradicts_type", request: change(policies("0.4.0.194112.1.1"))},
		{code: "policy_psd2_not_web", request: seal(policies("0.4.0.194112.1.1", "0.4.0.19495.3.1"))},
		{code: "policy_several", request: change(policies("0.4.0.194112.1.4", "0.4.0.194112.1.5"))},
		{code: "policies_missing", request: change(policies())},
		{code: "policy_not_etsi", request: change(policies("1.3.6.1.4.1.99999.1"))},
		{code: "policy_psd2_alone", request: change(policies("0.4.0.19495.3.1"))},
		{code: "policy_general"},
		{code: "sscd_policy_mismatch", request: seal(policies("0.4.0.194112.1.3"))},

		{
			code:    "psd2_missing",
			request: change(rawQC("301530130606" + "04008e460106" + "3009" + "0607" + "04008e46010603")),
		},
		{code: "roles_empty", request: change(qc(func(_ *certs.QCStatements, p *certs.PSD2) { p.Roles = nil }))},
		{code: "role_name_mismatch", request: change(role("0.4.0.19495.1.3", "Account Information"))},
		// A role whose identifier is a string.
		{
			code: "role_without_oid",
			request: change(rawQC("305c305a" + "0606040081982702" +
				"3050301b30190c0f302e342e302e31393439352e312e310c065053505f4153" +
				"0c274665646572616c2046696e616e6369616c2053757065727669736f727920417574686f72697479" +
				"0c0844452d424146494e")),
		},
		{code: "role_unknown", request: change(role("0.4.0.19495.1.99", "PSP_XX"))},
		{code: "role_repeated", request: qtsp.Request{Roles: []string{"PSP_AI", "PSP_AI"}}},
		{code: "role_unspecified", request: qtsp.Request{Roles: []string{"Unspecified"}}},
		{code: "role_unspecified_not_alone", request: qtsp.Request{Roles: []string{"Unspecified", "PSP_AI"}}},
		{code: "role_verification_of_payee", request: qtsp.Request{Roles: []string{"VOP_RS"}}},

		{code: "nca_missing", request: change(nca("", "FR-ACPR"))},
		{code: "nca_id_malformed", request: change(nca("Germany", "Germany"))},
		{code: "nca_id_malformed", request: change(nca("Nobody", "ZZ-NOBODY"))},
		{code: "nca_not_applicable", request: change(nca("NA", "NA"))},
		{code: "nca_blanks", request: change(nca("ACPR\n", "FR-ACPR"))},
		{code: "nca_name_script", request: change(nca("Τράπεζα της Ελλάδος", "GR-BOG"))},
		{code: "nca_id_unknown", request: change(nca("Somebody", "FR-NOBODY"))},
		{code: "nca_id_former", request: change(nca("Croatian National Bank", "HR-CNB"))},
		{code: "nca_not_eu", request: change(nca("Financial Conduct Authority", "GB-FCA"))},
		{code: "nca_name_other", request: change(nca("Autorité de contrôle prudentiel", "FR-ACPR"))},
		{code: "nca_country", request: change(nca("Bank of Italy", "IT-BI"))},
		{code: "nca_differs_from_organization", request: change(nca("Bank of Italy", "IT-BI"))},

		{code: "subject_incomplete", request: change(without(2, 5, 4, 97))},
		{code: "subject_incomplete", request: seal(without(2, 5, 4, 3))},
		{code: "subject_blanks", request: qtsp.Request{OrganizationIdentifier: "PSDFR-ACPR-12345 "}},
		{
			code: "subject_repeated",
			request: change(func(c *x509.Certificate) {
				c.Subject.ExtraNames = append(c.Subject.ExtraNames, c.Subject.ExtraNames...)
			}),
		},
		{code: "country_unknown", request: qtsp.Request{Country: "UK"}},
		{code: "organization_id_malformed", request: qtsp.Request{OrganizationIdentifier: "PADFR-ACPR-30748"}},
		{
			code:    "organization_id_is_name",
			request: qtsp.Request{OrganizationIdentifier: "Exemple Paiement SAS"},
		},
		{code: "organization_id_national", request: qtsp.Request{OrganizationIdentifier: "EI:SE-5567971433"}},
		{code: "organization_id_no_authority", request: qtsp.Request{OrganizationIdentifier: "EI:SE-5567971433"}},
		{code: "organization_id_not_psd", request: qtsp.Request{OrganizationIdentifier: "VATFR-40303265045"}},
		{
			code: "organization_id_differs",
			request: change(func(c *x509.Certificate) {
				qtsp.SetExtension(c, asn1.ObjectIdentifier{2, 23, 140, 3, 1}, false,
					[]byte("\x30\x0d\x13\x03VAT\x13\x02FR\x0c\x021x"))
			}),
		},
		{code: "san_missing", request: qtsp.Request{CommonName: "Exemple", DNSNames: []string{}}},
		{
			code: "san_address",
			request: change(func(c *x509.Certificate) {
				browser(c)
				c.IPAddresses = []net.IP{net.IPv4(192, 0, 2, 1)}
			}),
		},
		{
			code: "san_wildcard",
			request: change(func(c *x509.Certificate) {
				browser(c)
				c.DNSNames = append(c.DNSNames, "*.exemple.example")
			}),
		},
		{code: "common_name_not_in_san", request: qtsp.Request{CommonName: "other.example"}},
		{code: "seal_for_domain", request: qtsp.Request{Kind: certs.QSealC, CommonName: "psd2.exemple.example"}},

		{
			code: "precertificate",
			request: change(func(c *x509.Certificate) {
				qtsp.SetExtension(c, asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 11129, 2, 4, 3}, true, []byte{5, 0})
			}),
		},
		{
			code: "extension_repeated",
			request: change(func(c *x509.Certificate) {
				x := pkix.Extension{Id: asn1.ObjectIdentifier{1, 2, 3}, Value: []byte{5, 0}}
				c.ExtraExtensions = append(c.ExtraExtensions, x, x)
			}),
		},
		{
			code: "serial_short",
			request: change(func(c *x509.Certificate) {
				browser(c)
				c.SerialNumber = big.NewInt(4711)
			}),
		},
		{
			code: "serial_invalid",
			request: change(func(c *x509.Certificate) {
				c.SerialNumber = new(big.Int).SetBytes([]byte("\x40aaaaaaaaaaaaaaa"))
			}),
			patch: replace("0210406161", "0210c06161"),
		},
		{
			code:    "no_revocation_pointers",
			request: change(func(c *x509.Certificate) { c.OCSPServer, c.CRLDistributionPoints = nil, nil }),
		},
		{code: "no_ocsp", request: change(func(c *x509.Certificate) { c.OCSPServer = nil })},
		{
			code:    "ocsp_not_http",
			request: change(func(c *x509.Certificate) { c.OCSPServer = []string{"ldap://ocsp.example"} }),
		},
		{
			code:    "crl_not_http",
			request: change(func(c *x509.Certificate) { c.CRLDistributionPoints = []string{"ftp://crl.example"} }),
		},
		{code: "no_ca_issuers", request: change(func(c *x509.Certificate) { c.IssuingCertificateURL = nil })},
		{
			code:    "ca_issuers_not_http",
			request: change(func(c *x509.Certificate) { c.IssuingCertificateURL = []string{"ldap://qtsp.example"} }),
		},
		{code: "no_authority_key_id", patch: replace("0603551d23", "0603551d63")},
		{
			code: "extension_critical",
			request: change(func(c *x509.Certificate) {
				qtsp.SetExtension(c, asn1.ObjectIdentifier{2, 5, 29, 31}, true, []byte("\x30\x00"))
			}),
		},
		{
			code: "extension_of_ca",
			request: change(func(c *x509.Certificate) {
				qtsp.SetExtension(c, asn1.ObjectIdentifier{2, 5, 29, 36}, false, []byte("\x30\x03\x80\x01\x00"))
			}),
		},

		{
			code: "browser_unit",
			request: change(func(c *x509.Certificate) {
				browser(c)
				c.Subject.OrganizationalUnit = []string{"OV SSL"}
			}),
		},
		{
			code: "browser_names",
			request: change(func(c *x509.Certificate) {
				browser(c)
				c.EmailAddresses = []string{"psd2@exemple.example"}
			}),
		},
		{
			code: "browser_purposes",
			request: change(func(c *x509.Certificate) {
				browser(c)
				c.ExtKeyUsage = append(c.ExtKeyUsage, x509.ExtKeyUsageEmailProtection)
			}),
		},
		{
			code: "browser_constraints",
			request: change(func(c *x509.Certificate) {
				browser(c)
				c.BasicConstraintsValid = false
				qtsp.SetExtension(c, asn1.ObjectIdentifier{2, 5, 29, 19}, false, []byte("\x30\x00"))
			}),
		},
		{
			code: "browser_policies_critical",
			request: change(func(c *x509.Certificate) {
				c.Policies = nil
				qtsp.SetExtension(c, asn1.ObjectIdentifier{2, 5, 29, 32}, true,
					[]byte("\x30\x0a\x30\x08\x06\x06\x67\x81\x0c\x01\x02\x02"))
			}),
		},
		{
			code:    "internal_name",
			request: change(func(c *x509.Certificate) { c.DNSNames = append(c.DNSNames, "psd2.lan") }),
		},
		{
			code:    "internal_name",
			request: change(func(c *x509.Certificate) { c.IPAddresses = []net.IP{net.IPv4(10, 1, 2, 3)} }),
		},
		{
			code: "extension_critical",
			request: change(func(c *x509.Certificate) {
				qtsp.SetExtension(c, asn1.ObjectIdentifier{2, 5, 29, 18}, true, []byte("\x30\x03\x82\x01a"))
			}),
		},

		{code: "chain_incomplete"},
		{code: "chain_broken", chain: rootFirst},
		{code: "issuer_expired", chain: issuing, at: now.AddDate(6, 0, 0)},
		{code: "issuer_not_ca", chain: func(t *testing.T, q *qtsp.QTSP) []*certs.Certificate {
			return []*certs.Certificate{q.MustIssue(t, qtsp.Request{KeyType: qtsp.P256}).Certificate}
		}},
	}
}

// purposes are the extended key usages, and no others.
func purposes(all ...x509.ExtKeyUsage) func(*x509.Certificate) {
	return func(c *x509.Certificate) { c.ExtKeyUsage = all }
}
