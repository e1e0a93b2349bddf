package money_test

import (
	"encoding/json"
	"math/big"
	"strings"
	"testing"

	"github.com/sealkeeper/sealkeeper/connector/money"
)

func TestDecimal(t *testing.T) {
	tests := []struct{ in, want string }{ // want "" for an error
		{"344.50", "344.50"},
		{`"11.0"`, "11.0"},
		{"-0.01", "-0.01"},
		{"0", "0"},
		{"-0.00", "0.00"},
		{"007", "7"},
		{`"00.10"`, "0.10"},
		{"1e3", "1000"},
		{"3.445E2", "344.5"},
		{"5e-3", "0.005"},
		{"-12.5e-1", "-1.25"},
		{"0.1e1", "1"},
		{"9007199254740993.01", "9007199254740993.01"}, // beyond a float64
		{`" 1"`, "1"},
		{`"\t12.50 "`, "12.50"},
		{`"+12.50"`, "12.50"},
		{"true", ""},
		{`"1,5"`, ""},
		{`"1."`, ""},
		{`".5"`, ""},
		{`"+-1"`, ""},
		{`"++1"`, ""},
		{`"1 0"`, ""},
		{`"0x10"`, ""},
		{`"1e"`, ""},
		{"1e33", ""},
		{`"` + strings.Repeat("9", 65) + `"`, ""},
		{`{"value":1}`, ""},
	}
	for _, test := range tests {
		t.Run(test.in, func(t *testing.T) {
			var d money.Decimal
			err := d.UnmarshalJSON([]byte(test.in))
			if (err != nil) != (test.want == "") || d.String() != test.want {
				t.Errorf("got %q, %v; want %q", d, err, test.want)
			}
		})
	}
}

// TestAbsentDecimal: what is written for none is read as none.
func TestAbsentDecimal(t *testing.T) {
	for _, text := range []string{"null", `""`, `" "`} {
		d, _ := money.ParseDecimal("1")
		if err := d.UnmarshalJSON([]byte(text)); err != nil || d.Valid() {
			t.Errorf("%s: %q, %v", text, d, err)
		}
	}
}

func TestDecimalIsAStringInJSON(t *testing.T) {
	d, err := money.ParseDecimal("344.50")
	if err != nil {
		t.Fatal(err)
	}
	if out, err := json.Marshal(d); err != nil || string(out) != `"344.50"` {
		t.Errorf("got %s, %v", out, err)
	}
	if (money.Decimal{}).Valid() || !d.Valid() {
		t.Error("Valid does not tell an absent number from a present one")
	}
}

func TestDebit(t *testing.T) {
	for in, want := range map[string]string{
		"12.50":  "-12.50",
		"-12.50": "-12.50",
		"0.01":   "-0.01",
		"0.00":   "0.00",
		"0":      "0",
	} {
		t.Run(in, func(t *testing.T) {
			d, err := money.ParseDecimal(in)
			if err != nil {
				t.Fatal(err)
			}
			if got := d.Debit().String(); got != want {
				t.Errorf("%s, want %s", got, want)
			}
		})
	}
	if got := (money.Decimal{}).Debit(); got.Valid() {
		t.Errorf("an absent number became %s", got)
	}
}

// FuzzDecimal compares with the standard library's arbitrary precision.
func FuzzDecimal(f *testing.F) {
	for _, seed := range []string{"1", "-1.50", "1e3", "12.5e-7", "0", "-0", "1e", "..", "9e-32", "00e32"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := money.ParseDecimal(s)
		if err != nil {
			return
		}
		want, ok := new(big.Rat).SetString(s)
		got, gotOK := new(big.Rat).SetString(d.String())
		if !ok || !gotOK || want.Cmp(got) != 0 {
			t.Fatalf("%q became %q", s, d)
		}
		if again, err := money.ParseDecimal(d.String()); err == nil && again != d {
			t.Fatalf("%q became %q on the second reading", d, again)
		}
		if strings.ContainsAny(d.String(), "eE+ ") {
			t.Fatalf("%q is not plain", d)
		}
	})
}
