package dora_test

import (
	"bytes"
	"encoding/csv"
	"strings"
	"testing"

	"github.com/sealkeeper/sealkeeper/internal/dora"
	"github.com/sealkeeper/sealkeeper/lab/stack"
)

// What is known of the firm, its issuers, its banks and its Vault is in rows that name each other.
func TestRows(t *testing.T) {
	s := stack.New(t)
	s.Activate()
	service := dora.New(dora.Config{
		Store:     s.DB,
		Catalogue: s.Catalogue,
		Vault:     "vault.firm.example",
		Audit:     s.Audit,
	})
	rows, err := service.Rows(t.Context(), stack.Auditor)
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]map[string]string{} // by template and what it is about
	for _, r := range rows {
		kind, _, _ := strings.Cut(r.About, " ")
		known[r.Template+" "+kind] = r.Columns
	}
	for _, kind := range []string{"qtsp", "bank", "vault"} {
		reference := known[dora.Arrangements+" "+kind]["c0010"]
		if !strings.HasPrefix(reference, "SK-"+kind+"-") || known[dora.Services+" "+kind]["c0010"] != reference ||
			known[dora.Providers+" "+kind]["c0050"] == "" {
			t.Errorf("%s: %v", kind, known)
		}
	}
	if known[dora.Providers+" bank"]["c0080"] != "FR" ||
		known[dora.Providers+" vault"]["c0050"] != "vault.firm.example" ||
		known[dora.Entities+" organization"]["c0020"] == "" {
		t.Errorf("the rows are %v", known)
	}
}

// The CSV has the codes of the Regulation's columns, and nothing that a spreadsheet would carry out.
func TestCSV(t *testing.T) {
	for template, want := range map[string]string{
		dora.Entities: "c0110", dora.Arrangements: "c0050", dora.Services: "c0180", dora.Providers: "c0120",
	} {
		var out bytes.Buffer
		rows := []dora.Row{{Template: template, Columns: map[string]string{"c0010": "=1+1", "c0020": "a,b\nc"}}}
		if err := dora.WriteCSV(&out, rows, template); err != nil {
			t.Fatal(err)
		}
		lines, err := csv.NewReader(&out).ReadAll()
		if err != nil || len(lines) != 2 || !strings.HasSuffix(lines[0][0], "c0010") ||
			lines[0][len(lines[0])-1] != want || lines[1][0] != "'=1+1" || lines[1][1] != "a,b\nc" {
			t.Errorf("%s: %q, %v", template, lines, err)
		}
	}
	if err := dora.WriteCSV(&bytes.Buffer{}, nil, "B_99.01"); err == nil {
		t.Error("a template that there is not was written")
	}
}
