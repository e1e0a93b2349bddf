package firm

import (
	"cmp"
	"slices"
	"strings"

	"github.com/sealkeeper/sealkeeper/web/ui/wording"
)

// country is one that a firm may be authorised in.
type country struct{ Code, Name string }

// single are the countries of the European Economic Area, whose authorities authorise under PSD2.
const single = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK"

// countries are those that the form offers, by name, with the one that is recorded whichever it is.
func countries(tr *wording.Translator, recorded string) []country {
	codes := strings.Fields(single)
	if recorded != "" && !slices.Contains(codes, recorded) {
		codes = append(codes, recorded)
	}
	all := make([]country, len(codes))
	for i, code := range codes {
		all[i] = country{code, tr.Enum("country", code)}
	}
	slices.SortFunc(all, func(a, b country) int { return cmp.Compare(a.Name, b.Name) })
	return all
}
