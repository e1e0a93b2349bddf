package choice

import (
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
)

// Institution finds which institutions a field offers, of all that there are. They are in memory.
func Institution(c echo.Context, all []catalogue.Institution, ask Ask) Choice {
	found := begin(c, ask)
	found.OfParties = true
	words := listing.SearchWords(found.Typed)
	for _, in := range all {
		has := listing.Words(in.ID, in.Name, in.Group.Name, string(in.Environment))
		matches := !slices.ContainsFunc(words, func(word string) bool {
			return !slices.ContainsFunc(has, func(w string) bool { return strings.HasPrefix(w, word) })
		})
		if matches || in.ID == ask.Selected {
			found.offer(Party{in.ID, in.Name, string(in.Environment)})
		}
	}
	found.Many = len(all) > Offered || found.Typed != ""
	return found
}
