// Package money answers one question: how much is it, exactly? Banks send sums as JSON
// numbers and as text; no float ever sees either.
package money

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
)

const (
	maxDecimalLength   = 64
	maxDecimalExponent = 32
)

var errNotDecimal = errors.New("not a decimal number of reasonable size")

// Decimal is an exact decimal number: plain digits with the scale the bank
// sent ("344.50" keeps its zero), never an exponent, never a float.
// The zero Decimal is an absent number.
type Decimal struct{ text string }

// ParseDecimal reads a number as JSON writes it.
func ParseDecimal(s string) (Decimal, error) {
	if len(s) > maxDecimalLength {
		return Decimal{}, errNotDecimal
	}
	rest, negative := strings.CutPrefix(s, "-")
	mantissa, exponent, err := cutExponent(rest)
	if err != nil {
		return Decimal{}, err
	}
	whole, fraction, dotted := strings.Cut(mantissa, ".")
	if !isDigits(whole) || (dotted && !isDigits(fraction)) {
		return Decimal{}, errNotDecimal
	}
	whole, fraction = shift(whole, fraction, exponent)
	text := strings.TrimLeft(whole, "0")
	if text == "" {
		text = "0"
	}
	if fraction != "" {
		text += "." + fraction
	}
	if negative && strings.Trim(text, "0.") != "" {
		text = "-" + text
	}
	return Decimal{text: text}, nil
}

func cutExponent(s string) (mantissa string, exponent int, err error) {
	i := strings.IndexAny(s, "eE")
	if i < 0 {
		return s, 0, nil
	}
	exponent, err = strconv.Atoi(s[i+1:])
	if err != nil || exponent > maxDecimalExponent || exponent < -maxDecimalExponent {
		return "", 0, errNotDecimal
	}
	return s[:i], exponent, nil
}

// shift moves the point by exponent digits, to the right when positive.
func shift(whole, fraction string, exponent int) (string, string) {
	if exponent >= 0 {
		fraction += strings.Repeat("0", max(0, exponent-len(fraction)))
		return whole + fraction[:exponent], fraction[exponent:]
	}
	whole = strings.Repeat("0", max(0, -exponent-len(whole))) + whole
	point := len(whole) + exponent
	return whole[:point], whole[point:] + fraction
}

func isDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// Valid reports whether there is a number at all.
func (d Decimal) Valid() bool { return d.text != "" }

// Debit returns the number with a minus sign, whether it has one already or
// not; nothing stays nothing, and zero has no sign.
func (d Decimal) Debit() Decimal {
	if strings.Trim(d.text, "-0.") == "" {
		return d
	}
	return Decimal{text: "-" + strings.TrimPrefix(d.text, "-")}
}

// String returns the number in plain digits; "" when there is none.
func (d Decimal) String() string { return d.text }

// MarshalText implements encoding.TextMarshaler: in JSON the number is a
// string, so that no reader makes a float of it.
func (d Decimal) MarshalText() ([]byte, error) { return []byte(d.text), nil }

// UnmarshalJSON accepts a JSON number or a string holding one: banks send
// both, even in one answer, and write plus signs and blanks where the standard
// has none. An empty string and null are the absent number.
func (d *Decimal) UnmarshalJSON(b []byte) error {
	text := string(bytes.TrimSpace(b))
	if strings.HasPrefix(text, `"`) {
		if err := json.Unmarshal(b, &text); err != nil {
			return err
		}
	}
	if text = strings.TrimSpace(text); text == "" || string(b) == "null" {
		*d = Decimal{}
		return nil
	}
	if unsigned, plus := strings.CutPrefix(text, "+"); plus && !strings.HasPrefix(unsigned, "-") {
		text = unsigned
	}
	parsed, err := ParseDecimal(text)
	if err != nil {
		return err
	}
	*d = parsed
	return nil
}
