package sepa_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sealkeeper/sealkeeper/connector/calendar"
	"github.com/sealkeeper/sealkeeper/connector/sepa"
)

func TestIBAN(t *testing.T) {
	for _, test := range []struct{ in, want string }{
		{"FR76 3000 6000 0112 3456 7890 189", "FR7630006000011234567890189"},
		{"de89370400440532013000", "DE89370400440532013000"},
		{"GB82 WEST 1234 5698 7654 32", "GB82WEST12345698765432"},
		{"NO9386011117947", "NO9386011117947"},
		{"FR7630006000011234567890188", "check digits"},
		{"FR763000600001123456789018", "26 characters where FR has 27"},
		{"US64SVBKUS6S3300958879", "takes no SEPA transfers"},
		{"", "form of an IBAN"},
		{"FR76-3000-6000", "form of an IBAN"},
		{"FR7\u0666", "form of an IBAN"},
	} {
		t.Run(test.in, func(t *testing.T) {
			got, err := sepa.IBAN(test.in)
			if err != nil {
				got = err.Error()
				if test.in != "" && strings.Contains(got, test.in) {
					t.Errorf("%q is repeated in %q", test.in, got)
				}
			}
			if got != test.want && (err == nil || !strings.Contains(got, test.want)) {
				t.Errorf("%q: %q, want %q", test.in, got, test.want)
			}
		})
	}
}

func TestBIC(t *testing.T) {
	for in, good := range map[string]bool{
		"SOGEFRPP":    true,
		"sogefrppxxx": true,
		"SOGEFRP":     false,
		"SOGEFRPPXX":  false,
		"S0GEFRPP":    false,
		"SOGEFR1P":    false,
	} {
		t.Run(in, func(t *testing.T) {
			if _, err := sepa.BIC(in); (err == nil) != good {
				t.Errorf("%s: %v", in, err)
			}
		})
	}
}

func TestTexts(t *testing.T) {
	for _, test := range []struct {
		check func(string) error
		in    string
		wrong string
	}{
		{sepa.Reference, "0f6b2a1c-8f0d-4b0e-9a53-5c1f0e6a2b11", ""},
		{sepa.Reference, strings.Repeat("x", 37), "37 characters"},
		{sepa.Reference, "a//b", "slash"},
		{sepa.Reference, "/a", "slash"},
		{sepa.Reference, "a_b", `'_'`},
		{sepa.Reference, " ", "missing"},
		{sepa.Name, "Societe d'Exemple (Paris) + Cie", ""},
		{sepa.Name, "Société", `'é'`},
		{sepa.Name, " x", "blank"},
		{sepa.Name, "x\ny", `'\n'`},
		{sepa.Remittance, strings.Repeat("x", 140), ""},
		{sepa.Remittance, strings.Repeat("x", 141), "at most 140"},
	} {
		t.Run(fmt.Sprintf("%.40q", test.in), func(t *testing.T) {
			err := test.check(test.in)
			if (err == nil) != (test.wrong == "") || (err != nil && !strings.Contains(err.Error(), test.wrong)) {
				t.Errorf("%q: %v, want %q", test.in, err, test.wrong)
			}
		})
	}
}

// TestClosingDays compares with the closing days the ECB publishes.
func TestClosingDays(t *testing.T) {
	for _, closed := range []string{
		"2025-01-01", "2025-04-18", "2025-04-21", "2025-05-01", "2025-12-25", "2025-12-26",
		"2026-01-01", "2026-04-03", "2026-04-06", "2026-05-01", "2026-12-25",
		"2027-01-01", "2027-03-26", "2027-03-29", "2024-03-29", "2024-04-01", "2038-04-23", "2038-04-26",
		"2026-11-21", "2026-11-22",
	} {
		t.Run(closed, func(t *testing.T) {
			if sepa.BusinessDay(date(t, closed)) {
				t.Errorf("%s is taken for a business day", closed)
			}
		})
	}
	for _, open := range []string{
		"2026-07-14", "2026-11-11", "2026-04-02", "2026-04-07", "2025-05-08", "2026-12-24", "2026-12-31",
	} {
		t.Run(open, func(t *testing.T) {
			if !sepa.BusinessDay(date(t, open)) {
				t.Errorf("%s is not taken for a business day", open)
			}
		})
	}
	for from, want := range map[string]string{
		"2025-04-18": "2025-04-22",
		"2025-12-25": "2025-12-29",
		"2026-11-23": "2026-11-23",
		"2026-12-31": "2026-12-31",
		"2027-01-01": "2027-01-04",
	} {
		t.Run("after "+from, func(t *testing.T) {
			if got := sepa.NextBusinessDay(date(t, from)).String(); got != want {
				t.Errorf("after %s comes %s, want %s", from, got, want)
			}
		})
	}
}

func date(t *testing.T, s string) calendar.Date {
	t.Helper()
	d, err := calendar.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func FuzzIBAN(f *testing.F) {
	f.Add("FR76 3000 6000 0112 3456 7890 189")
	f.Add("NO9386011117947")
	f.Fuzz(func(t *testing.T, in string) {
		once, err := sepa.IBAN(in)
		if err != nil {
			return
		}
		if twice, err := sepa.IBAN(once); err != nil || twice != once {
			t.Fatalf("%q became %q, then %q, %v", in, once, twice, err)
		}
		// One wrong digit is always found: that is what the check digits are for.
		if last := once[len(once)-1]; last >= '0' && last <= '9' {
			wrong := once[:len(once)-1] + string('0'+(last-'0'+1)%10)
			if _, err := sepa.IBAN(wrong); err == nil {
				t.Fatalf("%q and %q both pass", once, wrong)
			}
		}
	})
}
