// Package sepa answers one question: does SEPA accept this? It knows the rules of
// euro credit transfers that hold at every bank: account numbers, texts, dates and
// the days on which the settlement system is open. It knows no bank and no wire format.
package sepa

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// ibanLengths are the IBAN countries of the SEPA schemes (EPC409-09) with the
// length each gives its IBANs (ISO 13616 registry).
var ibanLengths = map[string]int{
	"AD": 24,
	"AL": 28,
	"AT": 20,
	"BE": 16,
	"BG": 22,
	"CH": 21,
	"CY": 28,
	"CZ": 24,
	"DE": 22,
	"DK": 18,
	"EE": 20,
	"ES": 24,
	"FI": 18,
	"FR": 27,
	"GB": 22,
	"GI": 23,
	"GR": 27,
	"HR": 21,
	"HU": 28,
	"IE": 22,
	"IS": 26,
	"IT": 27,
	"LI": 21,
	"LT": 20,
	"LU": 20,
	"LV": 21,
	"MC": 27,
	"MD": 24,
	"ME": 22,
	"MK": 19,
	"MT": 31,
	"NL": 18,
	"NO": 15,
	"PL": 28,
	"PT": 25,
	"RO": 24,
	"RS": 22,
	"SE": 24,
	"SI": 19,
	"SK": 24,
	"SM": 27,
	"VA": 22,
}

var (
	ibanForm = regexp.MustCompile(`^[A-Z]{2}[0-9]{2}[A-Z0-9]{1,30}$`)
	bicForm  = regexp.MustCompile(`^[A-Z]{6}[A-Z2-9][A-NP-Z0-9]([A-Z0-9]{3})?$`) // as STET has it
)

// IBAN returns the account number without blanks and in capitals, or what is wrong
// with it. The error never repeats the number.
func IBAN(s string) (string, error) {
	iban := strings.ToUpper(strings.ReplaceAll(strings.TrimSpace(s), " ", ""))
	if !ibanForm.MatchString(iban) {
		return "", errors.New("is not of the form of an IBAN: two letters, two digits, then letters and digits")
	}
	length, ok := ibanLengths[iban[:2]]
	switch {
	case !ok:
		return "", fmt.Errorf("is of %s, a country that takes no SEPA transfers", iban[:2])
	case len(iban) != length:
		return "", fmt.Errorf("has %d characters where %s has %d", len(iban), iban[:2], length)
	case mod97(iban[4:]+iban[:4]) != 1:
		return "", errors.New("has check digits that do not match; compare it with the original")
	}
	return iban, nil
}

// mod97 is ISO 7064 MOD 97-10: letters count as 10 to 35.
func mod97(s string) int {
	rest := 0
	for _, c := range []byte(s) {
		if c >= 'A' {
			rest = (rest*100 + int(c-'A') + 10) % 97
		} else {
			rest = (rest*10 + int(c-'0')) % 97
		}
	}
	return rest
}

// BIC returns the bank identifier in capitals, or what is wrong with it.
func BIC(s string) (string, error) {
	bic := strings.ToUpper(strings.TrimSpace(s))
	if !bicForm.MatchString(bic) {
		return "", errors.New("is not of the form of a BIC: 8 or 11 capitals and digits (ISO 9362)")
	}
	return bic, nil
}
