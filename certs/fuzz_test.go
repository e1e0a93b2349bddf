package certs_test

import (
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/cryptobyte"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/certs/rules"
	"github.com/sealkeeper/sealkeeper/lab/corpus"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/secret"
)

// seedCorpus adds the collected certificates, when they are there.
func seedCorpus(f *testing.F, add func(der []byte)) {
	dir := os.Getenv("SEALKEEPER_CORPUS")
	files, err := filepath.Glob(filepath.Join(dir, "*", "*.pem"))
	if dir == "" || err != nil {
		return
	}
	for _, name := range files {
		rel, err := filepath.Rel(dir, name)
		if err != nil {
			f.Fatal(err)
		}
		add(corpus.DER(f, rel))
	}
}

// FuzzRead reads whole files. Seeds with keys are minted here: none is in the repository.
func FuzzRead(f *testing.F) {
	issued := qtsp.Must(f).MustIssue(f, qtsp.Request{KeyType: qtsp.P256})
	for _, p := range packings(f, issued) {
		f.Add(p.data, passphrase)
	}
	f.Fuzz(func(t *testing.T, data []byte, pass string) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		contents, err := certs.Read(certs.File{Name: "f", Data: data}, secret.NewTextString(pass))
		runtime.ReadMemStats(&after)
		if used := after.TotalAlloc - before.TotalAlloc; used > 64<<20 {
			t.Errorf("%d MiB allocated", used>>20)
		}
		var e *certs.Error
		switch {
		case err != nil && (!errors.As(err, &e) || e.Code == "" || e.Message == ""):
			t.Errorf("error without a code: %v", err)
		case err == nil && len(contents.Certificates)+len(contents.Keys) == 0:
			t.Error("neither contents nor an error")
		}
	})
}

// FuzzParseCertificate parses and judges: what can be read can be judged.
func FuzzParseCertificate(f *testing.F) {
	q := qtsp.Must(f)
	for _, kind := range []certs.Kind{certs.QWAC, certs.QSealC} {
		f.Add(q.MustIssue(f, qtsp.Request{Kind: kind, KeyType: qtsp.P256}).Certificate.Raw)
	}
	f.Add(q.Root().Raw)
	seedCorpus(f, func(der []byte) { f.Add(der) })
	other := q.MustIssue(f, qtsp.Request{KeyType: qtsp.P256}).Certificate
	at := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, der []byte) {
		c, err := certs.ParseCertificate(der)
		if err != nil {
			return
		}
		for _, finding := range append(rules.Judge(c, []*certs.Certificate{other}, at),
			rules.JudgePair(c, other, at)...) {
			if strings.Contains(finding.Message, "%!") {
				t.Errorf("%s: %s", finding.Code, finding.Message)
			}
		}
		if n := len(rules.Diff(c, other)); n == 0 {
			t.Error("nothing compared")
		}
	})
}

// FuzzQCStatements puts the value into a certificate. What was read and can be
// written must be read back the same.
func FuzzQCStatements(f *testing.F) {
	template := qtsp.Must(f).MustIssue(f, qtsp.Request{KeyType: qtsp.P256}).Certificate
	x, ok := template.Extension("1.3.6.1.5.5.7.1.3")
	if !ok {
		f.Fatal("no QcStatements")
	}
	f.Add(x.Value)
	for _, seed := range []string{
		"300806060400" + "8e460101", "3000", "0500", "300b300906070400" + "8e46010603",
		"303c303a0606040081982702303030243022060704008198270103" + "0c065053505f4149" + "060704008198270102" +
			"0c065053505f5049" + "0c01580c0546522d5858",
	} {
		b, err := hex.DecodeString(seed)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	seedCorpus(f, func(der []byte) {
		if c, err := certs.ParseCertificate(der); err == nil {
			if x, ok := c.Extension("1.3.6.1.5.5.7.1.3"); ok {
				f.Add(x.Value)
			}
		}
	})
	f.Fuzz(func(t *testing.T, value []byte) {
		if len(value) > 4096 {
			return
		}
		c, err := certs.ParseCertificate(qtsp.Patch(template.Raw, octets(x.Value), octets(value)))
		if err != nil {
			t.Fatal(err) // whatever an extension holds, the certificate can be read
		}
		again, err := certs.EncodeQCStatements(c.QC, c.PSD2)
		if err != nil {
			return // identifiers that the decoder keeps as text may be beyond the encoder
		}
		d, err := certs.ParseCertificate(qtsp.Patch(template.Raw, octets(x.Value), octets(again)))
		if err != nil {
			t.Fatal(err)
		}
		if got, want := strings.Join(certs.RoleNames(d), " "), strings.Join(certs.RoleNames(c), " "); got != want &&
			validText(want) {
			t.Errorf("roles %q, want %q", got, want)
		}
	})
}

// octets is an OCTET STRING.
func octets(b []byte) []byte {
	var out cryptobyte.Builder
	out.AddASN1OctetString(b)
	return out.BytesOrPanic()
}

func validText(s string) bool { return !strings.ContainsRune(s, '\ufffd') }

func FuzzOrganizationID(f *testing.F) {
	for _, s := range []string{
		"PSDFR-ACPR-12345", "VATEL-1", "LEIXG-529900T8BM49AURSDO55", "EI:SE-1", "VATUS+PA-1", "",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		id, err := certs.ParseOrganizationID(s)
		if err == nil && (id.Scheme == "" || id.Country == "" || id.Reference == "") {
			t.Errorf("%q: accepted without its parts: %+v", s, id)
		}
	})
}

func FuzzParseRequest(f *testing.F) {
	issued := qtsp.Must(f).MustIssue(f, qtsp.Request{KeyType: qtsp.P256})
	raw, err := certs.CreateCSR(issued.Key.Signer(), order)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Fuzz(func(t *testing.T, der []byte) {
		r, err := certs.ParseCSR(der)
		if err == nil && r.SPKISHA256 == "" {
			t.Error("a request without a key")
		}
	})
}
