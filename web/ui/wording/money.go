package wording

import (
	"strings"

	"github.com/sealkeeper/sealkeeper/connector/money"
	"github.com/sealkeeper/sealkeeper/connector/pis"
	"github.com/sealkeeper/sealkeeper/web/ui/i18n"
)

// OrderAmount is what a payment is to move.
func (t *Translator) OrderAmount(p pis.Plan) string {
	return t.Money(money.Amount{Value: p.Amount, Currency: p.Currency})
}

// Money writes an amount as the language does: "1,344.50 EUR", "1 344,50 EUR".
// It dresses the bank's digits and never rounds them; a sum that could not be read is a dash.
func (t *Translator) Money(a money.Amount) string {
	if !a.Value.Valid() {
		return "—"
	}
	group, point := ",", "."
	if t.Lang() == i18n.French {
		group, point = "\u202f", ","
	}
	text, sign := a.Value.String(), ""
	if rest, negative := strings.CutPrefix(text, "-"); negative {
		text, sign = rest, "\u2212"
	}
	whole, fraction, _ := strings.Cut(text, ".")
	if fraction == "" && a.Currency == "EUR" { // so that a column of amounts has its points below each other
		fraction = "00"
	}
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + group + whole[i:]
	}
	if fraction != "" {
		if len(fraction) == 1 {
			fraction += "0"
		}
		whole += point + fraction
	}
	return sign + whole + "\u00a0" + a.Currency
}
