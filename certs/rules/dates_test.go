package rules_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/certs/rules"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
)

// on is midnight UTC of a day.
func on(day string) time.Time {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		panic(err)
	}
	return t
}

// at is a moment written as RFC 3339 has it.
func at(moment string) time.Time {
	t, err := time.Parse(time.RFC3339, moment)
	if err != nil {
		panic(err)
	}
	return t
}

// sunset is a QWAC for a key, issued and ending at midnight UTC of these days.
func sunset(key crypto.Signer, issued, ends string) qtsp.Request {
	return qtsp.Request{Key: key, NotBefore: on(issued), NotAfter: on(ends)}
}

func rsaKey(t *testing.T, bits int) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// unqualified leaves QcCompliance out.
func unqualified(c *x509.Certificate) {
	qc(func(q *certs.QCStatements, _ *certs.PSD2) { q.Compliance = false })(c)
}

// severityOf is how a finding is judged; "" where it is not made.
func severityOf(c *certs.Certificate, code string, now time.Time) rules.Severity {
	for _, f := range rules.Judge(c, nil, now) {
		if f.Code == code {
			return f.Severity
		}
	}
	return ""
}

// TestBoundaryDays has, for each rule that changes by date, the last moment before its day and the first of it.
func TestBoundaryDays(t *testing.T) {
	q := qtsp.Must(t)
	short, long := rsaKey(t, 2048), rsaKey(t, 3072)
	browser := policies("2.23.140.1.1", "0.4.0.194112.1.4")
	days := func(n int) func(issued time.Time) time.Time {
		return func(issued time.Time) time.Time { return issued.AddDate(0, 0, n).Add(-time.Second) }
	}
	until := func(moment string) func(time.Time) time.Time {
		return func(time.Time) time.Time { return at(moment) }
	}
	for _, tt := range []struct {
		name, issued string
		ends         func(issued time.Time) time.Time
		key          *rsa.PrivateKey
		change       func(*x509.Certificate)
		code         string
		want         rules.Severity
	}{
		{"RSA 2048, last second of 2026", "2026-12-31T23:59:59Z", days(365), short, nil, "rsa_too_short", ""},
		{"RSA 2048, first second of 2027", "2027-01-01T00:00:00Z", days(365), short, nil, "rsa_too_short",
			rules.SeverityError},
		{"RSA 2048, first second of 2027, not qualified", "2027-01-01T00:00:00Z", days(365), short, unqualified,
			"rsa_too_short", rules.SeverityWarning},
		{"RSA 3072 in 2027", "2027-01-01T00:00:00Z", days(365), long, nil, "rsa_too_short", ""},
		{"RSA 2048 until the last second of 2028", "2026-12-01T00:00:00Z", until("2028-12-31T23:59:59Z"), short, nil,
			"rsa_ends_late", ""},
		{"RSA 2048 until the first second of 2029", "2026-12-01T00:00:00Z", until("2029-01-01T00:00:00Z"), short, nil,
			"rsa_ends_late", rules.SeverityError},
		{"RSA 2048 until 2029, not qualified", "2026-12-01T00:00:00Z", until("2029-01-01T00:00:00Z"), short,
			unqualified, "rsa_ends_late", rules.SeverityWarning},
		{"RSA 2048 until 2029, the last second before the clause", "2026-06-30T23:59:59Z",
			until("2029-01-01T00:00:00Z"), short, nil, "rsa_ends_late", rules.SeverityWarning},
		{"RSA 2048 until 2029, the first second under the clause", "2026-07-01T00:00:00Z",
			until("2029-01-01T00:00:00Z"), short, nil, "rsa_ends_late", rules.SeverityError},
		{"RSA 2048 until 2029, issued too late anyway", "2027-01-01T00:00:00Z", until("2029-01-01T00:00:00Z"), short,
			nil, "rsa_ends_late", ""},
		{"RSA 2048 issued in time", "2026-12-31T23:59:59Z", days(365), short, nil, "rsa_sunset", rules.SeverityNotice},
		{"RSA 2048 issued late has no notice", "2027-01-01T00:00:00Z", days(365), short, nil, "rsa_sunset", ""},

		{"398 days, the day before 200", "2026-03-14T23:59:59Z", days(398), long, browser, "validity_too_long", ""},
		{"201 days, the first day of 200", "2026-03-15T00:00:00Z", days(201), long, browser, "validity_too_long",
			rules.SeverityWarning},
		{"200 days, the day before 100", "2027-03-14T23:59:59Z", days(200), long, browser, "validity_too_long", ""},
		{"101 days, the first day of 100", "2027-03-15T00:00:00Z", days(101), long, browser, "validity_too_long",
			rules.SeverityWarning},
		{"100 days, the day before 47", "2029-03-14T23:59:59Z", days(100), long, browser, "validity_too_long", ""},
		{"48 days, the first day of 47", "2029-03-15T00:00:00Z", days(48), long, browser, "validity_too_long",
			rules.SeverityWarning},
		{"47 days, the first day of 47", "2029-03-15T00:00:00Z", days(47), long, browser, "validity_too_long", ""},
		{"825 days, the day before 398", "2020-08-31T23:59:59Z", days(825), long, browser, "validity_too_long", ""},
		{"399 days, the first day of 398", "2020-09-01T00:00:00Z", days(399), long, browser, "validity_too_long",
			rules.SeverityWarning},
		{"years, the day before 825", "2018-02-28T23:59:59Z", days(1200), long, browser, "validity_too_long", ""},
		{"826 days, the first day of 825", "2018-03-01T00:00:00Z", days(826), long, browser, "validity_too_long",
			rules.SeverityWarning},
		{"two years outside the browser rules", "2027-03-15T00:00:00Z", days(730), long, nil, "validity_too_long", ""},

		{"clientAuth, the day before Chrome's day", "2027-03-14T23:59:59Z", days(90), long, browser,
			"client_auth_browser", ""},
		{"clientAuth, announced the day before", "2027-03-14T23:59:59Z", days(90), long, browser, "client_auth_ends",
			rules.SeverityNotice},
		{"clientAuth, Chrome's day", "2027-03-15T00:00:00Z", days(90), long, browser, "client_auth_browser",
			rules.SeverityNotice},
		{"clientAuth, no longer announced", "2027-03-15T00:00:00Z", days(90), long, browser, "client_auth_ends", ""},
		{"clientAuth outside the browser rules", "2027-03-15T00:00:00Z", days(90), long, nil,
			"client_auth_browser", ""},

		{"a unit, the day before", "2022-08-31T23:59:59Z", days(90), long, withUnit(browser), "browser_unit", ""},
		{"a unit, the day itself", "2022-09-01T00:00:00Z", days(90), long, withUnit(browser), "browser_unit",
			rules.SeverityWarning},
		{"code signing, the day before", "2023-09-14T23:59:59Z", days(90), long, withCodeSigning(browser),
			"browser_purposes", ""},
		{"code signing, the day itself", "2023-09-15T00:00:00Z", days(90), long, withCodeSigning(browser),
			"browser_purposes", rules.SeverityWarning},
		{"a VAT number, the day before", "2021-03-31T23:59:59Z", days(90), long, vat, "organization_id_not_psd",
			rules.SeverityWarning},
		{"a VAT number, the day itself", "2021-04-01T00:00:00Z", days(90), long, vat, "organization_id_not_psd",
			rules.SeverityNotice},
	} {
		t.Run(tt.name, func(t *testing.T) {
			issued := at(tt.issued)
			c := q.MustIssue(t, qtsp.Request{
				Key:       tt.key,
				NotBefore: issued,
				NotAfter:  tt.ends(issued),
				Change:    tt.change,
			}).Certificate
			if got := severityOf(c, tt.code, issued); got != tt.want {
				t.Errorf("%s is %q, want %q", tt.code, got, tt.want)
			}
		})
	}
}

func withUnit(change func(*x509.Certificate)) func(*x509.Certificate) {
	return func(c *x509.Certificate) {
		change(c)
		c.Subject.OrganizationalUnit = []string{"Payments"}
	}
}

func withCodeSigning(change func(*x509.Certificate)) func(*x509.Certificate) {
	return func(c *x509.Certificate) {
		change(c)
		c.ExtKeyUsage = append(c.ExtKeyUsage, x509.ExtKeyUsageCodeSigning)
	}
}

func vat(c *x509.Certificate) {
	for i, a := range c.Subject.ExtraNames {
		if a.Type.Equal([]int{2, 5, 4, 97}) {
			c.Subject.ExtraNames[i].Value = "VATFR-12345678901"
		}
	}
}

// An order is judged by the day it is in Brussels: two moments of one day in UTC differ.
func TestOrdersAreJudgedByTheDayInBrussels(t *testing.T) {
	for _, tt := range []struct {
		name, at string
		key      certs.PublicKeyInfo
		want     rules.Severity
	}{
		{"well before", "2026-11-28T12:00:00Z", certs.PublicKeyInfo{Algorithm: "RSA", Bits: 2048},
			rules.SeverityWarning},
		{"23:59 in Brussels", "2026-12-31T22:59:59Z", certs.PublicKeyInfo{Algorithm: "RSA", Bits: 2048},
			rules.SeverityWarning},
		{"midnight in Brussels", "2026-12-31T23:00:00Z", certs.PublicKeyInfo{Algorithm: "RSA", Bits: 2048},
			rules.SeverityError},
		{"3000 bits", "2027-06-01T12:00:00Z", certs.PublicKeyInfo{Algorithm: "RSA", Bits: 3000}, ""},
		{"2999 bits", "2027-06-01T12:00:00Z", certs.PublicKeyInfo{Algorithm: "RSA", Bits: 2999}, rules.SeverityError},
		{"ECDSA", "2027-06-01T12:00:00Z", certs.PublicKeyInfo{Algorithm: "ECDSA", Bits: 256}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got rules.Severity
			for _, f := range rules.JudgeCSRKey(tt.key, at(tt.at)) {
				got = f.Severity
				if !strings.Contains(f.Message, "bits") || strings.Contains(f.Message, "%!") {
					t.Error(f.Message)
				}
			}
			if got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

// What is issued in time may renew a key; what is issued from 2027 on may not, if it claims to be qualified.
func TestRenewingShortRSAKeys(t *testing.T) {
	q := qtsp.Must(t)
	short, long := rsaKey(t, 2048), rsaKey(t, 3072)
	for _, tt := range []struct {
		name, issued string
		key          *rsa.PrivateKey
		change       func(*x509.Certificate)
		want         bool
	}{
		{"in time", "2026-12-31", short, nil, true},
		{"too late", "2027-01-01", short, nil, false},
		{"too late, not qualified", "2027-01-01", short, unqualified, true},
		{"a long key", "2027-01-01", long, nil, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := sunset(tt.key, tt.issued, "2027-12-31")
			r.Change = tt.change
			if got := rules.MayRenew(q.MustIssue(t, r).Certificate); got != tt.want {
				t.Errorf("%t, want %t", got, tt.want)
			}
		})
	}
}

func TestAhead(t *testing.T) {
	q := qtsp.Must(t)
	short, long := rsaKey(t, 2048), rsaKey(t, 3072)
	browser := policies("2.23.140.1.1", "0.4.0.194112.1.4")
	for _, tt := range []struct {
		name    string
		request qtsp.Request
		now     string
		want    string
	}{
		{"a short key", sunset(short, "2026-06-01", "2027-06-01"), "2026-11-28", "rsa_order 2027-06-01"},
		{"a short key in 2027", sunset(short, "2026-06-01", "2027-06-01"), "2027-02-01", "rsa_order 2027-06-01"},
		{"a short key beyond 2028", sunset(short, "2026-06-01", "2029-06-01"), "2026-11-28", "rsa_order 2028-12-31"},
		{"a long key", sunset(long, "2026-06-01", "2027-06-01"), "2026-11-28", ""},
		{"under browser rules", qtsp.Request{
			Key:       long,
			NotBefore: on("2026-11-01"),
			NotAfter:  on("2027-05-01"),
			Change:    browser,
		}, "2026-11-28", "client_auth 2027-05-01, browser_validity 2027-05-01"},
		{"under browser rules, without clientAuth", qtsp.Request{
			Key:       long,
			NotBefore: on("2026-11-01"),
			NotAfter:  on("2027-03-01"),
			Change:    func(c *x509.Certificate) { browser(c); onlyServer(c) },
		}, "2026-11-28", ""},
		{"ended", sunset(short, "2025-06-01", "2026-06-01"), "2026-11-28", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, a := range rules.Ahead(q.MustIssue(t, tt.request).Certificate, on(tt.now)) {
				got = append(got, a.Rule.Code+" "+a.By.Format(time.DateOnly))
				if a.Message == "" || strings.Contains(a.Message, "%!") {
					t.Errorf("%s: %q", a.Rule.Code, a.Message)
				}
			}
			if s := strings.Join(got, ", "); s != tt.want {
				t.Errorf("%q, want %q", s, tt.want)
			}
		})
	}
}

// The regime of a certificate is what it says of itself, and nothing that was guessed.
func TestRegime(t *testing.T) {
	q := qtsp.Must(t)
	for name, tt := range map[string]struct {
		change func(*x509.Certificate)
		want   []string
	}{
		"EU law alone": {nil, []string{}},
		"EV policy":    {policies("2.23.140.1.1", "0.4.0.194112.1.4"), []string{"2.23.140.1.1"}},
		"QEVCP-w":      {policies("0.4.0.194112.1.4"), []string{}},
	} {
		t.Run(name, func(t *testing.T) {
			c := q.MustIssue(t, qtsp.Request{KeyType: qtsp.P256, Change: tt.change}).Certificate
			if got := c.Regime(); !slices.Equal(got, tt.want) || c.ForBrowsers() != (len(tt.want) > 0) {
				t.Errorf("%v, for browsers: %t", got, c.ForBrowsers())
			}
		})
	}
}

// Entries of one code follow each other without a gap, each has a clause and a source, and the document has them all.
func TestDatedRulesAreComplete(t *testing.T) {
	document, err := os.ReadFile(findingsDocument)
	if err != nil {
		t.Fatal(err)
	}
	last := map[string]rules.DatedRule{}
	for _, r := range rules.DatedRules() {
		if r.Clause == "" || r.Source == "" || r.By == "" || r.From.IsZero() && r.Until.IsZero() {
			t.Errorf("%+v", r)
		}
		if before, known := last[r.Code]; known && !before.Until.Equal(r.From) {
			t.Errorf("%s: one entry ends on %s and the next begins on %s", r.Code, before.Until, r.From)
		}
		last[r.Code] = r
		if row := datedRow(r); !strings.Contains(string(document), row) {
			t.Errorf("docs/certificates.md has no row %s", row)
		}
	}
}

// datedRow is a rule's line in the document.
func datedRow(r rules.DatedRule) string {
	day := func(t time.Time) string {
		if t.IsZero() {
			return "–"
		}
		return t.Format(time.DateOnly)
	}
	return "| `" + r.Code + "` | " + string(r.By) + " | " + day(r.From) + " | " + day(r.Until) + " | " + limitOf(r) +
		" | " + r.Clause + " | " + r.Source + " |"
}

func limitOf(r rules.DatedRule) string {
	switch {
	case r.Limit == 0:
		return "–"
	case r.Code == rules.BrowserValidity:
		return strconv.Itoa(r.Limit) + " days"
	}
	return strconv.Itoa(r.Limit) + " bits"
}

func onlyServer(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} }
