package rules_test

import (
	"bufio"
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/lab/corpus"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/certs/rules"
)

var update = flag.Bool("update", false, "write the table of findings into docs/certificates.md")

type column struct {
	name   string
	groups []string // of MANIFEST.tsv
}

// columns are the parts of the corpus in which findings are counted, by the groups of its manifest.
var columns = []column{
	{"PSD2", []string{"psd2"}},
	{"banks", []string{"bank"}},
	{"seals", []string{"dss-seal", "dss", "dss-gofail"}},
	{"fixtures", []string{"lint", "quirk", "misc", "go-unparseable"}},
	{"lists", nil},
}

const findingsDocument = "../../docs/certificates.md"

// TestFindingsTable keeps the table of findings: what each says, on which clause it stands and how often it speaks
// about the certificates of others.
func TestFindingsTable(t *testing.T) {
	hits := countFindings(t)
	header := "| code | severity | says | clause | checked |"
	ruler := "| --- | --- | --- | --- | --- |"
	for _, c := range columns {
		header, ruler = header+" "+c.name+" |", ruler+" --: |"
	}
	want := header + "\n" + ruler + "\n"
	for _, f := range append(rules.All(), deviationsInSource(t)...) {
		want += findingRow(f)
		for i := range columns {
			count := "–" // a pair is of two, and an order of none
			if !strings.HasPrefix(f.Code, "pair_") && !strings.HasPrefix(f.Code, "order_") {
				count = fmt.Sprint(hits[i][f.Code+" "+string(f.Severity)])
			}
			want += " " + count + " |"
		}
		want += "\n"
	}
	document, err := os.ReadFile(findingsDocument)
	if err != nil {
		t.Fatal(err)
	}
	begin := strings.Index(string(document), "| code | severity |")
	if begin < 0 {
		t.Fatal("there is no table")
	}
	length := strings.Index(string(document[begin:]), "\n\n") + 1
	if got := string(document[begin : begin+length]); got == want {
		return
	}
	if !*update {
		t.Fatal("the table of findings is out of date: go test ./certs -run TestFindingsTable -update")
	}
	document = slices.Concat(document[:begin], []byte(want), document[begin+length:])
	if err := os.WriteFile(findingsDocument, document, 0o644); err != nil {
		t.Fatal(err)
	}
}

// findingRow is what the table says of a finding before the numbers.
func findingRow(f rules.Info) string {
	says := regexp.MustCompile("%[sq]").ReplaceAllString(f.Message, "…")
	basis := f.Basis
	if basis == "" {
		basis = "no"
	}
	return fmt.Sprintf("| `%s` | %s | %s | %s | %s |", f.Code, f.Severity, says, f.Clause, basis)
}

// TestDocumentNamesEveryFinding is what can be said of the table where the corpus is not.
func TestDocumentNamesEveryFinding(t *testing.T) {
	document, err := os.ReadFile(findingsDocument)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range append(rules.All(), deviationsInSource(t)...) {
		if row := findingRow(f); !strings.Contains(string(document), row) {
			t.Errorf("docs/certificates.md has no row %s", row)
		}
	}
}

// countFindings judges all certificates of the corpus without their issuers, as of one day, and counts on how many
// each finding is made, by column.
func countFindings(t *testing.T) []map[string]int {
	t.Helper()
	at := time.Date(2026, time.November, 28, 0, 0, 0, 0, time.UTC)
	hits := make([]map[string]int, len(columns))
	for i := range hits {
		hits[i] = map[string]int{}
	}
	count := func(column int, c *certs.Certificate) {
		seen := map[string]bool{}
		for _, f := range rules.Judge(c, nil, at) {
			if key := f.Code + " " + string(f.Severity); !seen[key] {
				seen[key] = true
				hits[column][key]++
			}
		}
	}
	for file, group := range corpusGroups(t) {
		i := slices.IndexFunc(columns, func(c column) bool { return slices.Contains(c.groups, group) })
		if i < 0 {
			t.Fatalf("%s is in no column", group)
		}
		count(i, qtsp.Parse(t, corpus.DER(t, file)))
	}
	for _, raw := range corpus.Listed(t) {
		count(len(columns)-1, qtsp.Parse(t, raw))
	}
	return hits
}

// corpusGroups are the certificates of the manifest and the group of each.
func corpusGroups(t *testing.T) map[string]string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(corpus.Dir(t), "MANIFEST.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	groups := map[string]string{}
	lines := bufio.NewScanner(bytes.NewReader(data))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if fields := strings.Split(lines.Text(), "\t"); len(fields) > 3 && fields[0] != "file" {
			groups[fields[0]] = fields[3]
		}
	}
	return groups
}

// deviating is one call that reports a deviation: whether its sentence begins with a name, its code and its sentence.
var deviating = regexp.MustCompile(`deviate(In)?\((?:name, |"QcStatement "\+oid, )?"([a-z0-9_]+)",\s*"([^"]+)"`)

// deviationsInSource are the sentences about encodings, which are where they are found and not in a table.
func deviationsInSource(t *testing.T) []rules.Info {
	t.Helper()
	var all []rules.Info
	for _, file := range []string{"qcstatements.go", "qcstatement_readers.go", "psd2.go"} {
		source, err := os.ReadFile("../" + file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range deviating.FindAllStringSubmatch(string(source), -1) {
			info := rules.DescribeDeviation(m[2])
			info.Message = m[3]
			if m[1] != "" {
				info.Message = "%s " + info.Message
			}
			if !slices.ContainsFunc(all, func(r rules.Info) bool { return r.Code == info.Code }) {
				all = append(all, info)
			}
		}
	}
	return all
}

// Every deviation stands on a clause that was read, and every clause has its deviation.
func TestDeviationsStandOnAClause(t *testing.T) {
	all := deviationsInSource(t)
	for _, r := range all {
		if r.Clause == "" || r.Basis == "" {
			t.Errorf("%s has no clause that was read", r.Code)
		}
	}
	if known := certs.DeviationCodes(); len(known) != len(all) {
		t.Errorf("%d codes have clauses and %d are reported", len(known), len(all))
	}
}
