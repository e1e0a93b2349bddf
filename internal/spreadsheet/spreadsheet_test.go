package spreadsheet_test

import (
	"encoding/csv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sealkeeper/sealkeeper/internal/spreadsheet"
)

func TestWrite(t *testing.T) {
	for name, cell := range map[string][2]string{
		"text":               {"Exemple Paiement SAS", "Exemple Paiement SAS"},
		"formula":            {`=HYPERLINK("https://evil.example")`, `'=HYPERLINK("https://evil.example")`},
		"sum":                {"+1", "'+1"},
		"difference":         {"-1", "'-1"},
		"function":           {"@SUM(A1)", "'@SUM(A1)"},
		"tab before":         {"\t=1", "'\t=1"},
		"line before":        {"\n=1", "'\n=1"},
		"full width":         {"＝1", "'＝1"},
		"quotes and commas":  {`a "b", c`, `a "b", c`},
		"formula further on": {"a=1", "a=1"},
		"empty":              {"", ""},
	} {
		t.Run(name, func(t *testing.T) {
			var file strings.Builder
			if err := spreadsheet.Write(&file, []string{"name", "x"}, [][]string{{cell[0], "x"}}); err != nil {
				t.Fatal(err)
			}
			text, marked := strings.CutPrefix(file.String(), "\uFEFF")
			if !marked {
				t.Error("it has no byte order mark")
			}
			got, err := csv.NewReader(strings.NewReader(text)).ReadAll()
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([][]string{{"name", "x"}, {cell[1], "x"}}, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
