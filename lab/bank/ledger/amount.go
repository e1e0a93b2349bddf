package ledger

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// Amount is an amount of money.
type Amount struct {
	Currency string `json:"currency"`
	Amount   Money  `json:"amount"`
}

// Money is written in three ways by this bank, so that a reader has to know
// them all.
type Money struct {
	Cents int64
	Style Style
}

// Style is how an amount is written.
type Style int

// The styles.
const (
	Number Style = iota // 11, 11.5
	Text                // "11.00"
	Short               // "11.0"
)

// MarshalJSON writes the amount in its style.
func (m Money) MarshalJSON() ([]byte, error) {
	sign, cents := "", m.Cents
	if cents < 0 {
		sign, cents = "-", -cents
	}
	text := fmt.Sprintf("%s%d.%02d", sign, cents/100, cents%100)
	switch m.Style {
	case Text:
		return json.Marshal(text)
	case Short:
		return json.Marshal(strings.TrimSuffix(text, "0"))
	}
	return []byte(strings.TrimSuffix(strings.TrimSuffix(text, "0"), ".0")), nil
}

// UnmarshalJSON reads either and remembers which.
func (m *Money) UnmarshalJSON(b []byte) error {
	text := strings.Trim(string(b), `"`)
	whole, fraction, _ := strings.Cut(text, ".")
	cents, err := strconv.ParseInt(whole+(fraction + "00")[:2], 10, 64)
	*m = Money{Cents: cents}
	if b[0] == '"' {
		m.Style = Text
	}
	return err
}

// Link is a HAL link. The bank marks plain URLs as templated.
type Link struct {
	Href      string `json:"href"`
	Templated bool   `json:"templated,omitempty"`
}

// Links are HAL links by relation.
type Links map[string]Link
