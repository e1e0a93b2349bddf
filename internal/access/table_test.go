package access_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/sealkeeper/sealkeeper/internal/access"
)

// TestTableOfPermissions: docs/rights.md has the table that the program decides by.
func TestTableOfPermissions(t *testing.T) {
	var table strings.Builder
	table.WriteString("| action | compliance | engineer | auditor | admin | limited | emergency | on a part |\n")
	table.WriteString("|---|---|---|---|---|---|---|---|\n")
	for _, action := range access.Actions() {
		row := []string{"`" + string(action) + "`"}
		for _, role := range access.PersonalRoles() {
			row = append(row, mark(role.May(action)))
		}
		fmt.Fprintf(&table, "| %s | %s |\n", strings.Join(row, " | "), mark(action.OnPart()))
	}
	text, err := os.ReadFile("../../docs/rights.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), table.String()) {
		t.Errorf("docs/rights.md does not have this table:\n%s", table.String())
	}
}

func mark(yes bool) string {
	if yes {
		return "yes"
	}
	return ""
}
