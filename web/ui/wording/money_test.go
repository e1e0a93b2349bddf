package wording_test

import (
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/connector/money"
	"github.com/sealkeeper/sealkeeper/web/ui/i18n"
	"github.com/sealkeeper/sealkeeper/web/ui/wording"
)

// Amounts of euros have two decimals, so that they stand below each other; the bank's digits are not rounded.
func TestMoney(t *testing.T) {
	translators, err := wording.Load(time.Now)
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		digits, currency, english, french string
	}{
		"whole euros":      {"10250", "EUR", "10,250.00\u00a0EUR", "10\u202f250,00\u00a0EUR"},
		"one decimal":      {"0.5", "EUR", "0.50\u00a0EUR", "0,50\u00a0EUR"},
		"more than two":    {"-1.005", "EUR", "\u22121.005\u00a0EUR", "\u22121,005\u00a0EUR"},
		"another currency": {"10250", "JPY", "10,250\u00a0JPY", "10\u202f250\u00a0JPY"},
	} {
		value, err := money.ParseDecimal(test.digits)
		if err != nil {
			t.Fatal(err)
		}
		amount := money.Amount{Value: value, Currency: test.currency}
		if got := translators[i18n.English].Money(amount); got != test.english {
			t.Errorf("%s: %q", name, got)
		}
		if got := translators[i18n.French].Money(amount); got != test.french {
			t.Errorf("%s: %q", name, got)
		}
	}
}
