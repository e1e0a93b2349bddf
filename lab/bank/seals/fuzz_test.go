package seals_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/sealkeeper/sealkeeper/lab/bank/seals"
)

// FuzzSignatureHeader: whatever is accepted can be written out again and
// means the same.
func FuzzSignatureHeader(f *testing.F) {
	f.Add(`keyId="https://tpp.example/q_00",algorithm="rsa-sha256",headers="digest x-request-id",signature="AAAA"`)
	f.Add(`keyId="a",keyId="b",headers="x",signature="AAAA"`)
	f.Add(`keyId="a", headers="x",signature="AAAA"`)
	f.Add(`keyId="`)
	f.Add(`",="`)
	f.Fuzz(func(t *testing.T, header string) {
		s, err := seals.Parse(header)
		if err != nil {
			return
		}
		again, err := seals.Parse(`keyId="` + s.KeyID + `",algorithm="` + s.Algorithm + `",headers="` +
			strings.Join(s.Headers, " ") +
			`",signature="` + base64.StdEncoding.EncodeToString(s.Value) + `"`)
		if err != nil || again.KeyID != s.KeyID || again.Algorithm != s.Algorithm || strings.Join(again.Headers,
			" ") != strings.Join(s.Headers, " ") {
			t.Fatalf("%q became %+v (%v)", header, again, err)
		}
	})
}
