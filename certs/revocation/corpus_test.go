package revocation_test

import (
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/certs/revocation"
)

func at(moment string) time.Time {
	t, err := time.Parse(time.RFC3339, moment)
	if err != nil {
		panic(err)
	}
	return t
}

// TestCorpus has every collected answer, with what OpenSSL 3.0 says of it: status, times, reason, and whether its
// signature is that of the issuer or of a responder it charged.
func TestCorpus(t *testing.T) {
	folder := os.Getenv("SEALKEEPER_CORPUS")
	if folder == "" {
		t.Skip("SEALKEEPER_CORPUS names no folder")
	}
	folder = filepath.Join(folder, "revocation")
	unused := map[string]bool{}
	files, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		unused[f.Name()] = f.Name() != "MANIFEST.tsv" && f.Name() != "qvocspauth.crt" // a responder, in its answers
	}
	for _, tt := range []struct {
		file, leaf, issuer, now string
		want                    revocation.Status
		cause                   revocation.Cause
		reason, revokedAt       string
	}{
		{"liam_response-eucrt-sha1.der", "European-Commission.crt", "qvbecag2.crt", "2020-06-06T00:00:00Z",
			revocation.Good, "", "", ""},
		{"liam_response-eucrt-sha1.der", "European-Commission.crt", "qvbecag2.crt", "2020-06-08T00:00:00Z",
			revocation.Stale, revocation.Expired, "", ""},
		{"liam_response-eucrt-sha1.der", "European-Commission.crt", "qvbecag2.crt", "2020-06-05T15:00:00Z",
			revocation.NoAnswer, revocation.Future, "", ""},
		{"liam_response-sha256.der", "European-Commission.crt", "qvbecag2.crt", "2020-06-01T00:00:00Z",
			revocation.Good, "", "", ""},
		{"liam_response-multi3-qv-sha256.der", "European-Commission.crt", "qvbecag2.crt", "2020-06-08T00:00:00Z",
			revocation.Good, "", "", ""},
		// The same answer has the issuing CA as superseded. Its own issuer did not sign that: the responder is its.
		{"liam_response-multi3-qv-sha256.der", "qvbecag2.crt", "qventca1g3.crt", "2020-06-08T00:00:00Z",
			revocation.NoAnswer, revocation.Forged, "", ""},
		{"liam_response-sha256.der", "qvbecag2.crt", "qventca1g3.crt", "2020-06-01T00:00:00Z",
			revocation.NoAnswer, revocation.OtherCertificate, "", ""},
		{"liam_response-eucrt-sha1.der", "European-Commission.crt", "DigiCertSHA2SecureServerCA.crt",
			"2020-06-06T00:00:00Z", revocation.NoAnswer, revocation.OtherCertificate, "", ""},
		{"liam_response-revoked-sha1.der", "serial:0371B58A86F6CE9C3ECB7BF42F9208FC", "DigiCertSHA2SecureServerCA.crt",
			"2020-06-04T00:00:00Z", revocation.Revoked, "", "", "2019-10-07T20:30:39Z"},
		{"liam_response-revoked-sha256.der", "serial:0371B58A86F6CE9C3ECB7BF42F9208FC",
			"DigiCertSHA2SecureServerCA.crt", "2020-06-04T00:00:00Z", revocation.Revoked, "", "",
			"2019-10-07T20:30:39Z"},
		{"dss_harica_ocsp.bin", "dss_harica.cer", "dss_harica_ca.cer", "2025-11-07T00:00:00Z", revocation.Good, "",
			"", ""},
		{"liam_request-sha256.der", "European-Commission.crt", "qvbecag2.crt", "2020-06-06T00:00:00Z",
			revocation.NoAnswer, revocation.Malformed, "", ""},
		{"liam_request-eucrt-sha1.der", "European-Commission.crt", "qvbecag2.crt", "2020-06-06T00:00:00Z",
			revocation.NoAnswer, revocation.Malformed, "", ""},
		{"liam_request-multi2-qv-sha256.der", "European-Commission.crt", "qvbecag2.crt", "2020-06-06T00:00:00Z",
			revocation.NoAnswer, revocation.Malformed, "", ""},
		{"liam_request-multi3-qv-sha256.der", "European-Commission.crt", "qvbecag2.crt", "2020-06-06T00:00:00Z",
			revocation.NoAnswer, revocation.Malformed, "", ""},
		{"qvbecag2.crl", "European-Commission.crt", "qvbecag2.crt", "2019-10-23T00:00:00Z", revocation.Good, "",
			"", ""},
		{"qvbecag2.crl", "European-Commission.crt", "qvbecag2.crt", "2019-10-26T00:00:00Z", revocation.Stale,
			revocation.Expired, "", ""},
		{"qvbecag2.crl", "serial:57F5D7D381A94655A88602CD2D446F8C410A3F46", "qvbecag2.crt", "2019-10-23T00:00:00Z",
			revocation.Revoked, "", "superseded", "2018-04-19T12:36:05Z"},
		{"qvbecag2.crl", "European-Commission.crt", "DigiCertSHA2SecureServerCA.crt",
			"2019-10-23T00:00:00Z", revocation.NoAnswer, revocation.OtherCertificate, "", ""},
	} {
		unused[tt.file], unused[tt.leaf], unused[tt.issuer] = false, false, false
		t.Run(tt.file+" "+tt.leaf+" "+tt.now, func(t *testing.T) {
			raw, err := os.ReadFile(filepath.Join(folder, tt.file))
			if err != nil {
				t.Fatal(err)
			}
			judge := revocation.JudgeOCSP
			if filepath.Ext(tt.file) == ".crl" {
				judge = revocation.JudgeCRL
			}
			got := judge(raw, collected(t, folder, tt.leaf), collected(t, folder, tt.issuer), at(tt.now))
			if got.Status != tt.want || got.Cause != tt.cause || got.Reason != tt.reason {
				t.Errorf("%s %s %s, want %s %s %s", got.Status, got.Cause, got.Reason, tt.want, tt.cause, tt.reason)
			}
			if tt.revokedAt != "" && !got.RevokedAt.Equal(at(tt.revokedAt)) {
				t.Errorf("revoked at %s", got.RevokedAt)
			}
		})
	}
	for name, forgotten := range unused {
		if forgotten {
			t.Errorf("nothing is said of %s", name)
		}
	}
}

// collected is a certificate of the folder, or one of which nothing but the serial number is known.
func collected(t *testing.T, folder, name string) *x509.Certificate {
	t.Helper()
	if number, ok := strings.CutPrefix(name, "serial:"); ok {
		serial, _ := new(big.Int).SetString(number, 16)
		return &x509.Certificate{SerialNumber: serial}
	}
	raw, err := os.ReadFile(filepath.Join(folder, name))
	if err != nil {
		t.Fatal(err)
	}
	if block, _ := pem.Decode(raw); block != nil {
		raw = block.Bytes
	}
	c, err := x509.ParseCertificate(raw)
	if err != nil {
		t.Fatal(err)
	}
	return c
}
