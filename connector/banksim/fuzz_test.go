package banksim

import (
	"encoding/base64"
	"strings"
	"testing"
)

// FuzzSignatureHeader: whatever is accepted can be written out again and
// means the same. The parser is not exported, hence a test inside the package.
func FuzzSignatureHeader(f *testing.F) {
	f.Add(`keyId="https://tpp.example/q_00",algorithm="rsa-sha256",headers="digest x-request-id",signature="AAAA"`)
	f.Add(`keyId="a",keyId="b",headers="x",signature="AAAA"`)
	f.Add(`keyId="a", headers="x",signature="AAAA"`)
	f.Add(`keyId="`)
	f.Add(`",="`)
	f.Fuzz(func(t *testing.T, header string) {
		s, err := parseSignature(header)
		if err != nil {
			return
		}
		again, err := parseSignature(`keyId="` + s.keyID + `",algorithm="` + s.algorithm + `",headers="` + strings.Join(s.headers, " ") +
			`",signature="` + base64.StdEncoding.EncodeToString(s.value) + `"`)
		if err != nil || again.keyID != s.keyID || again.algorithm != s.algorithm || strings.Join(again.headers, " ") != strings.Join(s.headers, " ") {
			t.Fatalf("%q became %+v (%v)", header, again, err)
		}
	})
}
