// Package spreadsheet answers one question: how does a table become a file that a spreadsheet opens and does not run?
package spreadsheet

import (
	"encoding/csv"
	"io"
	"strings"
)

// byteOrderMark tells Excel that what follows is UTF-8.
const byteOrderMark = "\uFEFF"

// Write writes rows as CSV (RFC 4180), the head first. A cell that a spreadsheet would take for a formula begins with
// an apostrophe, which spreadsheets do not show (OWASP, CSV Injection).
func Write(w io.Writer, head []string, rows [][]string) error {
	if _, err := io.WriteString(w, byteOrderMark); err != nil {
		return err
	}
	out := csv.NewWriter(w)
	out.UseCRLF = true
	_ = out.Write(head)
	for _, row := range rows {
		cells := make([]string, len(row))
		for i, cell := range row {
			cells[i] = plain(cell)
		}
		_ = out.Write(cells)
	}
	out.Flush()
	return out.Error()
}

// plain is a cell that is text.
func plain(cell string) string {
	if strings.IndexAny(cell, "=+-@\t\r\n") == 0 || strings.HasPrefix(cell, "＝") || strings.HasPrefix(cell, "＋") ||
		strings.HasPrefix(cell, "－") || strings.HasPrefix(cell, "＠") {
		return "'" + cell
	}
	return cell
}
