package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/certs/rules"

	"github.com/google/go-cmp/cmp"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/internal/cli"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
)

// sealkeeper runs the program as a script would.
func sealkeeper(t *testing.T, environ []string, args ...string) (code int, out, errs string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code = program().Run(t.Context(), args, environ, cli.Streams{In: strings.NewReader(""), Out: &stdout, Err: &stderr})
	return code, stdout.String(), stderr.String()
}

// folder holds a QWAC, its key apart, a QSealC as PKCS#12, and a file that is none.
type folder struct {
	dir, qwac, key, p12, passphrase, page string
	transport, seal                       *qtsp.Issued
}

func makeFolder(t *testing.T) folder {
	t.Helper()
	q := qtsp.Must(t)
	f := folder{dir: t.TempDir()}
	f.transport = q.MustIssue(t, qtsp.Request{KeyType: qtsp.P256})
	f.seal = q.MustIssue(t, qtsp.Request{Kind: certs.QSealC, KeyType: qtsp.P256})
	p12, err := f.seal.PKCS12("open sesame")
	if err != nil {
		t.Fatal(err)
	}
	write := func(name string, data []byte) string {
		path := filepath.Join(f.dir, name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	f.qwac, f.key = write("qwac.pem", f.transport.CertificatePEM()), write("qwac.key", f.transport.KeyPEM())
	f.p12, f.passphrase = write("qsealc.p12", p12), write("passphrase", []byte("open sesame\n"))
	f.page = write("page.html", []byte("<html>502</html>"))
	return f
}

func TestInspectJSONKeepsItsContract(t *testing.T) {
	f := makeFolder(t)
	code, out, _ := sealkeeper(t, nil, "inspect", "--json", "--passphrase-file", f.passphrase, f.page, f.key, f.qwac,
		f.p12, filepath.Join(f.dir, "absent"))
	if code != 1 {
		t.Errorf("exit code %d, want 1: two files cannot be read", code)
	}
	var files []map[string]any
	if err := json.Unmarshal([]byte(out), &files); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	if len(files) != 5 {
		t.Fatalf("%d elements, want one per file", len(files))
	}
	for i, want := range []any{"not_a_certificate", nil, nil, nil, "unreadable"} {
		var got any
		if e, ok := files[i]["error"].(map[string]any); ok {
			got = e["code"]
		}
		if got != want {
			t.Errorf("%v: error %v, want %v", files[i]["file"], got, want)
		}
		for _, list := range []string{"certificates", "private_keys"} {
			if _, ok := files[i][list].([]any); !ok {
				t.Errorf("%v: %s is %v, want an array", files[i]["file"], list, files[i][list])
			}
		}
	}
	key := files[1]["private_keys"].([]any)[0].(map[string]any)
	want := map[string]any{
		"algorithm":   "ECDSA",
		"bits":        256.0,
		"spki_sha256": f.transport.Key.SPKISHA256(),
		"matches":     f.transport.Certificate.SHA256,
	}
	if diff := cmp.Diff(want, key); diff != "" {
		t.Errorf("key (-want +got):\n%s", diff)
	}
	checkCertificateJSON(t, files[2]["certificates"].([]any)[0].(map[string]any), f.transport.Certificate)
}

func checkCertificateJSON(t *testing.T, got map[string]any, c *certs.Certificate) {
	t.Helper()
	for _, f := range got["findings"].([]any) {
		for _, field := range []string{"code", "severity", "clause", "message"} {
			if s, ok := f.(map[string]any)[field].(string); !ok || s == "" {
				t.Errorf("finding without %s: %v", field, f)
			}
		}
	}
	delete(got, "findings")
	want := map[string]any{
		"browser_rules":           []any{},
		"sha256":                  c.SHA256,
		"kind":                    "qwac",
		"subject":                 c.Subject,
		"issuer":                  c.Issuer,
		"serial":                  c.Serial,
		"not_before":              c.NotBefore.Format(time.RFC3339),
		"not_after":               c.NotAfter.Format(time.RFC3339),
		"organization_identifier": "PSDFR-ACPR-12345",
		"psd2": map[string]any{
			"roles": []any{map[string]any{"oid": "0.4.0.19495.1.3", "name": "PSP_AI"}, map[string]any{
				"oid":  "0.4.0.19495.1.2",
				"name": "PSP_PI",
			}},
			"nca_name": "Prudential Supervisory and Resolution Authority",
			"nca_id":   "FR-ACPR",
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("certificate (-want +got):\n%s", diff)
	}
}

func TestInspectPassphrases(t *testing.T) {
	f := makeFolder(t)
	notepad, powershell := filepath.Join(f.dir, "notepad.txt"), filepath.Join(f.dir, "powershell.txt")
	large := filepath.Join(f.dir, "large.txt")
	for name, text := range map[string]string{
		notepad:    "\xef\xbb\xbfopen sesame\r\n",
		powershell: "\xff\xfeo\x00p\x00e\x00n\x00 \x00s\x00e\x00s\x00a\x00m\x00e\x00\r\x00\n\x00",
		large:      strings.Repeat("x", 5000),
	} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		name    string
		environ []string
		args    []string
		want    string // error code, "" for none
	}{
		{"none", nil, nil, "passphrase_needed"},
		{"in a file", nil, []string{"--passphrase-file", f.passphrase}, ""},
		{"saved by Notepad", nil, []string{"--passphrase-file", notepad}, ""},
		{"saved by PowerShell", nil, []string{"--passphrase-file", powershell}, ""},
		{"in the environment", []string{"SEALKEEPER_PASSPHRASE=open sesame"}, nil, ""},
		{"wrong", []string{"SEALKEEPER_PASSPHRASE=x"}, nil, "passphrase_wrong"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			code, out, errs := sealkeeper(t, tt.environ, append([]string{"inspect", "--json", f.p12}, tt.args...)...)
			var files []struct{ Error *struct{ Code string } }
			if err := json.Unmarshal([]byte(out), &files); err != nil {
				t.Fatal(err)
			}
			got := ""
			if files[0].Error != nil {
				got = files[0].Error.Code
			}
			if got != tt.want || (code == 0) != (tt.want == "") {
				t.Errorf("exit code %d, error %q, want %q", code, got, tt.want)
			}
			if strings.Contains(out+errs, "open sesame") {
				t.Error("the passphrase was printed")
			}
		})
	}
	for _, file := range []string{"absent", large} {
		if code, _, errs := sealkeeper(t, nil, "inspect", "--passphrase-file", file, f.p12); code != 1 ||
			!strings.Contains(errs, file) {
			t.Errorf("exit code %d, %s", code, errs)
		}
	}
}

func TestInspectForPeople(t *testing.T) {
	f := makeFolder(t)
	_, out, _ := sealkeeper(t, []string{"SEALKEEPER_PASSPHRASE=open sesame"}, "inspect", f.qwac, f.key, f.p12, f.page)
	for _, want := range []string{
		"QWAC (transport certificate)", "QSealC (signing certificate)", "Exemple Paiement SAS (PSDFR-ACPR-12345)",
		"PSP_AI, PSP_PI", "days left",
		"belongs to " + f.transport.Certificate.SHA256[:16], "cannot be read", "issuing certificate",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	if strings.Contains(out, "\x1b") {
		t.Error("coloured although this is no terminal")
	}
}

func TestDiff(t *testing.T) {
	f := makeFolder(t)
	renewed := qtsp.Must(t).MustIssue(t, qtsp.Request{Key: f.transport.Key.Signer(), Roles: []string{"PSP_AI"}})
	path := filepath.Join(f.dir, "new.pem")
	if err := os.WriteFile(path, renewed.CertificatePEM(), 0o600); err != nil {
		t.Fatal(err)
	}
	code, out, errs := sealkeeper(t, nil, "diff", f.qwac, path)
	if code != 0 || !strings.Contains(out, "~ roles") || !strings.Contains(out, "lost role: PSP_PI") ||
		!strings.Contains(out, "= key ") {
		t.Errorf("exit code %d\n%s%s", code, out, errs)
	}
	code, out, _ = sealkeeper(t, nil, "diff", "--json", f.qwac, path)
	var differences []rules.Difference
	if err := json.Unmarshal([]byte(out), &differences); err != nil || code != 0 || len(differences) == 0 {
		t.Errorf("exit code %d, %v\n%s", code, err, out)
	}
	if code, _, errs := sealkeeper(t, nil, "diff", f.qwac, f.page); code != 1 || !strings.Contains(errs, "page.html") {
		t.Errorf("exit code %d, %s", code, errs)
	}
}

func TestCertificatesDoNotSteerTheTerminal(t *testing.T) {
	const evil = "Evil\x1b]0;title\x07\u009b31m SAS"
	issued := qtsp.Must(t).MustIssue(t, qtsp.Request{
		KeyType:      qtsp.P256,
		Organization: evil,
		NCAName:      evil,
		NCAID:        "FR-\x1b[2J",
	})
	path := filepath.Join(t.TempDir(), "evil.pem")
	if err := os.WriteFile(path, append(issued.CertificatePEM(), issued.KeyPEM()...), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"inspect", path}, {"diff", path, path}} {
		if _, out, errs := sealkeeper(t, nil, args...); strings.ContainsAny(out+errs, "\x1b\x07\u009b") {
			t.Errorf("%v let control characters through: %q", args, out+errs)
		}
	}
}
