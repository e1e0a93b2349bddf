package i18n

import (
	"strconv"
	"strings"
)

// Negotiate picks the language that an Accept-Language header (RFC 9110
// section 12.5.4) likes best, English if it names none of ours.
func Negotiate(header string) Lang {
	best, bestWeight := English, 0.0
	for part := range strings.SplitSeq(header, ",") {
		tag, parameters, _ := strings.Cut(strings.TrimSpace(part), ";")
		primary, _, _ := strings.Cut(strings.ToLower(tag), "-")
		weight := 1.0
		if q, ok := strings.CutPrefix(strings.TrimSpace(parameters), "q="); ok {
			parsed, err := strconv.ParseFloat(q, 64)
			if err != nil {
				continue
			}
			weight = parsed
		}
		if Known(Lang(primary)) && weight > bestWeight {
			best, bestWeight = Lang(primary), weight
		}
	}
	return best
}
