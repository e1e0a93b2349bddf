package reference

import (
	_ "embed"
	"fmt"
	"regexp"
	"strings"
)

//go:embed errors.md
var errorTable string

// paragraph is what one code of an error means.
type paragraph struct {
	Code     string
	Statuses string // that it is answered with, "404, 422"
	Advice   string // what to do, in Markdown of code and links
}

var (
	errorRow  = regexp.MustCompile(`^\| ([0-9][0-9, ]*) \| (.*?) \| (.*?) \|$`)
	errorCode = regexp.MustCompile("`([a-z][a-z0-9_]*)`")
)

// readErrors reads the table: a paragraph per code and row, in the order of the table.
func readErrors(table string) (all []paragraph, byCode map[string][]paragraph, err error) {
	byCode = map[string][]paragraph{}
	for line := range strings.Lines(table) {
		if !strings.HasPrefix(line, "| ") || strings.HasPrefix(line, "| status ") || strings.HasPrefix(line, "| --- ") {
			continue
		}
		row := errorRow.FindStringSubmatch(strings.TrimSpace(line))
		if row == nil {
			return nil, nil, fmt.Errorf("errors.md has a row that is no row of errors: %s", line)
		}
		for _, m := range errorCode.FindAllStringSubmatch(row[2], -1) {
			p := paragraph{Code: m[1], Statuses: row[1], Advice: row[3]}
			all = append(all, p)
			byCode[p.Code] = append(byCode[p.Code], p)
		}
	}
	return all, byCode, nil
}
