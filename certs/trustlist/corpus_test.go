package trustlist_test

import (
	"encoding/base64"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/certs/trustlist"
)

// corpus returns the folder of collected lists, or skips.
func corpus(t testing.TB) string {
	t.Helper()
	root := os.Getenv("SEALKEEPER_CORPUS")
	if root == "" {
		t.Skip("SEALKEEPER_CORPUS names no folder")
	}
	folder := filepath.Join(root, "tl")
	if _, err := os.Stat(folder); err != nil {
		t.Skip("SEALKEEPER_CORPUS has no trusted lists")
	}
	return folder
}

var inKeyInfo = regexp.MustCompile(`<(?:\w+:)?KeyInfo[ >](?s:.*?)</(?:\w+:)?KeyInfo>`)
var certificate = regexp.MustCompile(`X509Certificate>([^<]+)</`)

// ownSigners are the certificates that a list says it was signed with: what a list of lists would have to point to.
func ownSigners(raw []byte) (signers []*certs.Certificate) {
	for _, info := range inKeyInfo.FindAll(raw, -1) {
		for _, m := range certificate.FindAllSubmatch(info, -1) {
			der, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(strings.ReplaceAll(string(m[1]),
				"&#xD;", "")), ""))
			if err != nil {
				continue
			}
			if c, err := certs.ParseCertificate(der); err == nil {
				signers = append(signers, c)
			}
		}
	}
	return signers
}

// notByXMLSec are the files whose signature xmlsec1 verifies and that are no trusted list for us all the same.
var notByXMLSec = map[string]trustlist.Cause{
	"neg_fi-v5-invalid.xml":                        trustlist.Malformed, // version 5 with parts of version 6
	"tl-ecdsa-brainpool.xml":                       trustlist.Version,   // version 3: read as far as its signature
	"xsw_XSW-enveloped-fake-signedProperties.xml":  trustlist.Malformed, // signature wrapping
	"xsw_XSW-enveloped-fake-content-misplaced.xml": trustlist.Malformed,
	"xsw_XSW-enveloping-fake-object.xml":           trustlist.Malformed,
}

// TestCorpus reads every collected list with the signers that it names itself, and compares with what xmlsec1 says.
// The two xsw files that are read are the lists that the attacks were made of, untouched. None of them is read with the
// signers of another list.
func TestCorpus(t *testing.T) {
	folder := corpus(t)
	verdicts, err := os.ReadFile(filepath.Join(folder, "..", "results", "xmlsec1-tl.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	stranger, err := os.ReadFile(filepath.Join(folder, "CZ.xml"))
	if err != nil {
		t.Fatal(err)
	}
	strangers, compared, listed := ownSigners(stranger), 0, map[string]bool{}
	for line := range strings.Lines(string(verdicts)) {
		fields := strings.Split(line, "\t")
		file, verdict := fields[0], fields[1]
		listed[file] = true
		raw, err := os.ReadFile(filepath.Join(folder, file))
		if err != nil {
			continue // not all lists were kept
		}
		compared++
		list, err := trustlist.Read(raw, ownSigners(raw))
		want, exception := notByXMLSec[file]
		switch {
		case exception:
			if !refusedFor(err, want) {
				t.Errorf("%s: %v, want it refused for %s", file, err, want)
			}
		case verdict == "OK" && err != nil:
			t.Errorf("%s: %v, xmlsec1 verifies it", file, err)
		case verdict != "OK" && err == nil:
			t.Errorf("%s is read, xmlsec1 does not verify it", file)
		case err == nil && (list.Signer == nil || list.Issued.IsZero() || list.Territory == ""):
			t.Errorf("%s: read without signer, time or territory", file)
		}
		if !strings.Contains(file, "CZ") {
			if _, err := trustlist.Read(raw, strangers); err == nil {
				t.Errorf("%s is read with another country's signers", file)
			}
		}
	}
	files, _ := filepath.Glob(filepath.Join(folder, "*.xml"))
	for _, f := range files {
		if !listed[filepath.Base(f)] {
			t.Errorf("%s has no verdict", f)
		}
	}
	t.Logf("%d lists compared", compared)
}

func refusedFor(err error, cause trustlist.Cause) bool {
	refusal, ok := errors.AsType[*trustlist.Refusal](err)
	return ok && refusal.Cause == cause
}

// TestPivots walks from one LOTL to a later one by what it says of its successors.
func TestPivots(t *testing.T) {
	folder := corpus(t)
	read := func(file string, signers []*certs.Certificate) *trustlist.List {
		t.Helper()
		raw, err := os.ReadFile(filepath.Join(folder, file))
		if err != nil {
			t.Fatal(err)
		}
		list, err := trustlist.Read(raw, signers)
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		return list
	}
	raw, err := os.ReadFile(filepath.Join(folder, "cache_https___ec_europa_eu_tools_lotl_eu_lotl_pivot_282_xml.xml"))
	if err != nil {
		t.Fatal(err)
	}
	first := read("cache_https___ec_europa_eu_tools_lotl_eu_lotl_pivot_282_xml.xml", ownSigners(raw))
	second := read("cache_https___ec_europa_eu_tools_lotl_eu_lotl_pivot_300_xml.xml", first.Successors())
	if second.Sequence != 300 || len(second.Successors()) == 0 {
		t.Errorf("read list %d with %d successors", second.Sequence, len(second.Successors()))
	}
	countries := map[string]bool{}
	for _, p := range second.Pointers {
		if p.XML() && p.Type == trustlist.NationalList && len(p.Signers) > 0 {
			countries[p.Territory] = true
		}
	}
	if len(countries) < 30 {
		t.Errorf("points to %d countries, want 31", len(countries))
	}
}

// TestServices compares what is read of the services with what is in the files: EIDs of the French list.
func TestServices(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join(corpus(t), "cache_https___www_ssi_gouv_fr_uploads_tl_fr_xml.xml"))
	if err != nil {
		t.Fatal(err)
	}
	list, err := trustlist.Read(raw, ownSigners(raw))
	if err != nil {
		t.Fatal(err)
	}
	services, qualified, history, limits, websites := 0, 0, 0, 0, 0
	for _, p := range list.Providers {
		for _, s := range p.Services {
			services++
			history += len(s.States) - 1
			if !s.Qualified() {
				continue
			}
			qualified++
			limits += len(s.States[0].Limits)
			for _, purpose := range s.States[0].Purposes {
				if purpose == trustlist.ForWebsites {
					websites++
				}
			}
			if len(s.Certificates) == 0 || s.Name == "" {
				t.Errorf("a service of %s has no key or name", p.Name)
			}
		}
	}
	count := func(what string) int { return strings.Count(string(raw), what) }
	if services != count("<ServiceInformation>") || history != count("<ServiceHistoryInstance>") {
		t.Errorf("%d services with %d former states, the file has %d and %d", services, history,
			count("<ServiceInformation>"), count("<ServiceHistoryInstance>"))
	}
	t.Logf("%d services, %d qualified, %d limits, %d for websites", services, qualified, limits, websites)
	if qualified == 0 || limits == 0 || websites == 0 {
		t.Error("nothing is read of qualified services")
	}
}
