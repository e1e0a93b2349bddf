package ui_test

import (
	"net/url"
	"slices"
	"strings"
)

// post is a form that a page offers, or that one of its forms can be made to send.
type post struct {
	path   string
	fields url.Values
}

// one is a form of one field.
func one(name, value string) url.Values { return url.Values{name: {value}} }

// with is a form with one field changed.
func with(fields url.Values, name, value string) url.Values {
	fields.Set(name, value)
	return fields
}

// refusals are forms that are refused, each for a reason of its own.
func (p busyFirm) refusals() []post {
	return slices.Concat(
		[]post{
			{"/sign-in", one("link", "used")},
			{"/sign-in/passkey", one("answer", "wrong")},
			{"/join", one("link", "wrong")},
			{"/nowhere", nil},
		},
		p.refusedFirms(), p.refusedRegistrations(), p.refusedSteps(), p.refusedCertificates(), p.refusedPayments(),
	)
}

func (p busyFirm) refusedFirms() []post {
	firm := func(name, value string) url.Values {
		return with(url.Values{
			"legal_name":              {"Exemple"},
			"country":                 {"FR"},
			"organization_identifier": {"PSDFR-ACPR-99999"},
			"contact_email":           {"a@b.example"},
		}, name, value)
	}
	app := func(name, value string) url.Values {
		return with(url.Values{
			"organization":  {p.organization},
			"name":          {"Budget"},
			"redirect_uris": {"https://a.example/cb"},
		}, name, value)
	}
	return []post{
		{"/organizations", firm("organization_identifier", "12345")},
		{"/organizations", firm("country", "DE")},
		{"/organizations", firm("country", "F1")},
		{"/organizations", firm("legal_name", "")},
		{"/organizations", firm("legal_name", strings.Repeat("a", 2000))},
		{"/organizations", firm("legal_name", "a\x07b")},
		{"/organizations", firm("contact_email", "nobody")},
		{"/organizations", firm("nca", "DE-BAFIN")},
		{"/organizations/" + p.organization, firm("country", "DE")},
		{"/organizations/unknown", firm("country", "FR")},
		{"/applications", app("organization", "none")},
		{"/applications", app("redirect_uris", "http://a.example")},
		{"/applications", app("redirect_uris", "")},
		{"/applications", app("redirect_uris", "https://a.example/cb\nhttps://a.example/cb")},
		{"/applications", app("name", "")},
		{"/applications", app("terms_uri", "ftp://x")},
		{"/applications/" + p.application, app("client_uri", "x")},
		{"/enrolments/" + p.enrolment, one("portal_account", "nobody")},
		{"/enrolments/" + p.enrolment, one("agreement_number", "12345")},
		{"/enrolments/none", one("portal_account", "a@b.example")},
	}
}

func (p busyFirm) refusedRegistrations() []post {
	ready, blocked, live := "/registrations/"+p.ready, "/registrations/"+p.blocked, "/registrations/"+p.live
	register := func(application, institution string) url.Values {
		return url.Values{"application": {application}, "institution": {institution}}
	}
	return []post{
		{"/registrations", register("none", "soc-gen-personal")},
		{"/registrations", register(p.application, "none")},
		{"/registrations", register(p.application, "soc-gen-personal")},
		{blocked + "/bundle", one("client_id", "x")},
		{blocked + "/bundle", one("qwac", "none")},
		{blocked + "/bundle", one("trust_anchors", "none")},
		{blocked + "/test", nil},
		{blocked + "/activate", one("version", "1")},
		{blocked + "/retire", one("version", "1")},
		{ready + "/activate", one("version", "one")},
		{ready + "/activate", one("version", "9")},
		{ready + "/activate", one("version", "1")},
		{live + "/activate", one("version", "1")},
		{live + "/retire", one("version", "1")},
		{"/approvals/" + p.approval + "/reject", nil},
		{"/approvals/" + p.approval + "/withdraw", nil},
		{"/approvals/none/approve", nil},
		{"/consents/none/revoke", nil},
	}
}

func (p busyFirm) refusedSteps() []post {
	account := "/registrations/" + p.blocked + "/steps/portal_account"
	email := "/registrations/" + p.asking + "/steps/customer_organization"
	answer := func(says, day string) url.Values {
		return url.Values{"answer": {says}, "from": {"Support"}, "day": {day}}
	}
	return []post{
		{"/registrations/" + p.blocked + "/steps/none", one("state", "done")},
		{"/registrations/" + p.blocked + "/steps/subscribe_aisp", one("state", "done")},
		{"/registrations/" + p.blocked + "/steps/activated", one("state", "done")},
		{"/registrations/" + p.ready + "/steps/subscribe_pisp", url.Values{"state": {"not_needed"}, "note": {""}}},
		{account, one("state", "not_needed")},
		{account, one("state", "almost")},
		{account, one("due", "tomorrow")},
		{account, one("note", strings.Repeat("a", 20000))},
		{account + "/sent", nil},
		{email, one("state", "done")},
		{email + "/sent", one("day", "30 November")},
		{email + "/sent", one("day", "2099-01-01")},
		{email + "/sent", nil},
		{email + "/answer", one("answer", "confirmed")},
		{email + "/answer", answer("refused", "")},
		{email + "/answer", answer("confirmed", "2099-01-01")},
	}
}

func (p busyFirm) refusedCertificates() []post {
	order := func(name, value string) url.Values {
		return with(url.Values{
			"kind":                    {"qwac"},
			"domains":                 {"tpp.example"},
			"legal_name":              {"Exemple"},
			"organization":            {"Exemple"},
			"country":                 {"FR"},
			"organization_identifier": {"PSDFR-ACPR-12345"},
			"roles":                   {"PSP_AI"},
			"role":                    {"PSP_AI"},
			"algorithm":               {"ecdsa-p256"},
		}, name, value)
	}
	return []post{
		{"/certificates/" + p.certificate + "/retire", one("reason", "")},
		{"/certificates/" + p.certificate + "/destroy", one("confirmation", "00000000")},
		{"/certificates/" + p.certificate + "/allow-export", nil},
		{"/certificates/csr", order("domains", "")},
		{"/certificates/csr", order("domains", "not a domain")},
		{"/certificates/csr", order("kind", "other")},
		{"/certificates/csr", order("kind", "qsealc")},
		{"/certificates/csr", order("country", "F1")},
		{"/certificates/csr", order("organization_identifier", "12345")},
		{"/certificates/csr", order("organization", "")},
		{"/certificates/csr", order("common_name", "other.example")},
		{"/certificates/csr", order("roles", "")},
		{"/certificates/csr", order("nca_id", "ACPR")},
		{"/certificates/csr", order("algorithm", "rsa-512")},
		{"/certificates/csr", order("replaces", p.certificate)},
	}
}

func (p busyFirm) refusedPayments() []post {
	ready, blocked := "/registrations/"+p.ready+"/payment", "/registrations/"+p.blocked+"/payment"
	pay := func(name, value string) url.Values {
		return with(url.Values{
			"id":         {"reference-1"},
			"amount":     {"1.00"},
			"creditor":   {"Marchand"},
			"iban":       {"FR7630006000011234567890189"},
			"remittance": {"Essai"},
		}, name, value)
	}
	return []post{
		{ready, pay("amount", "1e9")},
		{ready, pay("amount", "0")},
		{ready, pay("iban", "FR00")},
		{ready, pay("creditor", "")},
		{ready, pay("remittance", "é€")},
		{ready, pay("day", "soon")},
		{ready, pay("day", "2020-01-01")},
		{ready, pay("id", "é")},
		{ready, pay("amount", "1.00")},
		{blocked, pay("amount", "1.00")},
		{"/payments/none/cancel", nil},
	}
}
