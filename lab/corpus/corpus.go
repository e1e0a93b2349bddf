// Package corpus gives tests the certificates and lists that others made. The environment variable SEALKEEPER_CORPUS
// names their folder; tests that need it are skipped without.
package corpus

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Dir is the folder, or the test is skipped.
func Dir(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("SEALKEEPER_CORPUS")
	if dir == "" {
		t.Skip("SEALKEEPER_CORPUS is not set: it names the folder of collected certificates")
	}
	return dir
}

// DER is what the first PEM block of a file holds.
func DER(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(Dir(t), name))
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(data)
	if block == nil {
		t.Fatalf("%s: no PEM", name)
	}
	return block.Bytes
}

// Reading is what an independent program, not written in Go, read in a certificate.
type Reading struct {
	File       string      `json:"file"`
	SHA256     string      `json:"sha256"`
	Kind       string      `json:"kind"`
	Subject    [][3]string `json:"subject"`
	Serial     string      `json:"serial"`
	NotBefore  string      `json:"notBefore"`
	NotAfter   string      `json:"notAfter"`
	KeyBits    int         `json:"keyBits"`
	KeyUsage   []string    `json:"keyUsage"`
	EKU        []string    `json:"eku"`
	Policies   []string    `json:"policies"`
	DupExt     []string    `json:"dupExt"`
	Poison     bool        `json:"precertPoison"`
	CRLDP      []string    `json:"crldp"`
	ParseError string      `json:"parseError"`
	Statements []struct {
		OID  string      `json:"oid"`
		PDS  [][4]string `json:"pds"`
		PSD2 *struct {
			Roles []struct {
				OID  *string `json:"oid"`
				Name *string `json:"name"`
			} `json:"roles"`
			NCAName string `json:"ncaName"`
			NCAID   string `json:"ncaId"`
		} `json:"psd2"`
	} `json:"qcStatements"`
}

// Readings are those of all certificates of the corpus.
func Readings(t testing.TB) []Reading {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(Dir(t), "facts.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	var all []Reading
	lines := bufio.NewScanner(bytes.NewReader(data))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var r Reading
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			t.Fatalf("%v in %.200s", err, lines.Text())
		}
		all = append(all, r)
	}
	return all
}

var listed = regexp.MustCompile(`<(?:\w+:)?X509Certificate[^>]*>([^<]+)<`)

// Listed are the different ones in the trusted lists of the corpus.
func Listed(t testing.TB) [][]byte {
	t.Helper()
	lists, err := filepath.Glob(filepath.Join(Dir(t), "tl", "*.xml"))
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	var all [][]byte
	for _, name := range lists {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range listed.FindAllSubmatch(data, -1) {
			text := strings.Join(strings.Fields(string(m[1])), "")
			raw, err := base64.StdEncoding.DecodeString(text)
			if err != nil || seen[text] {
				continue
			}
			seen[text] = true
			all = append(all, raw)
		}
	}
	return all
}
