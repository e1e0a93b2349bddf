package der_test

import (
	"bytes"
	"encoding/hex"
	"testing"

	"github.com/sealkeeper/sealkeeper/certs/internal/der"
)

func decode(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestFromBER(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"nothing to change", "3003020101", "3003020101"},
		{"indefinite length", "30800201010000", "3003020101"},
		{"indefinite in definite", "3007308002010100000500"[:18], "30053003020101"},
		{"octets in pieces", "24800401aa0401bb0000", "0402aabb"},
		{"pieces of pieces", "240824060401aa0401bb", "0402aabb"},
		{"empty pieces", "24800000", "0400"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := der.FromBER(decode(t, tt.in))
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, decode(t, tt.want)) {
				t.Errorf("%x, want %s", got, tt.want)
			}
		})
	}
}

func TestFromBERRefuses(t *testing.T) {
	for name, in := range map[string][]byte{
		"nothing":                        nil,
		"one byte":                       {0x30},
		"no end":                         decode(t, "3080020101"),
		"too long":                       decode(t, "3005020101"),
		"primitive of indefinite length": decode(t, "04800000"),
		"high tag":                       decode(t, "30801f8101000000"),
		"endless tag":                    decode(t, "1f808080808080"),
		"something after":                decode(t, "050000"),
		"too deep":                       bytes.Repeat([]byte{0x30, 0x80}, 1000),
		"length of five bytes":           decode(t, "30850000000000"),
		"a piece that is none":           decode(t, "24800201010000"),
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := der.FromBER(in); err == nil {
				t.Errorf("%s: became %x", name, got)
			}
		})
	}
}

func TestText(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"0c03c3a978", "éx"}, {"0c02e978", "éx"}, {"1402e978", "éx"}, {"1e0400e90078", "éx"}, {
			"1c08000000e900000078",
			"éx",
		}, {"160141", "A"},
	} {
		t.Run(tt.in, func(t *testing.T) {
			n, err := der.Read(decode(t, tt.in))
			if err != nil {
				t.Fatal(err)
			}
			if got, ok := n.Text(); !ok || got != tt.want {
				t.Errorf("%s is %q, want %q", tt.in, got, tt.want)
			}
		})
	}
	n, err := der.Read(decode(t, "020101"))
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := n.Text(); ok {
		t.Error("a number was taken for text")
	}
}

func TestReadTakesWhatIssuersWrite(t *testing.T) {
	for in, body := range map[string]string{"3081020500": "0500", "308400000000": "", "1f810101aa": "aa"} {
		n, err := der.Read(decode(t, in))
		if err != nil || !bytes.Equal(n.Body(), decode(t, body)) {
			t.Errorf("%s: content %x, %v", in, n.Body(), err)
		}
	}
}

func TestInteger(t *testing.T) {
	for in, want := range map[string]int64{"020101": 1, "0201ff": -1, "02020080": 128, "0202ff00": -256} {
		t.Run(in, func(t *testing.T) {
			n, err := der.Read(decode(t, in))
			if err != nil {
				t.Fatal(err)
			}
			if got := n.Integer().Int64(); got != want {
				t.Errorf("%s is %d, want %d", in, got, want)
			}
		})
	}
}

// FuzzFromBER checks that the result is DER whose conversion changes nothing more.
func FuzzFromBER(f *testing.F) {
	for _, s := range []string{"3003020101", "30800201010000", "24800401aa0401bb0000", "a0802480040100240004000000"} {
		f.Add(decode(f, s))
	}
	f.Fuzz(func(t *testing.T, ber []byte) {
		once, err := der.FromBER(ber)
		if err != nil {
			return
		}
		twice, err := der.FromBER(once)
		if err != nil || !bytes.Equal(once, twice) {
			t.Errorf("%x became %x and then %x (%v)", ber, once, twice, err)
		}
	})
}
