package wording

import (
	"time"

	"github.com/sealkeeper/sealkeeper/internal/alerts"
	"github.com/sealkeeper/sealkeeper/web/ui/i18n"
)

// Cases are the words for cases, the same as messages have.
func (t *Translator) Cases(location *time.Location, now time.Time) alerts.Words {
	language := alerts.English
	if t.Lang() == i18n.French {
		language = alerts.French
	}
	return alerts.Words{Language: language, Location: location, Now: now}
}
