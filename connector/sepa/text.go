package sepa

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// The maximum lengths of a payment's texts in STET.
const (
	MaxReference  = 36 // paymentInformationId, instructionId, endToEndId
	MaxName       = 140
	MaxRemittance = 140
)

const (
	letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	// referenceSet is STET's pattern of identifiers, textSet the Latin set that every bank carries
	// (EPC217-08 section 1.4).
	referenceSet = letters + " /-?:().,'"
	textSet      = referenceSet + "+"
)

// Reference says what is wrong with an identifier that is sent with a payment.
// The rules about slashes are those of the interbank messages (EPC230-15).
func Reference(s string) error {
	if err := fits(s, MaxReference, referenceSet); err != nil {
		return err
	}
	if strings.HasPrefix(s, "/") || strings.HasSuffix(s, "/") || strings.Contains(s, "//") {
		return errors.New("must neither begin nor end with a slash nor hold two in a row")
	}
	return nil
}

// Name says what is wrong with the name of a person or firm.
func Name(s string) error { return fits(s, MaxName, textSet) }

// Remittance says what is wrong with the one line a creditor reads.
func Remittance(s string) error { return fits(s, MaxRemittance, textSet) }

func fits(s string, most int, set string) error {
	if strings.TrimSpace(s) == "" {
		return errors.New("is missing")
	}
	if s != strings.TrimSpace(s) {
		return errors.New("must not begin or end with a blank")
	}
	if n := utf8.RuneCountInString(s); n > most {
		return fmt.Errorf("has %d characters, at most %d are carried", n, most)
	}
	for _, c := range s {
		if !strings.ContainsRune(set, c) {
			return fmt.Errorf("has the character %q, which is not carried; write it with letters without accents, "+
				"digits, blanks and / - ? : ( ) . , '", c)
		}
	}
	return nil
}
