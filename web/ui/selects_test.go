package ui_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/web/ui/choice"
)

var (
	selects   = regexp.MustCompile(`(?s)<select id="([^"]+)".*?</select>`)
	fixedLong = map[string]string{ // selects of more, which do not grow
		"country": "the states of the European Economic Area",
		"action":  "what can be done",
	}
)

// Where there are many of everything, no page has a select of all of them.
func TestSelectsAreShort(t *testing.T) {
	p := populate(t)
	ctx := t.Context()
	for i := range choice.Offered + 5 {
		o, err := p.Registrations.AddOrganization(ctx, stack.Engineer, registration.Organization{
			LegalName:              fmt.Sprint("Firm ", i),
			Country:                "FR",
			OrganizationIdentifier: fmt.Sprint("PSDFR-ACPR-9", i),
			ContactEmail:           "psd2@firm.example",
		})
		check(t, err)
		_, err = p.Registrations.AddApplication(ctx, stack.Engineer, registration.Application{
			OrganizationID: o.ID,
			Name:           fmt.Sprint("App ", i),
			RedirectURIs:   []string{stack.RedirectURI},
		})
		check(t, err)
		p.Import(qtsp.Request{KeyType: qtsp.P256, Kind: []certs.Kind{certs.QWAC, certs.QSealC}[i%2]})
		p.user(t, fmt.Sprint("Person ", i), access.Engineer)
		p.Service(fmt.Sprint("service ", i), access.Transport)
	}
	b := p.signedIn(t, "Ada Admin", access.Admin)
	for _, path := range p.paths() {
		for _, found := range selects.FindAllStringSubmatch(b.get(path).body, -1) {
			// what is chosen, none, and the two environments may be beside those that are offered
			if n := strings.Count(found[0], "<option"); n > choice.Offered+3 && fixedLong[found[1]] == "" {
				t.Errorf("%s: the select %s has %d options", path, found[1], n)
			}
		}
	}
}
