package pis

import (
	"errors"
	"regexp"
	"strconv"
	"strings"

	"github.com/sealkeeper/sealkeeper/connector/money"
	"github.com/sealkeeper/sealkeeper/connector/sepa"
	"github.com/sealkeeper/sealkeeper/fault"
)

func badPayment(code, format string, args ...any) error {
	return fault.New(fault.Invalid, code, format, args...)
}

// checkedPayment returns the payment as it is sent.
func checkedPayment(p Payment, rules Settings) (Payment, error) {
	if p.Reference == "" {
		p.Reference = p.ID
	}
	if p.Currency != "EUR" {
		return p, badPayment("currency_invalid", "A SEPA transfer is in EUR; give the amount in euro.")
	}
	if err := checkAmount(p.Amount, rules); err != nil {
		return p, err
	}
	var err error
	for _, f := range []struct {
		code, name string
		check      func() error
	}{
		{"payment_id_invalid", "The paymentInformationId", func() error { return sepa.Reference(p.ID) }},
		{"reference_invalid", "The reference", func() error { return sepa.Reference(p.Reference) }},
		{"remittance_invalid", "The text for the creditor", func() error { return sepa.Remittance(p.Remittance) }},
		{"name_invalid", "The creditor's name", func() error { return sepa.Name(p.CreditorName) }},
		{"iban_invalid", "The creditor's IBAN", func() error {
			p.CreditorIBAN, err = sepa.IBAN(p.CreditorIBAN)
			return err
		}},
		{"iban_invalid", "The debtor's IBAN", optional(p.DebtorIBAN, func() error {
			p.DebtorIBAN, err = sepa.IBAN(p.DebtorIBAN)
			return err
		})},
		{"bic_invalid", "The creditor's BIC", optional(p.CreditorBIC, func() error {
			p.CreditorBIC, err = sepa.BIC(p.CreditorBIC)
			return err
		})},
	} {
		if err := f.check(); err != nil {
			return p, badPayment(f.code, "%s %v.", f.name, err)
		}
	}
	if p.DebtorIBAN != "" && p.DebtorIBAN == p.CreditorIBAN {
		return p, badPayment("iban_invalid", "Debtor and creditor are the same account; give two.")
	}
	return p, nil
}

func optional(value string, check func() error) func() error {
	if strings.TrimSpace(value) == "" {
		return func() error { return nil }
	}
	return check
}

// maxCents is the largest amount that a SEPA message can have (EPC125-05 AT-T002).
const maxCents = 999_999_999_99

var plainEuro = regexp.MustCompile(`^[0-9]{1,9}(\.[0-9]{1,2})?$`)

// ParseEuro reads an amount in plain decimal notation. It accepts no other notation,
// so that no amount is guessed.
func ParseEuro(text string) (money.Decimal, error) {
	if !plainEuro.MatchString(text) {
		return money.Decimal{}, badPayment("amount_invalid",
			"Give the amount in euro, in digits with at most two after the point, for example 12.50.")
	}
	return money.ParseDecimal(text)
}

func checkAmount(amount money.Decimal, rules Settings) error {
	n, err := cents(amount)
	if err != nil {
		return badPayment("amount_invalid", "The amount %v.", err)
	}
	least, err := rules.minCents()
	if err != nil {
		return fault.Wrap(err, fault.Invalid, "profile_invalid", "Correct the payment settings in the bank's profile.")
	}
	if n < least {
		return badPayment("amount_invalid", "The amount is below this bank's minimum; send at least %s euro.",
			inEuro(least))
	}
	return nil
}

// cents converts an amount exactly, without floats.
func cents(d money.Decimal) (int64, error) {
	whole, fraction, _ := strings.Cut(d.String(), ".")
	fraction = strings.TrimRight(fraction, "0")
	if len(fraction) > 2 {
		return 0, errors.New("has more than two decimals; round it to cents")
	}
	n, err := strconv.ParseInt(whole+fraction+"00"[len(fraction):], 10, 64)
	if err != nil || n < 1 || n > maxCents {
		return 0, errors.New("must be between 0.01 and 999999999.99 euro, for example 12.50")
	}
	return n, nil
}

func inEuro(cents int64) string {
	text := strconv.FormatInt(cents, 10)
	text = strings.Repeat("0", max(0, 3-len(text))) + text
	return text[:len(text)-2] + "." + text[len(text)-2:]
}
