package certs

import (
	_ "embed"
	"encoding/csv"
	"strings"
)

//go:embed nca.csv
var ncaTable string

// NCA is a national competent authority as the EBA's list of identifiers names it
// (version 4, February 2023; names in English from TS 119 495 annex D).
type NCA struct {
	Country string
	ID      string // "FR-ACPR"; "" when the authority is no longer on the list
	Former  string // identifier that older certificates carry, "" when it never changed
	Name    string
}

var ncas = parseNCAs(ncaTable)

// parseNCAs reads the embedded table; a test proves that it can be.
func parseNCAs(table string) []NCA {
	rows, err := csv.NewReader(strings.NewReader(table)).ReadAll()
	if err != nil || len(rows) == 0 {
		return nil
	}
	all := make([]NCA, 0, len(rows)-1)
	for _, row := range rows[1:] {
		all = append(all, NCA{Country: row[0], ID: row[1], Former: row[2], Name: row[3]})
	}
	return all
}

// NCAs returns the authorities in the order of the list.
func NCAs() []NCA { return append([]NCA(nil), ncas...) }

// LookupNCA finds an authority by its current or a former identifier.
func LookupNCA(id string) (NCA, bool) {
	for _, n := range ncas {
		if id != "" && (n.ID == id || n.Former == id) {
			return n, true
		}
	}
	return NCA{}, false
}
