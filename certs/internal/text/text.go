// Package text judges the texts in certificates, and writes the values of findings.
package text

import (
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
)

// NCAIDForm is an identifier of an authority (TS 119 495 clause 5.2.3): country, then letters, as in "FR-ACPR".
var NCAIDForm = regexp.MustCompile(`^([A-Z]{2})-([A-Z]{2,8})$`)

// IsBlank tells what nobody sees at the end of a text: blanks of every kind, line ends, and characters without width.
func IsBlank(r rune) bool {
	return unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r)
}

// countries are the codes assigned by ISO 3166-1.
const countries = " " +
	"AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS " +
	"BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE " +
	"EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM " +
	"HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC " +
	"LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA " +
	"NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW " +
	"SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO " +
	"TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW "

// IsCountry reports whether a code is an assigned one of ISO 3166-1, in capital letters.
func IsCountry(code string) bool {
	return len(code) == 2 && strings.Contains(countries, " "+code+" ")
}

// IsLatin allows letters with accents: "Banco de España" is plain Latin text.
func IsLatin(name string) bool {
	return !slices.ContainsFunc([]rune(name), func(c rune) bool {
		return unicode.IsLetter(c) && !unicode.Is(unicode.Latin, c)
	})
}

// IsDomain reports whether a name can only be meant as a domain name.
func IsDomain(name string) bool {
	labels := strings.Split(strings.TrimPrefix(name, "*."), ".")
	if _, err := netip.ParseAddr(name); err == nil || len(labels) < 2 || strings.ContainsAny(name, " /@,") {
		return false
	}
	last := labels[len(labels)-1]
	letters := func(c rune) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }
	return len(last) >= 2 && strings.IndexFunc(last, func(c rune) bool { return !letters(c) }) < 0
}

// Repeated returns the values that occur more than once, each once.
func Repeated(values []string) []string {
	var twice []string
	for i, v := range values {
		if slices.Contains(values[:i], v) && !slices.Contains(twice, v) {
			twice = append(twice, v)
		}
	}
	return twice
}

// longest is how many characters of a name that somebody else wrote are kept.
const longest = 300

// Line is a name that somebody else wrote, as one line that is not too long, without what nobody sees.
func Line(name string) string {
	seen := strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r) || unicode.IsControl(r):
			return ' '
		case unicode.Is(unicode.Cf, r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(name, "?"))
	line := strings.Join(strings.Fields(seen), " ")
	if letters := []rune(line); len(letters) > longest {
		return strings.TrimSpace(string(letters[:longest]))
	}
	return line
}

// Day writes the day of a time, that of UTC.
func Day(t time.Time) string {
	if t.IsZero() {
		return "an unreadable date"
	}
	return t.UTC().Format("2 January 2006")
}
