package payment

import (
	"encoding/json"
	"errors"
	"regexp"
	"strconv"
	"strings"
)

var (
	decimal   = regexp.MustCompile(`^([0-9]{1,12})(?:\.([0-9]{1,2})0*)?$`)
	errAmount = errors.New("the amount must be a positive decimal with at most two places")
)

// Cents reads the amount without passing through a float.
func (a *Amount) Cents() (int64, error) {
	if a == nil {
		return 0, errAmount
	}
	text := strings.TrimSpace(string(a.Amount))
	if strings.HasPrefix(text, `"`) {
		if err := json.Unmarshal(a.Amount, &text); err != nil {
			return 0, errAmount
		}
	}
	match := decimal.FindStringSubmatch(text)
	if match == nil {
		return 0, errAmount
	}
	cents, err := strconv.ParseInt(match[1]+(match[2] + "00")[:2], 10, 64)
	if err != nil || cents == 0 {
		return 0, errAmount
	}
	return cents, nil
}

// Decimal writes cents as the bank does, with two places.
func Decimal(cents int64) string {
	sign := ""
	if cents < 0 {
		sign, cents = "-", -cents
	}
	return sign + strconv.FormatInt(cents/100, 10) + "." + strconv.FormatInt(100+cents%100, 10)[1:]
}

// ValidIBAN checks form and check digits (ISO 13616).
func ValidIBAN(iban string) bool {
	if !ibanForm.MatchString(iban) {
		return false
	}
	rest := 0
	for _, c := range iban[4:] + iban[:4] {
		digit := int(c - '0')
		if c >= 'A' {
			digit = int(c-'A') + 10
			rest = rest*10 + digit/10
		}
		rest = (rest*10 + digit%10) % 97
	}
	return rest == 1
}

var ibanForm = regexp.MustCompile(`^[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}$`)
